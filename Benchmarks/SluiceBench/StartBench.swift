import Foundation
import GRDB
import Store

/// From the start of the process to the first webhook it takes, with a long past in the file.
struct StartBench {
    let folder: URL

    private static let events = 1_000_000

    func run() async throws {
        let path = self.folder.appending(path: "sluice.db").path
        try await Store(path: path).close()
        try Self.fill(path)
        var times: [Double] = []
        for _ in 0..<5 {
            let server = try ServerUnderTest(
                folder: self.folder,
                environment: ["LAGO_WEBHOOK_HMAC_KEY": Webhooks.hmacKey]
            )
            let requests = try Webhooks.hmac(1)
            let began = ContinuousClock.now
            try await server.start()
            let figures = try await LoadGenerator(port: server.port, connections: 1).run(requests)
            times.append((ContinuousClock.now - began) / .milliseconds(1))
            server.stop()
            guard figures.refused == 0 else { throw BenchError(description: "the first webhook was refused") }
        }
        times.sort()
        let size = (try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int ?? 0) >> 20
        print(
            String(
                format: "start until the first webhook is taken, %d events (%d MiB): median %.0f ms, worst %.0f ms",
                Self.events,
                size,
                times[times.count / 2],
                times.last ?? 0
            )
        )
    }

    private static func fill(_ path: String) throws {
        let queue = try DatabaseQueue(path: path)
        try queue.write { db in
            try db.execute(
                sql: """
                    WITH RECURSIVE counter (value) AS (
                        SELECT 1 UNION ALL SELECT value + 1 FROM counter WHERE value < :count)
                    INSERT INTO event (key, webhookType, organization, customer, digest, origin, outcome, receivedAt, processedAt)
                    SELECT 'key-' || value, 'wallet.updated', 'o', 'cust_' || (value % 1000), randomblob(32), 'webhook',
                        'processed', value, value FROM counter
                    """,
                arguments: ["count": Self.events]
            )
            try db.execute(
                sql: "INSERT INTO eventBody (eventId, body) SELECT id, randomblob(700) FROM event"
            )
        }
    }
}
