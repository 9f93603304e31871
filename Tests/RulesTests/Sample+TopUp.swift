import Money
import Rules

/// Noon of 22 November 2026, UTC.
private let noon: Int64 = 1_795_348_800_000

/// An account that is to be charged: at 4 credits under a threshold of 10, in euros, with nothing in the way.
struct TopUpScene {
    static let noon: Int64 = RulesTests.noon
    static let minute: Int64 = 60_000
    static let hour: Int64 = 3_600_000
    static let day: Int64 = 86_400_000

    var mode = TopUpAllowance.Mode.on
    var audience = TopUpAllowance.Audience.optIn
    var threshold: FixedDecimal? = FixedDecimal(units: 1_000_000)
    var amount: TopUpAmount? = .fixed(FixedDecimal(units: 5_000_000))
    var cooldown = TopUpScene.hour
    var maxPerDay = 3
    var maxPerMonth: [Currency: Int64] = [:]
    var chargesWithoutProvider = false
    var choice = TopUpChoice()
    var credits = FixedDecimal(units: 400_000)
    var currency: Currency
    var wallets = [TopUpAccount.Wallet(id: "w1", rate: FixedDecimal(units: 100_000), wasPaidFor: true)]
    var records: [TopUpRecord] = []
    var foreign: [TopUpHistory.Foreign] = []
    var historyIsKnown = true
    var hasTransactionMetadata = true
    var hasPaymentProvider = true
    var refused: ClockTime?
    var now = TopUpScene.noon

    init() throws {
        self.currency = try Sample.currency()
        self.maxPerMonth = [self.currency: 50_000]
        self.choice.isEnabled = true
    }

    var policy: TopUpPolicy {
        TopUpPolicy(
            TopUpAllowance(
                mode: self.mode,
                audience: self.audience,
                threshold: self.threshold,
                amount: self.amount,
                cooldown: self.cooldown,
                maxPerDay: self.maxPerDay,
                maxPerMonth: self.maxPerMonth,
                chargesWithoutProvider: self.chargesWithoutProvider
            ),
            choice: self.choice
        )
    }

    var account: TopUpAccount {
        TopUpAccount(currency: self.currency, credits: self.credits, wallets: self.wallets)
    }
    var history: TopUpHistory { TopUpHistory(records: self.records, foreign: self.foreign) }

    func decide(submitting intent: String? = nil) -> TopUpDecision {
        let facts = TopUpFacts(
            historyIsKnown: self.historyIsKnown,
            hasTransactionMetadata: self.hasTransactionMetadata,
            hasPaymentProvider: self.hasPaymentProvider,
            refused: self.refused
        )
        return AutoTopUp(policy: self.policy)
            .decide(self.account, history: self.history, lago: facts, submitting: intent, at: self.now)
    }

    /// What it comes to: `charge 50.0 50.00 EUR w1`, `retry t1`, or a reason with the minutes until the next look.
    func told(submitting intent: String? = nil) -> String {
        switch self.decide(submitting: intent) {
        case .charge(let charge): Self.told(charge)
        case .retry(let id): "retry \(id)"
        case .wait(let wait): wait.reason.rawValue + (wait.nextLookAt.map { " \(($0 - self.now) / Self.minute)" } ?? "")
        }
    }

    static func told(_ charge: TopUpDecision.Charge) -> String {
        let clamp = charge.clamp.map { " \($0.limit.rawValue) \($0.wanted)" } ?? ""
        return "charge \(charge.credits) \(charge.money) \(charge.walletID)\(clamp)"
    }

    /// A top-up of 50 credits for 50.00, made so long before noon.
    func record(
        _ state: TopUpState,
        _ invoice: TopUpRecord.Invoice = .closed,
        origin: TopUpOrigin = .automatic,
        id: String = "t1",
        ago: Int64,
        cents: Int64 = 5_000,
        failures: [Int64] = [],
        forgiven: Int = 0
    ) -> TopUpRecord {
        TopUpRecord(
            id: id,
            origin: origin,
            state: state,
            walletID: "w1",
            credits: FixedDecimal(units: cents * 1_000),
            money: Amount(minorUnits: cents, currency: self.currency),
            created: ClockTime(Self.noon - ago),
            settled: state == .settled ? ClockTime(Self.noon - ago) : nil,
            invoice: invoice,
            failures: failures.map { ClockTime(Self.noon - $0) },
            forgiven: forgiven
        )
    }
}
