/// What follows from a look at an account.
package enum LowBalanceDecision: Hashable, Sendable {
    /// Queue this mail, or bring the one that is queued forward.
    case mail(LowBalanceMail)
    /// The account that was mailed in this descent is above all of its thresholds again; told once.
    case recovered(descent: Int)
    case none(Reason)

    package enum Reason: String, Hashable, Codable, Sendable {
        /// The policy is empty.
        case noThresholds = "no_thresholds"
        /// No threshold is crossed.
        case aboveThresholds = "above_thresholds"
        /// What is crossed was never seen from above, and is no descent.
        case neverAbove = "never_above"
        case alreadyMailed = "already_mailed"
        case alreadyQueued = "already_queued"
        /// Nothing that the thresholds are judged by is known.
        case unknown
    }

    /// The word kept with the decision and shown for it.
    package var reason: String {
        switch self {
        case .mail(let mail): mail.reason.rawValue
        case .recovered: "recovered"
        case .none(let reason): reason.rawValue
        }
    }
}

/// A low-balance mail to be sent; an account has at most one at a time.
package struct LowBalanceMail: Hashable, Sendable {
    package enum Reason: String, Hashable, Codable, Sendable {
        case crossed
        /// Put off until the least time between two mails is over.
        case minimumInterval = "minimum_interval"
        /// Put off until the outcome of a top-up that will lift the account.
        case pendingTopUp = "pending_top_up"
    }

    /// Counts the account's mails from 1.
    package let number: Int
    /// The lowest threshold that was crossed and not yet told of.
    package let threshold: Threshold
    package let descent: Int
    /// When to send it, in Unix milliseconds; `now`, or later where it is put off.
    package let at: Int64
    package let reason: Reason
    /// It was queued before under this number, and is to go out earlier than that.
    package let isQueuedAlready: Bool
}

/// What becomes of a queued mail right before an attempt to send it.
package enum LowBalanceConfirmation: Hashable, Sendable {
    case send(Send)
    /// Not before this time, in Unix milliseconds; then decide anew.
    case putOff(until: Int64, LowBalanceMail.Reason)
    /// Never to be sent; should the account fall again, another mail follows.
    case superseded(SupersededReason)

    /// What the mail tells.
    package struct Send: Hashable, Sendable {
        package let number: Int
        /// The lowest threshold that is crossed now and not yet told of.
        package let threshold: Threshold
        package let descent: Int
        /// It is a lower one than the mail was queued for.
        package let isLower: Bool
        /// The account is at or below zero.
        package let isEmpty: Bool
        /// All thresholds that this mail tells of, with the descent in which each fired.
        let covered: [String: Int]
    }

    package enum SupersededReason: String, Hashable, Codable, Sendable {
        /// The balance is back above the threshold.
        case balanceIsBack = "balance_is_back"
        /// The threshold is no longer in the policy.
        case thresholdRemoved = "threshold_removed"
        /// What the threshold is judged by is no longer known.
        case unknown
        /// Another mail told of it, or the account is not waiting for this one.
        case alreadyTold = "already_told"
    }
}

/// What became of a mail that was to be sent.
package enum LowBalanceMailOutcome: Hashable, Sendable {
    case sent
    /// It will never be sent: the address is suppressed, or all attempts failed. Its thresholds are not told of
    /// again in their descent.
    case givenUp
}
