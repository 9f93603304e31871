package import LagoEvents

/// One verified delivery, ready to be written down.
package struct Delivery: Sendable {
    package let key: EventKey
    /// What the body says; nil when it cannot be read as a webhook.
    package let envelope: Envelope?
    /// SHA-256 of the body, 32 bytes.
    package let digest: [UInt8]
    /// The body, byte for byte.
    package let body: [UInt8]
    /// Unix milliseconds.
    package let receivedAt: Int64

    package init(key: EventKey, envelope: Envelope?, digest: [UInt8], body: [UInt8], receivedAt: Int64) {
        self.key = key
        self.envelope = envelope
        self.digest = digest
        self.body = body
        self.receivedAt = receivedAt
    }

    /// What the event starts as: work for the inbox, or an end already.
    var outcome: EventOutcome {
        guard let type = self.envelope?.webhookType else { return .unreadable }
        return type.isKnown ? .pending : .unknownType
    }
}

/// What the store made of a delivery.
package enum Recording: Hashable, Sendable {
    /// A new event, with its row number.
    case event(id: Int64, outcome: EventOutcome)
    /// The key was known: counted, nothing follows.
    case duplicate
    /// The body was known, too often of late to keep another row: counted on its first event.
    case counted
}

/// An event as commands and pages show it.
package struct EventSummary: Hashable, Sendable {
    package let id: Int64
    package let key: String
    package let webhookType: String?
    package let customer: String?
    /// Unix milliseconds.
    package let receivedAt: Int64
    package let origin: EventOrigin
    package let outcome: EventOutcome
    /// Further deliveries of the same key.
    package let duplicates: Int
}

/// Which events to list; nil means any.
package struct EventFilter: Sendable {
    package var webhookType: String?
    package var customer: String?
    package var outcome: EventOutcome?

    package init(webhookType: String? = nil, customer: String? = nil, outcome: EventOutcome? = nil) {
        self.webhookType = webhookType
        self.customer = customer
        self.outcome = outcome
    }
}

/// An event in the worker's inbox.
package struct PendingEvent: Hashable, Sendable {
    package let id: Int64
    package let webhookType: WebhookType?
    package let customer: CustomerID?
    package let origin: EventOrigin
    package let outcome: EventOutcome
    /// Unix milliseconds.
    package let receivedAt: Int64
}
