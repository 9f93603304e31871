import Money
import Rules

/// A past in whole credits and in minutes after noon, where a credit is one euro; the period begins at noon and takes
/// a day.
struct SimulationScene {
    var scene: TopUpScene
    var thresholds = "20,5,0"
    /// Minutes, and live credits.
    var values: [(at: Int64, credits: Int64)] = []
    /// Of values at these minutes: how far the settled balance is above what it was at the start.
    var settledOnly: [Int64: Int64] = [:]
    var payments = Simulation.Payments.succeed
    var unwanted: Set<String> = []
    var length = TopUpScene.day

    init() throws { self.scene = try TopUpScene() }

    func run() throws -> SimulatedRun {
        Simulation(
            lowBalance: LowBalance(policy: try ThresholdPolicy(self.thresholds), minimumInterval: TopUpScene.hour),
            topUps: self.scene.policy,
            lago: TopUpFacts(historyIsKnown: true, hasTransactionMetadata: true, hasPaymentProvider: true),
            payments: self.payments,
            unwanted: self.unwanted,
            period: TopUpScene.noon..<TopUpScene.noon + self.length
        ).run(self.past)
    }

    private var past: AccountPast {
        var settled: Int64 = 1_000
        return AccountPast(
            currency: self.scene.currency,
            values: self.values.map { value in
                settled += self.settledOnly[value.at] ?? 0
                return AccountPast.Value(
                    at: TopUpScene.noon + value.at * TopUpScene.minute,
                    settled: settled * 100,
                    live: value.credits * 100,
                    credits: FixedDecimal(units: value.credits * 100_000)
                )
            },
            wallets: self.scene.wallets,
            topUps: self.scene.records
        )
    }

    /// What would have happened: `60 charge 50.00 EUR at 8`, in minutes after noon.
    func told() throws -> [String] {
        try self.run().effects.map { effect in
            let what =
                switch effect.action {
                case .charge(let charge): "charge \(charge.money)"
                case .retry(let money): "retry \(money)"
                case .mail(.lowBalance(let threshold)): "low_balance \(threshold)"
                case .mail(.topUpLimit(let percent)): "top_up_limit \(percent)"
                case .mail(let mail): mail.kind
                }
            return "\(Self.minutes(effect)) \(what) at \(effect.credits.text(decimals: 0))"
        }
    }

    /// The minutes of the charges.
    func charges() throws -> [Int64] {
        try self.run().effects.filter { if case .charge = $0.action { true } else { false } }.map(Self.minutes)
    }

    private static func minutes(_ effect: SimulatedEffect) -> Int64 {
        (effect.at - TopUpScene.noon) / TopUpScene.minute
    }

    /// One of 50 credits.
    func record(at: Int64, settled: Int64) throws -> TopUpRecord {
        TopUpRecord(
            id: "real \(at)",
            origin: .automatic,
            state: .settled,
            walletID: "w1",
            credits: FixedDecimal(units: 5_000_000),
            money: Amount(minorUnits: 5_000, currency: self.scene.currency),
            created: ClockTime(TopUpScene.noon + at * TopUpScene.minute),
            settled: ClockTime(TopUpScene.noon + settled * TopUpScene.minute),
            invoice: .closed
        )
    }
}
