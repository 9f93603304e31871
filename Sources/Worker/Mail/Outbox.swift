private import Foundation
internal import LagoAPI
internal import LagoEvents
internal import Mail
internal import Notices
internal import Rules
package import Settings
internal import Store

/// What a mail about an account is made from, as it is kept with the message.
struct AccountArguments: Hashable, Codable, Sendable {
    let account: String
    /// The account's mail by the count of its state; nil for a recovery.
    let number: Int?
    let threshold: String
    let customerName: String?
}

/// What an operator's alert says, as it is kept with the message.
package struct AlertArguments: Hashable, Codable, Sendable {
    package let title: String
    package let whatHappened: String
    package let whatToDo: String?
    /// Unix milliseconds.
    package let since: Int64?

    package init(title: String, whatHappened: String, whatToDo: String?, since: Int64?) {
        self.title = title
        self.whatHappened = whatHappened
        self.whatToDo = whatToDo
        self.since = since
    }
}

/// A mail that is about to be queued.
enum OutgoingMessage: Sendable {
    /// - Parameters:
    ///   - dueAt: nil for at once.
    ///   - thread: the beginning of the facts whose first mail to the address it follows.
    case new(NewMessage, dueAt: Int64?, thread: String?)
    /// The mail of this number is queued, and is to go out earlier.
    case bringForward(account: String, customer: String, LowBalanceMail)

    /// Whether somebody may still get it.
    var isOnItsWay: Bool {
        switch self {
        case .new(let message, _, _): message.state == .queued
        case .bringForward: true
        }
    }
}

/// Addresses mails: one message for each address, and one that says why where there is none.
package struct Outbox: Sendable {
    private let settings: MailSettings

    /// - Parameter settings: where they name no destination, messages are only put on record.
    package init(settings: MailSettings) { self.settings = settings }

    func lowBalance(
        _ mail: LowBalanceMail,
        account: String,
        to person: MirroredCustomer,
        _ settings: CustomerSettings,
        tooOld: String?
    ) throws -> [OutgoingMessage] {
        try self.messages(
            .lowBalance,
            try Self.json(
                AccountArguments(
                    account: account,
                    number: mail.number,
                    threshold: mail.threshold.description,
                    customerName: person.name
                )
            ),
            fact: Self.fact(account, mail.descent, "\(mail.number)"),
            to: person,
            settings,
            dueAt: mail.at,
            thread: Self.fact(account, mail.descent, ""),
            never: tooOld.map { (.superseded, $0) }
        )
    }

    func recovered(
        descent: Int,
        threshold: String,
        account: String,
        to person: MirroredCustomer,
        _ settings: CustomerSettings,
        tooOld: String?,
        at now: Int64
    ) throws -> [OutgoingMessage] {
        try self.messages(
            .balanceRecovered,
            try Self.json(
                AccountArguments(account: account, number: nil, threshold: threshold, customerName: person.name)
            ),
            fact: Self.fact(account, descent, "recovered"),
            to: person,
            settings,
            dueAt: now,
            thread: Self.fact(account, descent, ""),
            never: tooOld.map { (.superseded, $0) }
        )
    }

    /// Usage of an ended period that Lago has not billed within a day.
    func periodOverdue(_ kept: HeldUsage.Kept, customer: CustomerID) throws -> [OutgoingMessage] {
        let subscription = kept.reading.subscriptionID
        return try self.alert(
            AlertArguments(
                title: "An ended billing period is not invoiced",
                whatHappened: "The usage of subscription \(subscription) of customer \(customer.rawValue) was deducted "
                    + "from the live balance for 24 hours after its period ended, and no invoice of it was seen. It is "
                    + "no longer deducted.",
                whatToDo: "See in Lago whether the period's invoice failed, and finalize or regenerate it.",
                since: kept.endedAt
            ),
            fact: "period_overdue/\(subscription)/\(kept.reading.from)"
        )
    }

    /// A wallet that Lago itself tops up at a threshold: told once, of the first that is found.
    func ownRule(_ wallet: LagoWallet) throws -> [OutgoingMessage] {
        try self.alert(
            AlertArguments(
                title: "Lago has top-up rules of its own",
                whatHappened:
                    "Wallet \(wallet.name ?? wallet.id) of customer \(wallet.externalCustomerID), and perhaps "
                    + "others, has a threshold rule at Lago, which tops it up by itself. Sluice leaves automatic top-ups "
                    + "of such wallets to Lago.",
                whatToDo: "Where Sluice is to top a wallet up, remove the rule from it at Lago.",
                since: nil
            ),
            fact: "lago_rule"
        )
    }

    /// A mail to each operator.
    func alert(_ arguments: AlertArguments, fact: String) throws -> [OutgoingMessage] {
        try self.settings.operators.map { address in
            let message = NewMessage(
                kind: MessageKind.operatorAlert.rawValue,
                customer: nil,
                recipient: address.text,
                fact: fact,
                arguments: try Self.json(arguments),
                messageID: try self.messageID()
            )
            return .new(self.stopped(message, by: nil), dueAt: nil, thread: nil)
        }
    }

    private static func fact(_ account: String, _ descent: Int, _ rest: String) -> String {
        "\(account)/\(descent)/\(rest)"
    }

    static func json(_ value: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(value), as: UTF8.self)
    }

    private func messageID() throws -> String {
        try MessageID.make(UUID().uuidString, domain: self.settings.from.address.domain).rawValue
    }

    /// A mail of a customer's to each of the addresses.
    ///
    /// - Parameters:
    ///   - arguments: what it is made from, as JSON.
    ///   - thread: the beginning of the facts whose first mail it follows.
    ///   - never: it is put on record only, and why.
    func messages(
        _ kind: MessageKind,
        _ arguments: String,
        fact: String,
        to person: MirroredCustomer,
        _ settings: CustomerSettings,
        dueAt: Int64,
        thread: String? = nil,
        never: (state: MessageState, reason: String)? = nil
    ) throws -> [OutgoingMessage] {
        let list = MailAddressList(settings.emails?.joined(separator: ",") ?? person.email)
        var message = NewMessage(
            kind: kind.rawValue,
            customer: person.id,
            recipient: "",
            fact: fact,
            arguments: arguments,
            locale: settings.locale ?? person.locale,
            messageID: ""
        )
        if let never { (message.state, message.reason) = (never.state, never.reason) }
        if kind.isOptional, !settings.wants(mail: kind.rawValue) {
            (message.state, message.reason) = (.suppressed, "the customer does not want mail of this kind")
        }
        var messages: [NewMessage] = []
        for address in list.addresses {
            message.recipient = address.text
            message.messageID = try self.messageID()
            messages.append(self.stopped(message, by: nil))
        }
        for broken in list.broken {
            message.recipient = String(broken.text.prefix(320))
            message.messageID = try self.messageID()
            messages.append(self.stopped(message, by: "not an address that mail can be sent to: \(broken.error)"))
        }
        if messages.isEmpty {
            message.messageID = try self.messageID()
            messages = [self.stopped(message, by: "the customer has no address")]
        }
        return messages.map { .new($0, dueAt: dueAt, thread: thread) }
    }

    /// The message as it is, or as one that cannot be sent: for want of an address, or by the operator's settings.
    private func stopped(_ message: NewMessage, by fault: String?) -> NewMessage {
        guard message.state == .queued else { return message }
        var message = message
        if let fault {
            (message.state, message.reason) = (.failed, fault)
        } else if self.settings.destination == nil {
            (message.state, message.reason) = (.suppressed, "mail is not configured: set SMTP_URL")
        } else if self.settings.noticesOff.contains(message.kind) {
            (message.state, message.reason) = (.suppressed, "NOTICES_OFF names this kind")
        }
        return message
    }
}

extension Transaction {
    /// Queues a mail, in the thread of those before it.
    func send(_ message: OutgoingMessage, at now: Int64) throws {
        switch message {
        case .new(var message, let dueAt, let thread):
            if let thread, let customer = message.customer {
                message.thread = try self.firstMessageID(customer: customer, recipient: message.recipient, fact: thread)
            }
            try self.queue(message, dueAt: dueAt ?? now, at: now)
        case .bringForward(let account, let customer, let mail):
            try self.bringForward(
                kind: MessageKind.lowBalance.rawValue,
                customer: customer,
                account: account,
                number: mail.number,
                dueAt: mail.at,
                at: now
            )
        }
    }
}
