/// Why an address gets no mail.
package enum SuppressionReason: String, CaseIterable, Sendable {
    /// Its reader asked for no more.
    case unsubscribed
    /// Its server said to us that there is nobody.
    case refused
    /// The mail provider says that mail to it came back for good.
    case bounced
    /// The mail provider says that its reader called our mail spam.
    case complained
    /// An operator's wish.
    case `operator`
}

/// An address that gets no mail, or none of a kind.
package struct Suppression: Hashable, Sendable {
    static let everyKind = "*"
    /// Unicode scalars of a detail that are kept.
    package static let detailLimit = 500

    /// In lower case.
    package let address: String
    /// Nil for every kind.
    package let kind: String?
    package let reason: SuppressionReason
    /// The words of who stopped it: a mail server's reply, a provider's report, an operator's note.
    package let detail: String?
    /// Unix milliseconds.
    package let at: Int64
}

/// Which suppressions a list shows; nil for all.
package struct SuppressionFilter: Sendable {
    /// In any case of its letters.
    package var address: String?
    package var reason: SuppressionReason?

    package init(address: String? = nil, reason: SuppressionReason? = nil) {
        self.address = address
        self.reason = reason
    }
}
