package import Money

/// What a policy would have done, and what was there at that time.
package struct SimulatedEffect: Hashable, Sendable {
    package enum Action: Hashable, Sendable {
        case mail(SimulatedMail)
        case charge(TopUpDecision.Charge)
        /// A declined charge's invoice, tried again.
        case retry(Amount)
    }

    /// Unix milliseconds.
    package let at: Int64
    package let action: Action
    /// Live credits right before it.
    package let credits: FixedDecimal

    package init(at: Int64, action: Action, credits: FixedDecimal) {
        self.at = at
        self.action = action
        self.credits = credits
    }
}

/// A mail that would have been sent: one for an account, whatever the number of its addresses.
package enum SimulatedMail: Hashable, Sendable {
    /// Of the lowest threshold that was crossed.
    case lowBalance(Threshold)
    case balanceRecovered
    case topUpSucceeded
    case topUpFailed
    case topUpPaused
    /// So many percent of the month's money were used.
    case topUpLimit(Int)

    /// The kind of message, by its name in the store.
    package var kind: String {
        switch self {
        case .lowBalance: "low_balance"
        case .balanceRecovered: "balance_recovered"
        case .topUpSucceeded: "top_up_succeeded"
        case .topUpFailed: "top_up_failed"
        case .topUpPaused: "top_up_paused"
        case .topUpLimit: "top_up_limit"
        }
    }
}

/// What a policy would have done with one account.
package struct SimulatedRun: Hashable, Sendable {
    /// In the order of time.
    package internal(set) var effects: [SimulatedEffect] = []
    /// What stood in the way of a charge, and how often it began to.
    package internal(set) var held: [TopUpReason: Int] = [:]
    /// Automatic top-ups that were really paid in the time, and are taken out of it.
    package internal(set) var removed = 0
    /// From when on anything is known, in Unix milliseconds; nil where nothing is.
    package internal(set) var knownFrom: Int64?
    /// Live credits at the end.
    package internal(set) var credits: FixedDecimal?

    package init() {}
}
