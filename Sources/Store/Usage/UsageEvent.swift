package import LagoEvents

/// A usage event that is to reach Lago.
package struct UsageEvent: Hashable, Sendable {
    /// The operator's id of the subscription that it counts for.
    package let subscription: String
    /// What tells it from the subscription's others; Lago takes each once.
    package let transactionID: String
    /// Whose subscription it is.
    package let customer: CustomerID
    /// The event as a JSON object, as it was sent; without a `timestamp` where `isStamped`.
    package let content: [UInt8]
    /// It names no time: that of its acceptance counts.
    package let isStamped: Bool

    package init(
        subscription: String,
        transactionID: String,
        customer: CustomerID,
        content: [UInt8],
        isStamped: Bool
    ) {
        self.subscription = subscription
        self.transactionID = transactionID
        self.customer = customer
        self.content = content
        self.isStamped = isStamped
    }
}

/// A usage event that waits for Lago.
package struct WaitingUsage: Hashable, Sendable, Identifiable {
    /// Its number, in the order of acceptance.
    package let id: Int64
    package let event: UsageEvent
    /// Unix milliseconds.
    package let acceptedAt: Int64

    package init(id: Int64, event: UsageEvent, acceptedAt: Int64) {
        self.id = id
        self.event = event
        self.acceptedAt = acceptedAt
    }
}

/// An event of this subscription and transaction waits already, with another content.
package struct UsageEventTaken: Error, Equatable {
    /// Which of those that were to be accepted, from 0.
    package let index: Int

    package init(index: Int) { self.index = index }
}
