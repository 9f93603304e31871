/// Where a message stands.
package enum MessageState: String, CaseIterable, Sendable {
    case queued, sent, failed, suppressed, superseded, digested
}

/// A mail to one address, to be written down.
package struct NewMessage: Hashable, Sendable {
    package var kind: String
    package var customer: String?
    /// The address; empty when there is none, and the message has failed for it.
    package var recipient: String
    /// What it tells: one fact makes one mail to an address.
    package var fact: String
    /// What its texts are made from, as JSON.
    package var arguments: String
    package var locale: String?
    /// The Message-ID, as its header has it.
    package var messageID: String
    /// The Message-ID of the mail that it follows.
    package var thread: String?
    /// `queued`, or why it never will be.
    package var state = MessageState.queued
    package var reason: String?

    package init(
        kind: String,
        customer: String?,
        recipient: String,
        fact: String,
        arguments: String,
        locale: String? = nil,
        messageID: String,
        thread: String? = nil,
        state: MessageState = .queued,
        reason: String? = nil
    ) {
        self.kind = kind
        self.customer = customer
        self.recipient = recipient
        self.fact = fact
        self.arguments = arguments
        self.locale = locale
        self.messageID = messageID
        self.thread = thread
        self.state = state
        self.reason = reason
    }
}

/// A mail to one address.
package struct Message: Hashable, Sendable {
    package let id: Int64
    package let kind: String
    package let customer: String?
    package let recipient: String
    package let fact: String
    /// JSON.
    package let arguments: String
    package let locale: String?
    package let state: MessageState
    package let reason: String?
    package let messageID: String
    package let thread: String?
    package let subject: String?
    package let text: String?
    package let html: String?
    package let smtpReply: String?
    /// Unix milliseconds.
    package let createdAt: Int64
    /// Unix milliseconds; nil unless it was sent.
    package let sentAt: Int64?
}

/// What an attempt to send a message came to, for its row.
package struct MessageOutcome: Hashable, Sendable {
    package var state: MessageState
    package var reason: String?
    package var smtpReply: String?
    /// As it was sent, or last tried.
    package var subject: String?
    package var text: String?
    package var html: String?
    package var locale: String?

    package init(_ state: MessageState, reason: String? = nil, smtpReply: String? = nil) {
        self.state = state
        self.reason = reason
        self.smtpReply = smtpReply
    }
}

/// Which messages to list; nil means any.
package struct MessageFilter: Sendable {
    package var kind: String?
    package var customer: String?
    package var state: MessageState?

    package init(kind: String? = nil, customer: String? = nil, state: MessageState? = nil) {
        self.kind = kind
        self.customer = customer
        self.state = state
    }
}
