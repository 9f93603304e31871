import Jobs
import LagoAPI
import LagoEvents
import Money
import Rules
import Sandbox
import Store
import TestSupport
import Testing
import Worker

/// What customers set, and what the worker makes of it.
@Suite(.timeLimit(.minutes(2))) struct SettingsDeskTests {
    private static let bounds = CustomerSettingsBounds(
        allowance: TopUpWorld.allowance(audience: .optIn),
        locales: ["en", "fr"],
        kinds: ["low_balance": true],
        maySetEmails: false,
        isAddress: { $0.contains("@") }
    )

    private func update(_ store: Store, _ part: String) async throws -> CustomerSettings {
        try await SettingsDesk(store: store, now: WorkerFixture.now)
            .update(TopUpWorld.customer, with: part, within: Self.bounds, actor: "api")
    }

    private func kinds(_ store: Store) async throws -> Set<String> {
        Set(try await store.jobs(limit: 9).filter { $0.state.isLive }.map(\.kind))
    }

    @Test func `whoever opts in while low is charged at once, and only once`() async throws {
        try await TopUpWorld.running(allowance: TopUpWorld.allowance(audience: .optIn)) { world in
            try await world.step()
            #expect(try await world.reason() == "not_opted_in")
            var fixture = world.fixture
            let taker = try await fixture.lookTaker(world.client, topUps: world.desk)
            fixture.handlers[.look] = LookHandler(taker: taker).callAsFunction
            fixture.handlers[.topUp] = { _ in try await world.step() }
            fixture.handlers[.mail] = { _ in JobOutcome(.notYet(for: .seconds(3600))) }
            try await fixture.working {
                _ = try await self.update(world.store, #"{"auto_top_up": {"enabled": true, "credits": "30"}}"#)
                #expect(try await eventually { try await world.states() == ["submitted"] })
            }
            #expect(try await world.bought().map(\.credits) == [FixedDecimal(units: 3_000_000)])
        }
    }

    @Test func `an update is kept with its audit entry, and what changes nothing leaves no trace`() async throws {
        let store = try WorkerFixture().store
        let settings = try await self.update(store, #"{"locale": "fr"}"#)
        #expect(settings.locale == "fr")
        #expect(try await store.customerSettings("c") == #"{"locale":"fr"}"#)
        let entries = try await store.auditEntries(limit: 9)
        #expect(entries.map { "\($0.actor) \($0.action) \($0.subject)" } == ["api settings.update customer c"])
        #expect(entries.first?.detail == #"{"locale":"fr"}"#)
        #expect(try await self.kinds(store).isEmpty, "no balance is judged otherwise for a language")
        _ = try await self.update(store, #"{"locale": "fr"}"#)
        #expect(try await store.auditEntries(limit: 9).count == 1)
    }

    @Test(
        arguments: [
            (#"{"low_balance": {"thresholds": ["30"]}}"#, ["look"]),
            (#"{"auto_top_up": {"enabled": false}}"#, ["look", "top_up"]),
            (#"{"mail": {"low_balance": false}}"#, []),
        ] as [(String, Set<String>)]
    )
    func `the worker hears of what it judges by, and of what concerns a top-up under way`(
        part: String,
        expected: Set<String>
    ) async throws {
        try await TopUpWorld.running { world in
            try await world.leave(.unknown)
            _ = try await self.update(world.store, part)
            #expect(try await self.kinds(world.store) == expected)
        }
    }

    @Test func `a part that cannot be taken changes nothing`() async throws {
        let store = try WorkerFixture().store
        await #expect(throws: CustomerSettingsError.self) {
            try await self.update(store, #"{"locale": "fr", "auto_top_up": {"max_per_day": 99}}"#)
        }
        let (kept, entries, kinds) = try await (
            store.customerSettings("c"), store.auditEntries(limit: 9), self.kinds(store)
        )
        #expect(kept == nil && entries.isEmpty && kinds.isEmpty)
    }

    @Test func `of updates at the same time none is lost`() async throws {
        let store = try WorkerFixture().store
        let parts = [
            #"{"locale": "fr"}"#, #"{"mail": {"low_balance": false}}"#, #"{"auto_top_up": {"credits": "7"}}"#,
            #"{"low_balance": {"thresholds": ["30"]}}"#,
        ]
        try await withThrowingTaskGroup(of: Void.self) { group in
            for part in parts { group.addTask { _ = try await self.update(store, part) } }
            try await group.waitForAll()
        }
        let settings = try CustomerSettings(json: try await store.customerSettings("c"))
        #expect(settings.locale == "fr" && settings.mail == ["low_balance": false])
        #expect(settings.autoTopUp?.credits == "7" && settings.lowBalance?.thresholds == ["30"])
    }
}
