import Foundation
import LagoEvents
import Sandbox
import Store
import TestSupport
import Testing

/// The stream of balances of a whole `sluice serve`.
@Suite(.timeLimit(.minutes(5))) struct StreamLoopTests {
    private static let key = "a-key-for-the-stream-of-balances"

    private func save(_ credits: String, in home: SluiceHome) async throws {
        // A store of its own, as another process has it.
        let store = try Store(path: home.storePath, access: .command)
        let reading = BalanceReading(
            customer: CustomerID(rawValue: "streamed"),
            account: "EUR",
            currency: "EUR",
            settledCents: 5_000,
            liveCents: 1_800,
            credits: credits,
            at: 1_000
        )
        try await store.write { try $0.save(reading) }
        try await store.close()
    }

    /// Reads until all of `words` were there; what came by then.
    private func read(_ connection: TCPConnection, until words: String) async throws -> String {
        var text = ""
        while !text.contains(words) {
            text += String(decoding: try #require(try await connection.read()), as: UTF8.self)
        }
        return text
    }

    private func request(last: String? = nil) -> [UInt8] {
        HTTPRequestText(
            "GET",
            "/api/lago/wallets/stream?external_customer_id=streamed",
            headers: [("Authorization", "Bearer \(Self.key)")] + (last.map { [("Last-Event-ID", $0)] } ?? [])
        ).bytes
    }

    @Test func `a stream ends with its server, in time, and goes on with the next one`() async throws {
        try await SandboxPeer.running {
            $0.customers = []
        } body: { lago in
            var home = try SluiceHome(lago.settings)
            home.settings["API_KEYS"] = Self.key
            var known = ""
            try await home.serving { server in
                try await self.save("18.0", in: home)
                try await TCPClient.connected(to: try await server.port()) { connection in
                    try await connection.write(self.request())
                    let first = try await self.read(connection, until: "}]}\n\n")
                    known = try #require(first.firstMatch(of: /id: ([0-9]+)\n/)?.output.1).description
                    try await self.save("17.0", in: home)
                    let second = try await self.read(connection, until: "}]}\n\n")
                    #expect(second.contains(#""live_credits_balance":"17.0""#))
                    let told = try #require(second.firstMatch(of: /id: ([0-9]+)\n/)?.output.1).description
                    #expect(Int(told) ?? 0 > Int(known) ?? .max)
                    known = told
                    let asked = ContinuousClock.now
                    server.signal(SIGTERM)
                    _ = try await self.read(connection, until: "0\r\n\r\n")
                    let ending = try await server.ending()
                    #expect(ending.code == 0 && !ending.isBySignal)
                    #expect(.now - asked < .seconds(10))
                }
            }
            try await home.serving { server in
                try await TCPClient.connected(to: try await server.port()) { connection in
                    try await connection.write(self.request(last: known))
                    _ = try await self.read(connection, until: "retry: 3000\n\n")
                    try await self.save("16.0", in: home)
                    // The one it has does not come again.
                    let next = try await self.read(connection, until: "}]}\n\n")
                    #expect(next.contains(#""16.0""#) && !next.contains(#""17.0""#))
                }
            }
        }
    }

    @Test func `a client that leaves while Lago is asked takes the question with it, and Lago is not blamed`()
        async throws
    {
        let (asked, lost) = (Record<String>(), Record<String>())
        try await TCPPeer.serving { connection in
            while let request = try await connection.readRequest() {
                guard request.target.contains("/customers/") else {
                    try await connection.respond(404)
                    continue
                }
                asked.add(request.target)
                try? await connection.readToEnd()
                lost.add(request.target)
            }
        } during: { peer in
            let home = try SluiceHome([
                "LAGO_API_URL": "http://127.0.0.1:\(peer.port)", "LAGO_API_KEY": "k", "API_KEYS": Self.key,
                "LAGO_WEBHOOK_HMAC_KEY": "h", "LAGO_WEBHOOK_ALGORITHMS": "hmac",
            ])
            try await home.serving(["--role", "receiver"]) { server in
                let port = try await server.port()
                try await TCPClient.connected(to: port) { connection in
                    try await connection.write(self.request())
                    #expect(await eventually { asked.count == 1 })
                }
                #expect(await eventually(within: .seconds(10)) { lost.count == 1 })
                let counted = try await eventually {
                    try await HTTPRequestText("GET", "/metrics").send(to: port)?.text.contains(#"status="cancelled""#)
                        == true
                }
                #expect(counted)
                let readiness = try #require(try await HTTPRequestText("GET", "/readyz").send(to: port))
                #expect(readiness.text.contains(#""lago":"ok""#), "\(readiness.text)")
                #expect(!server.messages.contains("the API failed"))
                #expect(!server.messages.contains("Lago did not do what the API asked"))
            }
        }
    }
}
