import LagoAPI
import Logging
import Money
import Sandbox
import Settings
import TestSupport
import Testing
import Transport

/// The client against the simulated Lago, over a socket.
@Suite struct LagoSandboxTests {
    private func withSandbox(key: String? = nil, during body: (LagoClient) async throws -> Void) async throws {
        let engine = try TransferEngine()
        try await SandboxPeer.running {
            $0.customers = SandboxPeer.customers(2)
        } body: { peer in
            try await body(
                LagoClient(
                    address: try #require(LagoAddress(peer.url)),
                    key: key ?? peer.sandbox.configuration.apiKey,
                    engine: engine,
                    limiter: RateLimiter(requestsPerSecond: 1000),
                    logger: Logger(label: "test")
                )
            )
        }
        await engine.shutdown()
    }

    @Test func `its wallets are read, a customer's and everybody's`() async throws {
        try await self.withSandbox { lago in
            let own = try await lago.wallets(externalCustomerID: "cust_1", activeOnly: true)
            #expect(own.map(\.externalCustomerID) == ["cust_1"])
            #expect(own.allSatisfy { $0.isActive && $0.balanceCents == 10_000 && $0.restriction.isNone })
            #expect(own.allSatisfy { $0.credits.balance.cents(rate: $0.rate, currency: $0.currency) == 10_000 })
            let all = try await lago.wallets().all()
            #expect(Set(all.map(\.externalCustomerID)) == ["cust_1", "cust_2"])
            let again = try own.map { try LagoWallet(json: $0.json) }
            #expect(again == own)
        }
    }

    @Test func `it knows no strangers, and takes no other key`() async throws {
        try await self.withSandbox { lago in
            let error = await #expect(throws: LagoError.self) { try await lago.wallets(externalCustomerID: "nobody") }
            #expect(error == .notFound(code: "customer_not_found"))
        }
        try await self.withSandbox(key: "wrong") { lago in
            let error = await #expect(throws: LagoError.self) { try await lago.wallets().all() }
            #expect(error == .unauthorized)
        }
    }
}
