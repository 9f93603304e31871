import Jobs
import LagoEvents
import Money
import Rules
import Sandbox
import Store
import TestSupport
import Testing
import Worker

/// From what is stored to what a policy would have done.
@Suite(.timeLimit(.minutes(2))) struct SimulatorTests {
    /// A customer with 100 credits two hours ago, by our file, and with 15 now, by Lago.
    private func running(body: (TopUpWorld, Int64) async throws -> Void) async throws {
        try await TopUpWorld.running(allowance: TopUpWorld.allowance(audience: .optIn)) { world in
            let now = WorkerFixture.now()
            try await self.keep("100.0", account: "EUR", at: now - 7_200_000, world.store)
            var fixture = world.fixture
            fixture.handlers[.look] = try await fixture.lookHandler(world.client)
            fixture.handlers[.mail] = { _ in JobOutcome(.notYet(for: .seconds(3600))) }
            try await fixture.look(at: "c")
            try await body(world, now)
        }
    }

    private func keep(_ credits: String, account: String, at: Int64, _ store: Store) async throws {
        let reading = BalanceReading(
            customer: TopUpWorld.customer,
            account: account,
            currency: "EUR",
            settledCents: 10_000,
            liveCents: 10_000,
            credits: credits,
            at: at
        )
        try await store.write { try $0.save(reading) }
    }

    private func set(_ settings: String, _ store: Store) async throws {
        try await store.write { try $0.save(settings: settings, of: TopUpWorld.customer, at: 0) }
    }

    private func simulate(_ world: TopUpWorld, _ now: Int64) async throws -> [SimulatedAccount] {
        let plan = SimulationPlan(
            period: now - 86_400_000..<now + 60_000,
            lowBalance: LowBalance(policy: try ThresholdPolicy("20,5,0"), minimumInterval: 3_600_000),
            allowance: world.allowance
        )
        var accounts: [SimulatedAccount] = []
        try await Simulator(store: world.store, plan: plan).run { accounts.append($0) }
        return accounts
    }

    private func told(_ account: SimulatedAccount?) -> [String] {
        (account?.run.effects ?? []).map { effect in
            switch effect.action {
            case .mail(let mail): "\(mail.kind) at \(effect.credits)"
            case .charge(let charge): "\(charge.credits) for \(charge.money) at \(effect.credits)"
            case .retry(let money): "retry \(money)"
            }
        }
    }

    @Test func `customers' own settings hold, and what only Lago knows is taken for granted`() async throws {
        try await self.running { world, now in
            let without = try await self.simulate(world, now)
            #expect(without.count == 1 && self.told(without.first) == ["low_balance at 15.0"])
            #expect(without.first?.run.held == [.notOptedIn: 1])
            let own = #"{"auto_top_up": {"enabled": true, "credits": "30"}, "low_balance": {"thresholds": ["50"]}}"#
            try await self.set(own, world.store)
            let opted = try await self.simulate(world, now)
            #expect(
                self.told(opted.first) == [
                    "30.0 for 30.00 EUR at 15.0", "top_up_succeeded at 45.0", "low_balance at 45.0",
                ]
            )
            #expect(opted.first?.assumed == [.paymentProvider])
            try await self.set(#"{"auto_top_up": {"enabled": true}, "mail": {"low_balance": false}}"#, world.store)
            #expect(
                self.told(try await self.simulate(world, now).first) == [
                    "50.0 for 50.00 EUR at 15.0", "top_up_succeeded at 65.0",
                ]
            )
        }
    }

    @Test func `a restricted wallet is judged where the settings name it, and never charged`() async throws {
        try await self.running { world, now in
            try await self.keep("100.0", account: "w9", at: now - 7_200_000, world.store)
            try await self.keep("3.0", account: "w9", at: now - 3_600_000, world.store)
            #expect(try await self.simulate(world, now).map(\.known.account) == ["EUR"])
            try await self.set(
                #"{"auto_top_up": {"enabled": true}, "low_balance": {"restricted_wallets": ["w9"]}}"#,
                world.store
            )
            let accounts = try await self.simulate(world, now)
            #expect(accounts.map(\.known.account) == ["EUR", "w9"])
            #expect(self.told(accounts.last) == ["low_balance at 3.0"])
        }
    }

    @Test func `customers without a way to be charged are not`() async throws {
        try await self.running { world, now in
            try await self.set(#"{"auto_top_up": {"enabled": true}}"#, world.store)
            let object = #"{"external_id": "c", "lago_id": "l", "created_at": "2026-11-01T00:00:00Z"}"#
            let person = MirroredCustomer(
                id: TopUpWorld.customer.rawValue,
                name: nil,
                email: nil,
                locale: nil,
                object: Array(object.utf8),
                seenAt: now
            )
            try await world.store.write { try $0.save(person) }
            let account = try await self.simulate(world, now).first
            #expect(account?.run.held == [.noPaymentProvider: 1] && account?.assumed == [])
            #expect(self.told(account) == ["low_balance at 15.0"])
        }
    }
}
