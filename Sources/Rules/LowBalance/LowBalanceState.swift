/// What is remembered of an account between looks, so that each threshold is told of once per descent.
///
/// Thresholds are named by their text. One that has no mark is unknown: the account was never seen above it, and going
/// below it means nothing. A threshold that leaves the policy loses its mark.
package struct LowBalanceState: Hashable, Codable, Sendable {
    package enum Phase: String, Hashable, Codable, Sendable {
        /// Seen above by the hysteresis: the next crossing fires it.
        case armed
        /// Crossed, and a mail is owed.
        case fired
        /// Crossed, and a mail told of it, or of a lower one that was crossed with it.
        case told
    }

    package struct Mark: Hashable, Codable, Sendable {
        package var phase: Phase
        /// The descent in which it fired; that of the last time while it is armed.
        package var descent: Int
    }

    /// The one low-balance mail of the account that waits to be sent.
    package struct Queued: Hashable, Codable, Sendable {
        /// Counts the account's mails from 1; what a mail's key is made of.
        package let number: Int
        /// The threshold for which it was queued.
        package let threshold: String
        /// Unix milliseconds.
        package var dueAt: Int64
    }

    package internal(set) var marks: [String: Mark] = [:]
    /// The number of the running descent, or of the last one; 0 before the first.
    package internal(set) var descent = 0
    /// A threshold that had fired in this descent is armed again: the next crossing begins another descent.
    package internal(set) var hasRisen = false
    /// Thresholds that mails of this descent told of.
    package internal(set) var toldInDescent: [String] = []
    package internal(set) var queued: Queued?
    /// How many mails were ever queued.
    package internal(set) var mails = 0
    /// Unix milliseconds.
    package internal(set) var lastMailAt: Int64?
    /// The last mail told that nothing is left, and the account has not recovered since.
    package internal(set) var hasToldEmpty = false
    /// The threshold that the last mail named, until the account has recovered.
    package internal(set) var lastMailed: String?
    /// The descent of that mail.
    package internal(set) var mailedDescent: Int?

    package init() {}
}
