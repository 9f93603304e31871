/// Runs policies over what was, with the same rules that the service decides by.
///
/// The past is stored balances. Between two of them the balance is what the earlier one said, and a charge raises all
/// later ones by its credits. Automatic top-ups that were really paid in the time are taken out of it, so that a policy
/// is judged by what the customer used; what customers bought themselves stays. Top-ups from before count toward
/// cooldown and limits.
package struct Simulation: Sendable {
    /// What becomes of a charge.
    package enum Payments: String, Hashable, Sendable, CaseIterable {
        /// Paid at once.
        case succeed
        /// Declined at once, and again at each retry.
        case decline
    }

    let lowBalance: LowBalance
    let topUps: AutoTopUp
    let lago: TopUpFacts
    let payments: Payments
    /// Kinds of mail that nobody wants.
    let unwanted: Set<String>
    let period: Range<Int64>

    /// How much of the past before the period is looked at, in milliseconds: so that thresholds know whether they were
    /// seen from above, and forecasts what was used. Nothing of it is counted.
    package static let leadIn = UsageHistory.reach

    /// - Parameters:
    ///   - unwanted: kinds of mail that nobody wants, by their names in the store.
    ///   - period: Unix milliseconds.
    package init(
        lowBalance: LowBalance,
        topUps: TopUpPolicy,
        lago: TopUpFacts,
        payments: Payments = .succeed,
        unwanted: Set<String> = [],
        period: Range<Int64>
    ) {
        self.lowBalance = lowBalance
        self.topUps = AutoTopUp(policy: topUps)
        self.lago = lago
        self.payments = payments
        self.unwanted = unwanted
        self.period = period
    }

    /// What would have happened to an account; a function of what is given.
    package func run(_ past: AccountPast) -> SimulatedRun {
        var replay = Replay(self, past)
        replay.play()
        return replay.run
    }
}
