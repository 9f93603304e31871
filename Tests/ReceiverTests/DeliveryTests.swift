import Foundation
import LagoEvents
import Receiver
import Store
import Telemetry
import TestSupport
import Testing

/// Deliveries over real sockets, and what they leave behind.
@Suite(.timeLimit(.minutes(2))) struct DeliveryTests {
    @Test func `a hundred deliveries of one key at once are one event`() async throws {
        let fixture = try await ReceiverFixture()
        try await fixture.serving { port in
            let request = try Webhook.hmac(Webhook.body(), uniqueKey: "one")
            let statuses = try await withThrowingTaskGroup(of: Int?.self) { group in
                for _ in 0..<100 { group.addTask { try await request.send(to: port)?.status } }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(statuses == [Int?](repeating: 200, count: 100))
            let events = try await fixture.store.events(limit: 200)
            #expect(events.map(\.key) == ["one"] && events.first?.duplicates == 99)
            let metrics = fixture.registry.exposition(gauges: [])
            #expect(metrics.contains(#"sluice_deliveries_total{outcome="pending"} 1"#))
            #expect(metrics.contains(#"sluice_deliveries_total{outcome="duplicate"} 99"#))
        }
    }

    @Test func `one captured body under 20,000 invented keys leaves next to nothing`() async throws {
        let fixture = try await ReceiverFixture()
        try await fixture.serving { port in
            let body = Webhook.body(of: "cust_1", padding: 700)
            let captured = try Webhook.hmac(body, uniqueKey: "real")
            #expect(try await captured.send(to: port)?.status == 200)
            let before = Self.bytes(of: fixture)
            let began = fixture.now
            try await withThrowingTaskGroup(of: Void.self) { group in
                for sender in 0..<16 {
                    group.addTask {
                        try await TCPClient.connected(to: port) { connection in
                            for number in 0..<1250 {
                                let request = captured.with("X-Lago-Unique-Key", "invented-\(sender)-\(number)")
                                try #require(await connection.exchange(request)?.status == 200)
                            }
                        }
                    }
                }
                try await group.waitForAll()
            }
            let minutes = Int(fixture.now / 60_000 - began / 60_000) + 1
            let events = try await fixture.store.events(limit: 100_000)
            #expect(events.count <= 1 + 10 * minutes, "\(events.count) rows in \(minutes) minutes")
            #expect(events.filter { $0.outcome == .repeat }.count == events.count - 1)
            // The log of the last writes (WAL) is of a bounded size, 128 MiB and one commit, whoever writes how much.
            #expect(Self.bytes(of: fixture) - before < 130 << 20)
            #expect(try Self.size(fixture.folder.path("sluice.db")) < 1 << 20)
        }
    }

    private static func size(_ path: String) throws -> Int {
        try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int ?? 0
    }

    private static func bytes(of fixture: ReceiverFixture) -> Int {
        ["sluice.db", "sluice.db-wal"].map { (try? Self.size(fixture.folder.path($0))) ?? 0 }.reduce(0, +)
    }

    @Test func `an invented key may be as long as it likes and costs no more`() async throws {
        let fixture = try await ReceiverFixture()
        try await fixture.serving { port in
            let captured = try Webhook.hmac(Webhook.body())
            for number in 0..<10 {
                let key = String(repeating: "k", count: 1 << 20) + "\(number % 5)"
                #expect(try await captured.with("X-Lago-Unique-Key", key).send(to: port)?.status == 200)
            }
            let events = try await fixture.store.events(limit: 100)
            #expect(events.count == 5 && events.allSatisfy { $0.key.utf8.count < 300 })
            #expect(events.map(\.duplicates).reduce(0, +) == 5, "one long key is told from another")
            #expect(fixture.log.utf8.count < 100_000)
        }
    }

    @Test func `a key that says nothing is no key`() async throws {
        let fixture = try await ReceiverFixture()
        try await fixture.serving { port in
            for _ in 0..<3 {
                let webhook = try Webhook.hmac(Webhook.body(), uniqueKey: "")
                #expect(try await webhook.send(to: port)?.status == 200)
            }
            #expect(try await fixture.store.events(limit: 100).count == 3, "no two of them are one")
        }
    }

    @Test func `without a key the body tells a retry`() async throws {
        let fixture = try await ReceiverFixture()
        try await fixture.serving { port in
            let request = try Webhook.hmac(Webhook.body(), uniqueKey: nil)
            for _ in 0..<3 { #expect(try await request.send(to: port)?.status == 200) }
            let events = try await fixture.store.events(limit: 9)
            #expect(events.map(\.duplicates) == [2] && events.first?.key.hasPrefix("sha256:") == true)
        }
    }

    @Test(arguments: [
        (Webhook.body(type: "comet.landed"), EventOutcome.unknownType), (Array("{\"webhook_type\":".utf8), .unreadable),
        ([], .unreadable), ([0xC3, 0x28, 0x00], .unreadable), (Array("[[[[".utf8), .unreadable),
    ])
    func `what is signed and not understood is kept and answered 200`(
        body: [UInt8],
        outcome: EventOutcome
    ) async throws {
        let fixture = try await ReceiverFixture()
        try await fixture.serving { port in
            #expect(try await Webhook.hmac(body, uniqueKey: "k").send(to: port)?.status == 200)
            let kept = try #require(try await fixture.store.event(idOrKey: "k"))
            #expect(kept.event.outcome == outcome && kept.body == body)
            #expect(try await fixture.rejections().isEmpty)
        }
    }

    @Test func `rejected requests are kept ten a second and sixty a minute of one address`() async throws {
        let minute: Int64 = 1_700_000_040_000
        let fixture = try await ReceiverFixture(now: minute)
        try await fixture.serving { port in
            let forged = try Webhook.hmac(Webhook.body(), key: "forged")
            func forge(_ count: Int) async throws {
                for _ in 0..<count { #expect(try await forged.send(to: port)?.status == 401) }
                // The rows are written by nobody's waiting; this write stands behind them.
                try await fixture.store.checkWritable()
            }
            try await forge(30)
            #expect(try await fixture.rejections().count == 10)
            for second in 1...9 {
                fixture.now = minute + Int64(second) * 1000
                try await forge(10)
            }
            // Thirty were counted in the first second, of which ten were kept, and thirty more after it.
            #expect(try await fixture.rejections().count == 40)
            fixture.now = minute + 60_000
            try await forge(1)
            #expect(try await fixture.rejections().count == 41)
            // Good ones never wait.
            #expect(try await Webhook.hmac(Webhook.body()).send(to: port)?.status == 200)
        }
    }

    @Test func `a rejected request shows its reason and the beginning of its body, but not another's`() async throws {
        let fixture = try await ReceiverFixture()
        try await fixture.serving { port in
            let forged = try Webhook.hmac(Webhook.body(padding: 5000), key: "forged")
            #expect(try await forged.send(to: port)?.status == 401)
            let foreign = try Webhook.jwt(Webhook.body(organization: "other"), with: Keys.current)
            #expect(try await foreign.send(to: port)?.status == 403)
            let rows = try await fixture.rejections(["signature", "organisation"])
            #expect(rows == ["signature", "organisation"])
            let kept = try await fixture.store.rejectedRequests(limit: 9)
            #expect(kept[1].body == Array(forged.body.prefix(2048)) && kept[1].algorithm == "hmac")
            #expect(kept[0].body == nil && kept[0].digest?.count == 32 && kept[0].algorithm == "jwt")
            #expect(kept.allSatisfy { $0.address == "127.0.0.1" })
        }
    }

    @Test func `the log repeats no secret, no signature, no body and no address`() async throws {
        let fixture = try await ReceiverFixture()
        try await fixture.serving { port in
            let body = Webhook.body(of: "cust_secret", mark: "unmistakable")
            let requests = [
                try Webhook.hmac(body), try Webhook.jwt(body, with: Keys.current), try Webhook.hmac(body, key: "wrong"),
                try Webhook.jwt(body, with: Keys.stranger), try Webhook.hmac(body).with("X-Lago-Signature", "short"),
                try Webhook.jwt(Webhook.body(mark: "unmistakable", organization: "other"), with: Keys.current),
            ]
            for request in requests { _ = try await request.send(to: port) }
            _ = try await TCPClient.connected(to: port) { connection in
                try await connection.write("unmistakable garbage\r\n\r\n")
                return await connection.readAnswer()
            }
            let log = fixture.log
            #expect(log.contains("delivery recorded") && log.contains("delivery rejected"))
            let signatures = requests.flatMap { $0.headers.filter { $0.name == "X-Lago-Signature" }.map(\.value) }
            for secret in signatures + [Webhook.hmacKey, "unmistakable", "cust_secret", "127.0.0.1", "BEGIN PUBLIC"] {
                #expect(!log.contains(secret), "\(secret)")
            }
        }
    }
}
