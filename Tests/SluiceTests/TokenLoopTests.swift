import Foundation
import LagoEvents
import Sandbox
import Signatures
import Store
import TestSupport
import Testing

/// Customers' tokens and a whole `sluice serve`.
@Suite(.timeLimit(.minutes(5))) struct TokenLoopTests {
    private func claims(_ customer: String, lasting seconds: Int64 = 900) -> String {
        TestToken.claims(customer, expires: Int64(Date().timeIntervalSince1970) + seconds)
    }

    private func serving(
        _ settings: [String: String],
        body: (SluiceProcess, SluiceHome) async throws -> Void
    ) async throws {
        try await SandboxPeer.running {
            $0.customers = SandboxPeer.customers(2)
        } body: { lago in
            let home = try SluiceHome(lago.settings.merging(settings) { $1 })
            try await home.serving { try await body($0, home) }
        }
    }

    /// Who the API takes a token for; nil where it lets nobody in.
    private func customer(_ token: String, _ server: SluiceProcess) async throws -> String? {
        let answer = try await APIPeer(port: try await server.port(), token: token).call("GET", "customers")
        guard let answer, answer.status == 200 else { return nil }
        let object = try JSONSerialization.jsonObject(with: Data(answer.body)) as? [String: Any]
        return (object?["customer"] as? [String: Any])?["external_id"] as? String
    }

    @Test func `a public key lets in whom its other half names`() async throws {
        let (key, other) = (try RSAPrivateKey(), try RSAPrivateKey())
        try await self.serving(["API_JWT_PUBLIC_KEY": key.publicPEM]) { server, _ in
            let claims = self.claims("cust_2")
            #expect(try await self.customer(try TestToken.rs256(claims, with: key), server) == "cust_2")
            #expect(try await self.customer(try TestToken.rs256(claims, with: other), server) == nil)
            let forged = try TestToken.hs256(claims, secret: key.publicPEM)
            #expect(try await self.customer(forged, server) == nil)
        }
    }

    @Test func `published keys let in whom their other halves name, also while nobody publishes them`() async throws {
        let key = try RSAPrivateKey()
        let asked = Record<String>()
        let set = #"{"keys":[\#(try TestToken.published(key, id: "k1"))]}"#
        try await TCPPeer.serving { connection in
            while let request = try await connection.readRequest() {
                asked.add(request.target)
                // It answers once, and never again.
                guard asked.count == 1 else { return }
                try await connection.respond(body: Array(set.utf8))
            }
        } during: { issuer in
            let url = "http://127.0.0.1:\(issuer.port)/jwks.json?tenant=7"
            try await self.serving(["API_JWKS_URL": url]) { server, _ in
                let header = #"{"alg":"RS256","kid":"k1"}"#
                let token = try TestToken.rs256(self.claims("cust_1"), header: header, with: key)
                #expect(try await self.customer(token, server) == "cust_1")
                #expect(try await self.customer(token, server) == "cust_1")
                #expect(asked.all == ["/jwks.json?tenant=7"])
                #expect(server.messages.contains("token keys fetched"))
                let strangers = try TestToken.rs256(self.claims("cust_1"), header: header, with: RSAPrivateKey())
                #expect(try await self.customer(strangers, server) == nil)
            }
        }
    }

    @Test func `keys that cannot be fetched are told in the log, and let nobody in`() async throws {
        let key = try RSAPrivateKey()
        try await TCPPeer.serving { connection in
            while try await connection.readRequest() != nil {
                try await connection.respond(302, headers: [("Location", "http://127.0.0.1:1/")])
            }
        } during: { issuer in
            try await self.serving(["API_JWKS_URL": "http://127.0.0.1:\(issuer.port)/"]) { server, _ in
                let token = try TestToken.rs256(self.claims("cust_1"), with: key)
                #expect(try await self.customer(token, server) == nil)
                #expect(await eventually { server.messages.contains("token keys not fetched") })
                let line = server.lines.first { $0["message"] == "token keys not fetched" }
                #expect(line?["error"]?.contains("status 302") == true)
            }
        }
    }

    @Test func `a customer's stream of a server ends with the token`() async throws {
        try await self.serving(["API_JWT_SECRET": TestToken.secret]) { server, home in
            try await self.save("18.0", in: home)
            let token = try TestToken.hs256(self.claims("cust_1", lasting: 3))
            let request = HTTPRequestText(
                "GET",
                "/api/lago/wallets/stream",
                headers: [("Authorization", "Bearer \(token)")]
            )
            try await TCPClient.connected(to: try await server.port()) { connection in
                try await connection.write(request.bytes)
                var text = ""
                while !text.contains("event: balance") {
                    text += String(decoding: try #require(try await connection.read()), as: UTF8.self)
                }
                // It ends at the next thing there is to tell, or at a heartbeat.
                let isOver = Record<Bool>()
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask {
                        _ = try await eventually {
                            try await self.save("\(Int.random(in: 1...1_000_000)).5", in: home)
                            return isOver.count > 0
                        }
                    }
                    defer { isOver.add(true) }
                    while !text.hasSuffix("0\r\n\r\n") {
                        text += String(decoding: try #require(try await connection.read()), as: UTF8.self)
                    }
                }
                #expect(text.contains("cust_1"))
            }
        }
    }

    /// As another process has it.
    private func save(_ credits: String, in home: SluiceHome) async throws {
        let store = try Store(path: home.storePath, access: .command)
        let reading = BalanceReading(
            customer: CustomerID(rawValue: "cust_1"),
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
}
