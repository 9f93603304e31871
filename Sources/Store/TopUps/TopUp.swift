package import LagoEvents

/// A time as it is kept: with when it was first found to lie ahead, by a clock that was set back since.
package struct KeptTime: Hashable, Codable, Sendable {
    /// Unix milliseconds, as the other.
    package let at: Int64
    package let aheadAt: Int64?

    package init(_ at: Int64, aheadAt: Int64? = nil) {
        self.at = at
        self.aheadAt = aheadAt
    }
}

/// A purchase of credits, from the wish to what became of it. States and the like are words that `Rules` reads.
package struct TopUp: Hashable, Sendable {
    /// A UUID of ours, by which Lago's transaction is known again.
    package let id: String
    package let customer: CustomerID
    /// A currency's code.
    package let account: String
    /// Lago's id of the wallet that gets the credits.
    package let wallet: String
    /// `automatic` or `purchase`.
    package let origin: String
    /// `planned`, `submitting`, `submitted`, `settled`, `failed` or `unknown`.
    package var state: String
    /// Why it failed, or waits.
    package var reason: String?
    /// A decimal in plain notation.
    package let credits: String
    /// What they cost, in the currency's smallest unit as Lago counts it.
    package let cents: Int64
    /// `none`, `notSeen`, `payable` or `closed`.
    package var invoiceState = "none"
    package var transactionID: String?
    package var invoiceID: String?
    /// It was found at Lago, and was not in this file.
    package let isAdopted: Bool
    package var created: KeptTime
    /// Unix milliseconds.
    package var updatedAt: Int64
    package var settled: KeptTime?
    package var failures: [KeptTime] = []
    package var forgiven = 0
    /// By Lago's clock, in Unix milliseconds, as the two below: its transaction cannot be older.
    package var listedFrom: Int64?
    /// A request may have been sent, and had ended by then.
    package var doubtAt: Int64?
    /// A complete list did not show its transaction.
    package var missedAt: Int64?
    /// When its caller asked for a purchase last, in Unix milliseconds.
    package var askedAt: Int64?
    /// JSON: an object of Lago's members that go along with a purchase, as its name.
    package var extras: String?
    /// JSON: Lago's words, where it refused it.
    package var refusal: String?
    /// Counts its moves; a copy of an earlier one moves nothing.
    package internal(set) var version: Int64 = 0

    package init(
        id: String,
        customer: CustomerID,
        account: String,
        wallet: String,
        origin: String,
        state: String,
        credits: String,
        cents: Int64,
        isAdopted: Bool = false,
        at now: Int64
    ) {
        self.id = id
        self.customer = customer
        self.account = account
        self.wallet = wallet
        self.origin = origin
        self.state = state
        self.credits = credits
        self.cents = cents
        self.isAdopted = isAdopted
        self.created = KeptTime(now)
        self.updatedAt = now
    }

    /// The same as it is in the store once it was moved.
    package var onceMoved: TopUp {
        var moved = self
        moved.version += 1
        return moved
    }
}

/// What was decided about an account, and why.
package struct TopUpDecisionRecord: Hashable, Sendable {
    package let customer: CustomerID
    package let account: String
    package let reason: String
    /// JSON; nil where the reason says all.
    package let detail: String?
    /// When the reason ends, in Unix milliseconds; nil where only an event ends it.
    package let nextLookAt: Int64?
    /// Unix milliseconds: the first time that it was decided so, and the last.
    package let at: Int64
    package let lastAt: Int64

    package init(
        customer: CustomerID,
        account: String,
        reason: String,
        detail: String?,
        nextLookAt: Int64?,
        at: Int64,
        lastAt: Int64? = nil
    ) {
        self.customer = customer
        self.account = account
        self.reason = reason
        self.detail = detail
        self.nextLookAt = nextLookAt
        self.at = at
        self.lastAt = lastAt ?? at
    }
}
