import Money
import Rules
import Testing

struct AutoTopUpTests {
    private static let hour = TopUpScene.hour
    private static let day = TopUpScene.day

    private typealias Change = @Sendable (inout TopUpScene) throws -> Void

    private static let blocked: [(TopUpReason, String, Change)] = [
        (.aboveThreshold, "", { $0.credits = FixedDecimal(units: 1_000_001) }),
        (.disabled, "", { $0.mode = .off }),
        (.disabled, "", { $0.threshold = nil }),
        (.disabled, "", { $0.amount = nil }),
        (.notOptedIn, "", { $0.choice.isEnabled = nil }),
        (
            .notOptedIn, "",
            {
                $0.audience = .all
                $0.choice.isEnabled = false
            }
        ),
        (.walletTerminated, "", { $0.wallets = [] }),
        (.lagoTooOld, "", { $0.hasTransactionMetadata = false }),
        (.currencyNotAllowed, "", { $0.currency = try Sample.currency("USD") }),
        (.currencyNotAllowed, "", { $0.choice.maxPerMonth = [try Sample.currency("USD"): 1_000] }),
        (
            .lagoRuleActive, "",
            { $0.wallets.insert(.init(id: "w0", rate: FixedDecimal(units: 100_000), hasLagoRule: true), at: 0) }
        ),
        (.noPaymentProvider, "", { $0.hasPaymentProvider = false }),
        (.historyUnknown, "", { $0.historyIsKnown = false }),
        (
            .historyUnknown, "",
            { scene in
                scene.records = ["t1", "t2"].map { scene.record(.submitted, .notSeen, id: $0, ago: 90 * Self.day) }
            }
        ),
        (.lagoRefused, " 5", { $0.refused = ClockTime($0.now - 10 * TopUpScene.minute) }),
        // Under way, in every state that it may be in.
        (.pendingTopUp, " 1439", { $0.records = [$0.record(.planned, .none, ago: TopUpScene.minute)] }),
        (.pendingTopUp, " 1380", { $0.records = [$0.record(.submitting, .none, ago: Self.hour)] }),
        (.pendingTopUp, " 1380", { $0.records = [$0.record(.unknown, .none, ago: Self.hour)] }),
        (.pendingTopUp, "", { $0.records = [$0.record(.submitted, .payable, ago: 40 * Self.day)] }),
        (.pendingTopUp, "", { $0.records = [$0.record(.failed, .notSeen, ago: 2 * Self.day, failures: [Self.day])] }),
        // Bought by the customer, or by somebody at Lago.
        (.pendingTopUp, " 1380", { $0.records = [$0.record(.unknown, .none, origin: .purchase, ago: Self.hour)] }),
        (
            .pendingTopUp, " 60",
            { $0.records = [$0.record(.submitted, .payable, origin: .purchase, ago: 23 * Self.hour)] }
        ),
        (
            .pendingTopUp, " 1440",
            { $0.foreign = [.init(credits: FixedDecimal(units: 600_001), since: ClockTime($0.now))] }
        ),
        (.cooldown, " 1", { $0.records = [$0.record(.settled, ago: 59 * TopUpScene.minute)] }),
        (.cooldown, " 1", { $0.records = [$0.record(.failed, .closed, ago: 59 * TopUpScene.minute)] }),
        (
            .cooldown, " 119",
            {
                $0.choice.cooldown = 2 * Self.hour
                $0.records = [$0.record(.settled, ago: TopUpScene.minute)]
            }
        ),
        (
            .dailyLimit, " 720",
            { scene in scene.records = [12, 5, 1].map { scene.record(.settled, id: "\($0)", ago: $0 * Self.hour) } }
        ),
        (
            .dailyLimit, " 720",
            {
                $0.choice.maxPerDay = 1
                $0.records = [$0.record(.settled, ago: 12 * Self.hour)]
            }
        ),
        // The first of December is eight and a half days away.
        (.monthlyLimit, " 12240", { $0.records = [$0.record(.settled, ago: 2 * Self.day, cents: 45_001)] }),
        (.monthlyLimit, " 12240", { $0.choice.maxPerMonth = [$0.currency: 4_999] }),
        (
            .pausedAfterFailures, "",
            {
                $0.records = [
                    $0.record(.failed, .payable, ago: 9 * Self.day, failures: [8, 7, 6].map { $0 * Self.day })
                ]
            }
        ),
        (
            .pausedAfterFailures, "",
            { scene in
                scene.records = ["a", "b", "c"].map {
                    scene.record(.failed, .none, id: $0, ago: 9 * Self.day, failures: [9 * Self.day])
                }
            }
        ),
        (
            .declineBackoff, " 1",
            { $0.records = [$0.record(.failed, .payable, ago: Self.hour, failures: [59 * TopUpScene.minute])] }
        ),
        (
            .declineBackoff, " 60",
            { $0.records = [$0.record(.failed, .payable, ago: Self.day, failures: [2 * Self.hour, Self.hour])] }
        ),
        (
            .declineBackoff, " 30",
            { $0.records = [$0.record(.failed, .none, ago: Self.day, failures: [Self.hour / 2])] }
        ),
        (.walletLimits, "", { $0.wallets = [.init(id: "w1", rate: .zero)] }),
        (.walletLimits, "", { $0.amount = .fixed(FixedDecimal(units: 499)) }),
        (
            .walletLimits, "",
            { $0.wallets = [.init(id: "w1", rate: FixedDecimal(units: 100_000), minimum: 200, maximum: 100)] }
        ),
        (.shadow, "", { $0.mode = .shadow }),
    ]

    @Test(arguments: Self.blocked.indices)
    func `what is in the way is told, with the time at which it ends`(index: Int) throws {
        let (reason, wait, change) = Self.blocked[index]
        var scene = try TopUpScene()
        #expect(scene.told() == "charge 50.0 50.00 EUR w1")
        try change(&scene)
        #expect(scene.told() == reason.rawValue + wait)
        // What ends by itself is over at that time, and not a moment before. One of ours that is pending for a day is
        // for the operator to look into; an amount above the limit fits no month.
        guard let next = scene.decide().nextLookAt else { return }
        scene.now = next - 1
        #expect(scene.decide().reason == reason && scene.decide().nextLookAt == next)
        scene.now = next
        #expect(scene.decide().nextLookAt != next)
        let isOurs = scene.records.contains { $0.holdsPlace && !$0.isDeclined }
        #expect(scene.decide().reason != reason || isOurs || scene.policy.maxPerMonth[scene.currency] == 4_999)
    }

    @Test func `every reason has a case`() {
        let told = Set(Self.blocked.map(\.0)).union([.charged, .abandoned])
        #expect(told == Set(TopUpReason.allCases))
    }

    private static let free: [(String, Change)] = [
        ("charge 50.0 50.00 EUR w1", { $0.credits = FixedDecimal(units: 1_000_000) }),
        ("charge 50.0 50.00 EUR w1", { $0.credits = FixedDecimal(units: -9_000_000) }),
        (
            "charge 50.0 50.00 EUR w1",
            {
                $0.audience = .all
                $0.choice.isEnabled = nil
            }
        ),
        (
            "charge 50.0 50.00 EUR w1",
            {
                $0.hasPaymentProvider = false
                $0.chargesWithoutProvider = true
            }
        ),
        ("charge 50.0 50.00 EUR w1", { $0.refused = ClockTime($0.now - 15 * TopUpScene.minute) }),
        ("charge 50.0 50.00 EUR w1", { $0.records = [$0.record(.settled, ago: Self.hour)] }),
        ("charge 50.0 50.00 EUR w1", { $0.records = [$0.record(.settled, ago: 2 * Self.day, cents: 45_000)] }),
        // Paid in October.
        ("charge 50.0 50.00 EUR w1", { $0.records = [$0.record(.settled, ago: 22 * Self.day, cents: 45_001)] }),
        // What nobody was charged for is no limit: refused, or given up before it was sent.
        ("charge 50.0 50.00 EUR w1", { $0.records = [$0.record(.failed, .none, ago: TopUpScene.minute)] }),
        ("charge 50.0 50.00 EUR w1", { $0.records = [$0.record(.settled, origin: .purchase, ago: 0, cents: 50_000)] }),
        (
            "charge 50.0 50.00 EUR w1",
            { $0.records = [$0.record(.submitted, .payable, origin: .purchase, ago: 24 * Self.hour)] }
        ),
        // A success, or a person, ends a row of failures.
        (
            "charge 50.0 50.00 EUR w1",
            { $0.records = [$0.record(.settled, ago: Self.day, failures: [1, 1, 1])] }
        ),
        (
            "retry t1",
            {
                let failures = [3, 2, 1].map { $0 * Self.day }
                $0.records = [$0.record(.failed, .payable, ago: 9 * Self.day, failures: failures, forgiven: 3)]
            }
        ),
        ("retry t1", { $0.records = [$0.record(.failed, .payable, ago: Self.day, failures: [Self.hour])] }),
        // A retry is no new transaction: neither the cooldown nor the daily count is in its way.
        (
            "retry t1",
            {
                $0.maxPerDay = 1
                $0.cooldown = 30 * Self.day
                $0.records = [$0.record(.failed, .payable, ago: 2 * Self.hour, failures: [Self.hour])]
            }
        ),
        // What is pending and does not lift it counts toward the gap.
        (
            "charge 93.5 93.50 EUR w1",
            {
                $0.amount = .refill(to: FixedDecimal(units: 10_000_000))
                $0.foreign = [.init(credits: FixedDecimal(units: 250_000), since: ClockTime($0.now))]
            }
        ),
    ]

    @Test(arguments: Self.free.indices)
    func `what is not in the way is none`(index: Int) throws {
        let (expected, change) = Self.free[index]
        var scene = try TopUpScene()
        try change(&scene)
        #expect(scene.told() == expected)
    }

    @Test func `a retry is decided anew like a charge`() throws {
        var scene = try TopUpScene()
        scene.records = [scene.record(.failed, .payable, ago: 40 * Self.day, cents: 40_000, failures: [Self.day])]
        #expect(scene.told() == "retry t1")
        var changed = scene
        changed.credits = FixedDecimal(units: 2_000_000)
        #expect(changed.told() == "above_threshold")
        changed = scene
        changed.choice.isEnabled = false
        #expect(changed.told() == "not_opted_in")
        changed = scene
        changed.wallets = [.init(id: "w2", rate: FixedDecimal(units: 100_000))]
        #expect(changed.told() == "wallet_terminated")
        changed = scene
        changed.records.insert(scene.record(.settled, id: "t0", ago: 5 * Self.day, cents: 10_001), at: 0)
        #expect(changed.told() == "monthly_limit 12240")
        changed = scene
        changed.mode = .shadow
        guard case .wait(let wait) = changed.decide() else {
            Issue.record("the operator only watches")
            return
        }
        #expect(wait.shadowed == .retry("t1"))
    }

    @Test func `an intent does not stand in its own way, and what it would buy may be another amount by now`() throws {
        var scene = try TopUpScene()
        scene.amount = .refill(to: FixedDecimal(units: 10_000_000))
        scene.records = [scene.record(.planned, .none, ago: TopUpScene.minute)]
        #expect(scene.told(submitting: "t1") == "charge 96.0 96.00 EUR w1")
        scene.records.append(scene.record(.submitted, .notSeen, id: "t2", ago: 0))
        #expect(scene.told(submitting: "t1") == "pending_top_up 1440")
    }

    @Test func `shadow tells what would have been charged`() throws {
        var scene = try TopUpScene()
        scene.mode = .shadow
        guard case .wait(let wait) = scene.decide(), case .charge(let charge)? = wait.shadowed else {
            Issue.record("the operator only watches")
            return
        }
        #expect(TopUpScene.told(charge) == "charge 50.0 50.00 EUR w1" && wait.reason == .shadow)
    }

    @Test func `the credits go to the last wallet that was paid for, else to the last`() throws {
        var scene = try TopUpScene()
        let rate = FixedDecimal(units: 100_000)
        scene.wallets = [.init(id: "a", rate: rate), .init(id: "b", rate: rate), .init(id: "c", rate: rate)]
        #expect(scene.told() == "charge 50.0 50.00 EUR c")
        scene.wallets[0] = .init(id: "a", rate: rate, wasPaidFor: true)
        #expect(scene.told() == "charge 50.0 50.00 EUR a")
        scene.wallets[1] = .init(id: "b", rate: rate, wasPaidFor: true)
        #expect(scene.told() == "charge 50.0 50.00 EUR b")
    }
}
