import LagoAPI
import LagoEvents
import Receiver
import Sandbox
import Settings
import Signatures
import Store
import TestSupport
import Testing
import Transport

/// What is learnt of Lago, against the simulated one.
@Suite(.timeLimit(.minutes(2))) struct IdentityTests {
    /// Runs the service that learns, beside an endpoint on a store that knows nothing yet.
    private func learning<Result>(
        from lago: SandboxPeer,
        into fixture: ReceiverFixture,
        needsKey: Bool = true,
        body: () async throws -> Result
    ) async throws -> Result {
        let address = try #require(LagoAddress(lago.url))
        let engine = try TransferEngine()
        let service = LagoIdentityService(
            client: LagoClient(
                address: address,
                key: lago.sandbox.configuration.apiKey,
                engine: engine,
                limiter: RateLimiter(requestsPerSecond: 1000),
                logger: quietLogger
            ),
            apiURL: address.base,
            needsKey: needsKey,
            ring: fixture.ring,
            store: fixture.store,
            logger: quietLogger,
            now: { fixture.now },
            interval: .milliseconds(50)
        )
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await service.run() }
            defer { group.cancelAll() }
            return try await body()
        }
    }

    private static func running(_ body: (SandboxPeer) async throws -> Void) async throws {
        let key = try Keys.current
        try await SandboxPeer.running {
            $0.rsaKey = key
        } body: {
            try await body($0)
        }
    }

    @Test func `organisation and key are learnt at start and kept`() async throws {
        try await Self.running { lago in
            let fixture = try await ReceiverFixture(isTaught: false)
            try await fixture.serving { port in
                let webhook = try Webhook.jwt(Webhook.body(), with: Keys.current)
                let early = try await webhook.send(to: port)
                #expect(early?.status == 503 && early?.header("Retry-After") != nil)
                try await self.learning(from: lago, into: fixture) {
                    let isTaken = try await eventually { try await webhook.send(to: port)?.status == 200 }
                    #expect(isTaken)
                }
            }
            let known = try await fixture.store.lagoIdentity()
            #expect(known.organization?.rawValue == Webhook.organization)
            let pem = try Keys.current.publicPEM
            #expect(known.keys.map(\.pem) == [pem])
        }
    }

    @Test func `after a change of key the first delivery is refused and a later one taken`() async throws {
        try await Self.running { lago in
            let fixture = try await ReceiverFixture(isTaught: false)
            try await self.learning(from: lago, into: fixture) {
                try await fixture.serving { port in
                    let old = try Webhook.jwt(Webhook.body(), with: Keys.current)
                    #expect(try await eventually { try await old.send(to: port)?.status == 200 })
                    try lago.sandbox.rotateKeys()
                    let new = try Webhook.jwt(Webhook.body(), with: lago.sandbox.keys.rsa)
                    #expect(try await new.send(to: port)?.status == 401)
                    #expect(try await eventually { try await new.send(to: port)?.status == 200 })
                    // What was under way when the key changed is still good.
                    let late = try Webhook.jwt(Webhook.body(), with: Keys.current)
                    #expect(try await late.send(to: port)?.status == 200)
                    let forged = try Webhook.jwt(Webhook.body(), with: Keys.stranger)
                    #expect(try await forged.send(to: port)?.status == 401)
                }
            }
            #expect(try await fixture.store.lagoIdentity().keys.count == 2)
        }
    }

    @Test func `a forged token a hundred times does not ask Lago a hundred times`() async throws {
        try await Self.running { lago in
            let fixture = try await ReceiverFixture(now: 0, isTaught: false)
            try await self.learning(from: lago, into: fixture) {
                try await fixture.serving { port in
                    let good = try Webhook.jwt(Webhook.body(), with: Keys.current)
                    #expect(try await eventually { try await good.send(to: port)?.status == 200 })
                    let forged = try Webhook.jwt(Webhook.body(), with: Keys.stranger)
                    for _ in 0..<100 { #expect(try await forged.send(to: port)?.status == 401) }
                    #expect(try await good.send(to: port)?.status == 200)
                }
            }
            #expect(try await fixture.store.lagoIdentity().keys.count == 1)
        }
    }

    @Test func `another organisation of the same Lago is refused`() async throws {
        try await Self.running { lago in
            let fixture = try await ReceiverFixture(isTaught: false)
            try await self.learning(from: lago, into: fixture) {
                try await fixture.serving { port in
                    try lago.sandbox.addEndpoint(url: "http://127.0.0.1:\(port)/webhooks/lago")
                    let own = try Webhook.jwt(Webhook.body(), with: Keys.current)
                    #expect(try await eventually { try await own.send(to: port)?.status == 200 })
                    lago.sandbox.faults.foreignOrganization = .next(1)
                    try lago.sandbox.emit(.walletUpdated)
                    #expect(await eventually { lago.sandbox.deliveries.first?.state == .failed })
                    #expect(lago.sandbox.deliveries.first?.attempts.map(\.status) == [403, 403, 403])
                    let rows = try await fixture.rejections(["organisation", "organisation", "organisation"])
                    #expect(rows == ["organisation", "organisation", "organisation"])
                    try lago.sandbox.emit(.walletUpdated)
                    #expect(await eventually { lago.sandbox.deliveries.last?.state == .succeeded })
                }
            }
        }
    }
}
