import ArgumentParser
import Foundation
import Store
import Telemetry

struct MessagesCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "messages",
        abstract: "Mails: sent, waiting, and why not.",
        subcommands: [List.self, Show.self]
    )

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "The newest messages first.")

        @OptionGroup var settings: SettingsOptions
        @OptionGroup var output: OutputOptions
        @OptionGroup var limit: LimitOptions
        @Option(name: .long, help: "Only of this kind, as low_balance.")
        var kind: String?
        @Option(name: .long, help: "Only to the customer with this external id.")
        var customer: String?
        @Option(name: .long, help: "Only in this state.")
        var state: MessageState?

        func run() async throws {
            try await reportingFailures {
                let filter = MessageFilter(kind: self.kind, customer: self.customer, state: self.state)
                let messages = try await self.settings.openStore().messages(filter, limit: self.limit.limit)
                try Output.print(messages.map(MessageRow.init), json: self.output.json)
            }
        }
    }

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "One message and its text, as it was sent.")

        @OptionGroup var settings: SettingsOptions
        @OptionGroup var output: OutputOptions
        @Argument(help: "The message's id.")
        var message: Int64

        func run() async throws {
            try await reportingFailures {
                guard let found = try await self.settings.openStore().message(self.message) else {
                    throw Failure(description: "there is no message with the id \(self.message)")
                }
                let detail = MessageDetail(message: found)
                if self.output.json { return try Output.print(json: detail) }
                Output.printFields(of: MessageRow(found))
                if let reason = found.reason { print("reason: \(Output.printable(reason))") }
                if let text = found.text { print("\n\(Output.printableLines(text))") }
            }
        }
    }
}

extension MessageState: ExpressibleByArgument {}

/// A message as `--json` and tables show it.
struct MessageRow: Output.Row {
    private let message: Message

    init(_ message: Message) { self.message = message }

    static let columns = [
        "ID", "CREATED", "KIND", "CUSTOMER", "TO", "SUBJECT", "LOCALE", "STATE", "SENT", "REPLY", "MESSAGE-ID",
    ]

    var cells: [String] {
        [
            "\(self.message.id)", Timestamp.text(milliseconds: self.message.createdAt), self.message.kind,
            self.message.customer ?? "-", self.message.recipient.isEmpty ? "-" : self.message.recipient,
            self.message.subject ?? "-", self.message.locale ?? "-", self.message.state.rawValue,
            self.message.sentAt.map(Timestamp.text(milliseconds:)) ?? "-",
            self.message.smtpReply ?? self.message.reason ?? "-", self.message.messageID,
        ]
    }

    enum CodingKeys: String, CodingKey {
        case id, kind, customer = "external_customer_id", to, subject, locale, state, messageID = "message_id"
        case reply = "smtp_reply", createdAt = "created_at", sentAt = "sent_at", reason, text, html
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(self.message.id, forKey: .id)
        try container.encode(self.message.kind, forKey: .kind)
        try container.encode(self.message.customer, forKey: .customer)
        try container.encode(self.message.recipient, forKey: .to)
        try container.encode(self.message.subject, forKey: .subject)
        try container.encode(self.message.locale, forKey: .locale)
        try container.encode(self.message.state.rawValue, forKey: .state)
        try container.encode(self.message.messageID, forKey: .messageID)
        try container.encode(self.message.smtpReply, forKey: .reply)
        try container.encode(Timestamp.text(milliseconds: self.message.createdAt), forKey: .createdAt)
        try container.encode(self.message.sentAt.map(Timestamp.text(milliseconds:)), forKey: .sentAt)
        try container.encode(self.message.reason, forKey: .reason)
    }
}

/// A message with its texts; null where it was never made up or is no longer kept.
private struct MessageDetail: Encodable {
    let message: Message

    func encode(to encoder: any Encoder) throws {
        try MessageRow(self.message).encode(to: encoder)
        var container = encoder.container(keyedBy: MessageRow.CodingKeys.self)
        try container.encode(self.message.text, forKey: .text)
        try container.encode(self.message.html, forKey: .html)
    }
}
