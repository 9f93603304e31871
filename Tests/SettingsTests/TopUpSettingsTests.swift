import Money
import Rules
import Settings
import Testing

@Suite struct TopUpSettingsTests {
    private static let on = ["AUTO_TOP_UP": "on", "AUTO_TOP_UP_MAX_PER_MONTH": "500 USD,450 EUR"]

    private func topUps(_ environment: [String: String]) async throws -> TopUpSettings {
        try Settings(await SettingsSource(environment: environment)).topUps
    }

    @Test func `nobody is charged unless it is said`() async throws {
        let settings = try await self.topUps([:])
        #expect(settings.allowance == TopUpAllowance() && settings.allowance.mode == .off)
        #expect(settings.lookupGrace == .seconds(60))
        #expect(try await self.topUps(["AUTO_TOP_UP": "shadow"]).allowance.mode == .shadow)
    }

    @Test func `what may be set is read`() async throws {
        let more = [
            "AUTO_TOP_UP_DEFAULT": "all", "AUTO_TOP_UP_THRESHOLD": "10.5", "AUTO_TOP_UP_CREDITS": "50",
            "AUTO_TOP_UP_COOLDOWN": "2h", "AUTO_TOP_UP_MAX_PER_DAY": "5", "AUTO_TOP_UP_WITHOUT_PROVIDER": "on",
            "TOP_UP_LOOKUP_GRACE": "90s",
        ]
        let settings = try await self.topUps(Self.on.merging(more) { $1 })
        let (dollar, euro) = (try #require(Currency("USD")), try #require(Currency("EUR")))
        let expected = TopUpAllowance(
            mode: .on,
            audience: .all,
            threshold: FixedDecimal(units: 1_050_000),
            amount: .fixed(FixedDecimal(units: 5_000_000)),
            cooldown: 7_200_000,
            maxPerDay: 5,
            maxPerMonth: [dollar: 50_000, euro: 45_000],
            chargesWithoutProvider: true
        )
        #expect(settings.allowance == expected && settings.lookupGrace == .seconds(90))
        let refill = try await self.topUps(["AUTO_TOP_UP_TARGET": "12", "AUTO_TOP_UP_THRESHOLD": "10"])
        #expect(refill.allowance.amount == .refill(to: FixedDecimal(units: 1_200_000)))
    }

    @Test func `on without a limit of money is refused, with what to set`() async throws {
        let error = await #expect(throws: SettingsError.self) { try await self.topUps(["AUTO_TOP_UP": "on"]) }
        let fix = "set AUTO_TOP_UP_MAX_PER_MONTH to the most that an account may be charged, as 500 USD,450 EUR"
        #expect(error?.description == "AUTO_TOP_UP is \"on\": \(fix)")
    }

    @Test(arguments: [
        (["AUTO_TOP_UP": "yes"], ["AUTO_TOP_UP"]), (["AUTO_TOP_UP_DEFAULT": "none"], ["AUTO_TOP_UP_DEFAULT"]),
        (["AUTO_TOP_UP_THRESHOLD": "-1"], ["AUTO_TOP_UP_THRESHOLD"]),
        (["AUTO_TOP_UP_CREDITS": "0"], ["AUTO_TOP_UP_CREDITS"]),
        (["AUTO_TOP_UP_CREDITS": "0.000001"], ["AUTO_TOP_UP_CREDITS"]),
        (["AUTO_TOP_UP_TARGET": "many"], ["AUTO_TOP_UP_TARGET"]),
        (["AUTO_TOP_UP_TARGET": "10.9", "AUTO_TOP_UP_THRESHOLD": "10"], ["AUTO_TOP_UP_TARGET"]),
        (["AUTO_TOP_UP_TARGET": "50", "AUTO_TOP_UP_CREDITS": "50"], ["AUTO_TOP_UP_TARGET"]),
        (["AUTO_TOP_UP_COOLDOWN": "1"], ["AUTO_TOP_UP_COOLDOWN"]),
        (["AUTO_TOP_UP_MAX_PER_DAY": "0"], ["AUTO_TOP_UP_MAX_PER_DAY"]),
        (["AUTO_TOP_UP_MAX_PER_MONTH": "500"], ["AUTO_TOP_UP_MAX_PER_MONTH"]),
        (["AUTO_TOP_UP": "on", "AUTO_TOP_UP_MAX_PER_MONTH": "0 EUR"], ["AUTO_TOP_UP_MAX_PER_MONTH"]),
        (["AUTO_TOP_UP_WITHOUT_PROVIDER": "maybe"], ["AUTO_TOP_UP_WITHOUT_PROVIDER"]),
        (["TOP_UP_LOOKUP_GRACE": "0s"], ["TOP_UP_LOOKUP_GRACE"]),
        (["AUTO_TOP_UP": "shadow", "AUTO_TOP_UP_DEFAULT": "all"], ["AUTO_TOP_UP_DEFAULT", "AUTO_TOP_UP_DEFAULT"]),
    ])
    func `a wrong value is named with its key and its fix`(
        environment: [String: String],
        keys: [String]
    ) async throws {
        let error = await #expect(throws: SettingsError.self) { try await self.topUps(environment) }
        #expect(error?.problems.map(\.key) == keys && error?.problems.allSatisfy { !$0.fix.isEmpty } == true)
    }
}
