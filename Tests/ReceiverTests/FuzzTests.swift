import Foundation
import LagoEvents
import Receiver
import Store
import TestSupport
import Testing

/// Random damage: whatever is touched is refused, and nothing brings the endpoint down.
@Suite(.timeLimit(.minutes(2))) struct FuzzTests {
    /// Numbers that look random and are the same in every run (SplitMix64).
    struct Seeded: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            self.state &+= 0x9E37_79B9_7F4A_7C15
            var value = (self.state ^ (self.state >> 30)) &* 0xBF58_476D_1CE4_E5B9
            value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
            return value ^ (value >> 31)
        }
    }

    private static func flip(_ bytes: inout [UInt8], sparing spared: Int = 0, by generator: inout Seeded) {
        guard let index = bytes.indices.dropLast(spared).randomElement(using: &generator) else { return }
        bytes[index] ^= UInt8.random(in: 1...255, using: &generator)
    }

    @Test(arguments: ["hmac", "jwt"])
    func `no change of a byte in body, signature or algorithm is believed`(algorithm: String) async throws {
        let fixture = try await ReceiverFixture()
        let policy = WebhookVerifier.Policy(acceptsJWT: true, hmacKeys: [Array(Webhook.hmacKey.utf8)], issuer: nil)
        let verifier = WebhookVerifier(policy: policy, ring: fixture.ring)
        let body = Webhook.body(of: "cust_1", mark: "m")
        let request = algorithm == "hmac" ? try Webhook.hmac(body) : try Webhook.jwt(body, with: Keys.current)
        let signature = try #require(request.headers.first { $0.name == "X-Lago-Signature" }).value
        _ = try verifier.verify(body, .init(algorithm: algorithm, signature: signature), at: 0)
        var generator = Seeded(state: 1)
        for round in 0..<5000 {
            var (damaged, text, name) = (body, Array(signature.utf8), Array(algorithm.utf8))
            switch round % 3 {
            case 0: Self.flip(&damaged, by: &generator)
            // The last character of an unpadded text has bits that stand for nothing.
            case 1: Self.flip(&text, sparing: 1, by: &generator)
            default: Self.flip(&name, by: &generator)
            }
            let claim = WebhookVerifier.Claim(
                algorithm: String(decoding: name, as: UTF8.self),
                signature: String(decoding: text, as: UTF8.self)
            )
            #expect(throws: Rejection.self) { try verifier.verify(damaged, claim, at: 0) }
        }
    }

    @Test func `damaged requests on the wire leave no event but the true one`() async throws {
        let fixture = try await ReceiverFixture()
        try await fixture.serving(.short) { port in
            let body = Webhook.body(of: "cust_1", mark: "m")
            let whole = try Webhook.hmac(body, uniqueKey: "fuzz").bytes
            try await withThrowingTaskGroup(of: Void.self) { group in
                for sender in 0..<16 {
                    group.addTask {
                        var generator = Seeded(state: UInt64(sender))
                        for _ in 0..<125 {
                            var bytes = whole
                            for _ in 0..<Int.random(in: 1...3, using: &generator) { Self.flip(&bytes, by: &generator) }
                            try await Self.send(bytes, to: port)
                        }
                    }
                }
                try await group.waitForAll()
            }
            #expect(try await Webhook.hmac(body, uniqueKey: "fuzz").send(to: port)?.status == 200)
            for event in try await fixture.store.events(limit: 100_000) {
                let kept = try await fixture.store.event(idOrKey: "\(event.id)")?.body
                #expect(kept == body || (kept == nil && event.outcome == .repeat), "\(event)")
            }
            #expect(await eventually { fixture.inFlight.current == 0 })
        }
    }

    @Test func `garbage does not bring the endpoint down`() async throws {
        let fixture = try await ReceiverFixture()
        try await fixture.serving(.short) { port in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for sender in 0..<16 {
                    group.addTask {
                        var generator = Seeded(state: UInt64(sender) + 100)
                        for round in 0..<50 {
                            let count = Int.random(in: 1...4096, using: &generator)
                            let garbage = (0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) }
                            let beginning = round.isMultiple(of: 2) ? "POST /webhooks/lago HTTP/1.1\r\n" : ""
                            try await Self.send(Array(beginning.utf8) + garbage, to: port)
                        }
                    }
                }
                try await group.waitForAll()
            }
            #expect(try await Webhook.hmac(Webhook.body()).send(to: port)?.status == 200)
            #expect(try await fixture.store.events(limit: 9).count == 1)
            #expect(await eventually { fixture.inFlight.current == 0 })
        }
    }

    /// Sends bytes on a connection of their own and waits for an answer or the end.
    private static func send(_ bytes: [UInt8], to port: Int) async throws {
        _ = try await TCPClient.connected(to: port) { connection in
            try? await connection.write(bytes)
            return await connection.readAnswer()
        }
    }
}
