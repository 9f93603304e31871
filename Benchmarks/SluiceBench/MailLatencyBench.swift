import Foundation
import LagoEvents
import Sandbox
import Signatures
import Store

/// From the webhook that reports the spending to the mail that tells of it, handed to SMTP.
///
/// All of `serve --role all` is in it: the debounce of two seconds, the look at Lago, the rules, the mail decided anew
/// and its reply. The customers come one by one, so that none waits for another; then all others at once.
struct MailLatencyBench {
    let folder: URL

    private static let oneByOne = 20
    private static let atOnce = 200

    func run() async throws {
        try FileManager.default.createDirectory(at: self.folder, withIntermediateDirectories: true)
        let sink = try await MailSinkProcess()
        try await sink.start()
        defer { sink.stop() }
        try await withLago(try RSAPrivateKey()) { lago in
            let groups = [(name: "one by one", Self.oneByOne, 250), ("at once", Self.atOnce, 0)]
                .map { name, count, pause in
                    Group(customers: (0..<count).map { "\(name) \($0)" }, name: name, pause: .milliseconds(pause))
                }
            for customer in groups.flatMap(\.customers) {
                try lago.sandbox.createCustomer(customer, email: "billing@example.org", credits: "100")
            }
            let environment = lago.environment.merging(sink.environment) { $1 }
                .merging(["LAGO_WEBHOOK_HMAC_KEY": lago.sandbox.keys.hmac]) { $1 }
            let server = try ServerUnderTest(folder: self.folder, environment: environment)
            try await server.start()
            defer { server.stop() }
            try lago.sandbox.addEndpoint(url: "http://127.0.0.1:\(server.port)/webhooks/lago", algorithm: .hmac)
            let store = try Store(path: self.folder.appending(path: "sluice.db").path, access: .command)
            for group in groups { try await Self.waitForFirstLook(group, store) }
            for group in groups { try await self.measure(group, lago, store) }
            try await store.close()
        }
    }

    private struct Group {
        let customers: [String]
        let name: String
        /// Between two customers.
        let pause: Duration
    }

    /// The thresholds of an account are armed with its first reading.
    private static func waitForFirstLook(_ group: Group, _ store: Store) async throws {
        for customer in group.customers {
            try await waiting(upTo: .seconds(60), for: "the first look at \(customer)") {
                try await !store.balances(of: CustomerID(rawValue: customer)).isEmpty
            }
        }
    }

    private func measure(_ group: Group, _ lago: Lago, _ store: Store) async throws {
        var reported: [String: Double] = [:]
        for customer in group.customers {
            // 850 units at 0.1 leave 15 credits of 100: below the threshold of 20.
            try lago.sandbox.recordUsage(customer: customer, units: "850")
            reported[customer] = Date().timeIntervalSince1970
            try lago.sandbox.emit(.walletUpdated, customer: customer)
            try await Task.sleep(for: group.pause)
        }
        var times: [Double] = []
        for (customer, began) in reported {
            let filter = MessageFilter(kind: "low_balance", customer: customer, state: .sent)
            try await waiting(upTo: .seconds(60), for: "the mail to \(customer)") {
                try await !store.messages(filter, limit: 1).isEmpty
            }
            guard let sentAt = try await store.messages(filter, limit: 1).first?.sentAt else { continue }
            times.append(Double(sentAt) / 1000 - began)
        }
        times.sort()
        print(
            String(
                format: "webhook to mail, %d customers %@, debounce 2 s: p50 %.2f s, p99 %.2f s, worst %.2f s",
                times.count,
                group.name,
                times[times.count / 2],
                times[times.count * 99 / 100],
                times[times.count - 1]
            )
        )
    }
}

/// Returns once `condition` holds, which is asked every 20 milliseconds.
func waiting(upTo limit: Duration, for what: String, _ condition: () async throws -> Bool) async throws {
    let deadline = ContinuousClock.now + limit
    while try await !condition() {
        guard ContinuousClock.now < deadline else { throw BenchError(description: "waited in vain for \(what)") }
        try await Task.sleep(for: .milliseconds(20))
    }
}
