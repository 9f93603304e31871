import Money
import Rules
import Testing

struct TopUpAmountTests {
    private static let hour = TopUpScene.hour
    private static let day = TopUpScene.day

    private struct Amounts {
        let credits: String?
        let target: String?
        let rate: String
        let code: String
        let minimum: Int64?
        let maximum: Int64?
        let expected: String
    }

    private static let amounts: [Amounts] = [
        // A fixed amount is charged as it is, at Lago's rounding; a refill covers the gap in whole minor units.
        .init(
            credits: "10.005",
            target: nil,
            rate: "1",
            code: "EUR",
            minimum: nil,
            maximum: nil,
            expected: "charge 10.005 10.01 EUR w1"
        ),
        .init(
            credits: "3",
            target: nil,
            rate: "0.333",
            code: "EUR",
            minimum: nil,
            maximum: nil,
            expected: "charge 3.0 1.00 EUR w1"
        ),
        .init(
            credits: nil,
            target: "100",
            rate: "1",
            code: "EUR",
            minimum: nil,
            maximum: nil,
            expected: "charge 96.0 96.00 EUR w1"
        ),
        .init(
            credits: nil,
            target: "12.00001",
            rate: "0.07",
            code: "EUR",
            minimum: nil,
            maximum: nil,
            expected: "charge 8.14286 0.57 EUR w1"
        ),
        .init(
            credits: nil,
            target: "12",
            rate: "3",
            code: "JPY",
            minimum: nil,
            maximum: nil,
            expected: "charge 8.0 24 JPY w1"
        ),
        .init(
            credits: nil,
            target: "12",
            rate: "0.3",
            code: "JPY",
            minimum: nil,
            maximum: nil,
            expected: "charge 10.0 3 JPY w1"
        ),
        // The limits are the wallet's, in minor units.
        .init(
            credits: "50",
            target: nil,
            rate: "1",
            code: "EUR",
            minimum: 6_000,
            maximum: nil,
            expected: "charge 60.0 60.00 EUR w1 minimum 50.0"
        ),
        .init(
            credits: "50",
            target: nil,
            rate: "1",
            code: "EUR",
            minimum: 5_000,
            maximum: 5_000,
            expected: "charge 50.0 50.00 EUR w1"
        ),
        .init(
            credits: "50",
            target: nil,
            rate: "1",
            code: "EUR",
            minimum: nil,
            maximum: 4_999,
            expected: "charge 49.99 49.99 EUR w1 maximum 50.0"
        ),
        .init(
            credits: nil,
            target: "100",
            rate: "0.07",
            code: "EUR",
            minimum: nil,
            maximum: 100,
            expected: "charge 14.28571 1.00 EUR w1 maximum 96.0"
        ),
        // A credit that costs so much that its fifth decimal is more than the limit allows.
        .init(
            credits: "1",
            target: nil,
            rate: "90000",
            code: "EUR",
            minimum: nil,
            maximum: 50,
            expected: "wallet_limits"
        ),
        .init(
            credits: "1",
            target: nil,
            rate: "90000",
            code: "EUR",
            minimum: 9_000_010,
            maximum: nil,
            expected: "charge 1.00001 90000.90 EUR w1 minimum 1.0"
        ),
        .init(
            credits: "49.99",
            target: nil,
            rate: "1",
            code: "EUR",
            minimum: 5_000,
            maximum: nil,
            expected: "charge 50.0 50.00 EUR w1 minimum 49.99"
        ),
        .init(
            credits: "50.01",
            target: nil,
            rate: "1",
            code: "EUR",
            minimum: nil,
            maximum: 5_000,
            expected: "charge 50.0 50.00 EUR w1 maximum 50.01"
        ),
        // Limits that exclude each other leave nothing.
        .init(
            credits: "50",
            target: nil,
            rate: "1",
            code: "EUR",
            minimum: 6_000,
            maximum: 5_500,
            expected: "wallet_limits"
        ),
        // What is held is enough.
        .init(
            credits: nil,
            target: "4",
            rate: "1",
            code: "EUR",
            minimum: nil,
            maximum: nil,
            expected: "above_threshold"
        ),
    ]

    @Test(arguments: Self.amounts.indices)
    func `an amount is what Lago charges`(index: Int) throws {
        let given = Self.amounts[index]
        var scene = try TopUpScene()
        scene.currency = try Sample.currency(given.code)
        scene.maxPerMonth = [scene.currency: .max]
        let rate = try Sample.decimal(given.rate)
        scene.wallets = [.init(id: "w1", rate: rate, minimum: given.minimum, maximum: given.maximum)]
        scene.amount = try given.credits.map { .fixed(try Sample.decimal($0)) }
        if let target = given.target { scene.amount = .refill(to: try Sample.decimal(target)) }
        #expect(scene.told() == given.expected)
    }

    @Test func `the back-off doubles to a day`() {
        let hours = (0...8).map { AutoTopUp.backoff(afterFailures: $0) / Self.hour }
        #expect(hours == [0, 1, 2, 4, 8, 16, 24, 24, 24])
    }

    private static let shares: [(cents: Int64, share: Int?)] = [
        (0, nil), (39_999, nil), (40_000, 80), (45_000, 90), (49_999, 90), (50_000, 100),
    ]

    @Test(arguments: Self.shares)
    func `the use of the month's money is told in steps`(cents: Int64, share: Int?) throws {
        var scene = try TopUpScene()
        scene.records = [scene.record(.settled, ago: 13 * Self.hour, cents: cents)]
        scene.records.append(scene.record(.settled, origin: .purchase, id: "p", ago: 0, cents: 50_000))
        let use = AutoTopUp(policy: scene.policy).use(of: scene.history, currency: scene.currency, at: scene.now)
        #expect(use.shareOfMonth == share && use.ofMonth.minorUnits == cents && use.maxPerMonth?.minorUnits == 50_000)
        #expect(use.countOfDay == 0 && use.maxPerDay == 3)
    }

    @Test func `what may still be taken counts in the use of the month's money, and is paid in its own month`() throws {
        var scene = try TopUpScene()
        scene.records = [
            scene.record(.settled, id: "paid", ago: 13 * Self.hour, cents: 10_000),
            scene.record(.failed, .payable, id: "declined", ago: 40 * Self.day, cents: 20_000),
            scene.record(.failed, TopUpRecord.Invoice.none, id: "refused", ago: Self.hour, cents: 7_000),
            scene.record(.settled, id: "earlier", ago: 40 * Self.day, cents: 9_000),
        ]
        let use = AutoTopUp(policy: scene.policy).use(of: scene.history, currency: scene.currency, at: scene.now)
        #expect(use.ofMonth.minorUnits == 30_000)
    }

    private static let months: [(now: Int64, days: Int64)] = [
        // 2024 has a 29th of February, 2100 has none.
        (1_709_164_800_000, 1), (1_709_251_199_999, 0), (1_795_348_800_000, 8), (4_107_456_000_000, 1), (0, 31),
        (1_798_761_599_999, 0),
    ]

    @Test(arguments: Self.months)
    func `a limit of a month ends with the month of UTC`(now: Int64, days: Int64) throws {
        var scene = try TopUpScene()
        scene.now = now
        scene.choice.maxPerMonth = [scene.currency: 1]
        let next = try #require(scene.decide().nextLookAt)
        #expect(next > now && next % Self.day == 0 && (next - now) / Self.day == days)
        // The last millisecond is of the same month still.
        scene.now = next - 1
        #expect(scene.decide().nextLookAt == next)
    }
}
