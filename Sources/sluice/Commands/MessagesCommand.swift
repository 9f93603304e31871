import ArgumentParser
import Foundation
import Store
import Telemetry

struct MessagesCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "messages",
        abstract: "Mails: sent, waiting, and why not.",
        subcommands: [List.self, Show.self, Export.self]
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
                let store = try await self.settings.openStore()
                guard let found = try await store.message(self.message) else {
                    throw Failure(description: "there is no message with the id \(self.message)")
                }
                let attempts = try await store.attempts(ofMessage: found.id).map(AttemptRow.init)
                let detail = MessageDetail(message: found, attempts: attempts)
                if self.output.json { return try Output.print(json: detail) }
                Output.printFields(of: MessageRow(found))
                if let reason = found.reason { print("reason: \(Output.printable(reason))") }
                if !attempts.isEmpty {
                    print("")
                    try Output.print(attempts, json: false)
                }
                if let text = found.text { print("\n\(Output.printableLines(text))") }
            }
        }
    }
}

extension MessageState: ExpressibleByArgument {}

extension MessagesCommand {
    /// The proof of what a customer was sent, for whoever asks for it.
    struct Export: AsyncParsableCommand {
        private static let page = 200

        static let configuration = CommandConfiguration(
            abstract: "Everything that a customer was sent, with its text: a JSON object a line, the oldest first."
        )

        @OptionGroup var settings: SettingsOptions
        @Argument(help: "The customer's external id.")
        var customer: String
        @Option(name: .customLong("output"), help: "Write into this file, which must not be there yet.")
        var outputFile: String?

        func run() async throws {
            try await reportingFailures {
                let store = try await self.settings.openStore()
                let file = try self.outputFile.map(Self.created)
                let encoder = JSONEncoder()
                encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
                var (last, count): (Int64, Int) = (0, 0)
                while true {
                    let messages = try await store.messages(of: self.customer, after: last, limit: Self.page)
                    guard let end = messages.last else { break }
                    for message in messages {
                        let attempts = try await store.attempts(ofMessage: message.id).map(AttemptRow.init)
                        let line = try encoder.encode(MessageDetail(message: message, attempts: attempts))
                        if let file {
                            try file.write(contentsOf: line + Data("\n".utf8))
                        } else {
                            print(String(decoding: line, as: UTF8.self))
                        }
                    }
                    (last, count) = (end.id, count + messages.count)
                }
                try file?.close()
                if let outputFile { print("\(count) messages in \(outputFile)") }
            }
        }

        /// Readable for its owner only: it has addresses and texts in it.
        private static func created(_ path: String) throws -> FileHandle {
            guard !FileManager.default.fileExists(atPath: path) else {
                throw Failure(description: "\(path) is there already")
            }
            guard FileManager.default.createFile(atPath: path, contents: nil, attributes: [.posixPermissions: 0o600]),
                let file = FileHandle(forWritingAtPath: path)
            else { throw Failure(description: "\(path) cannot be written") }
            return file
        }
    }
}

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
        case reply = "smtp_reply", createdAt = "created_at", sentAt = "sent_at", reason, text, html, attempts
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

/// A message with its texts and the attempts to send it; null where it was never made up or is no longer kept.
private struct MessageDetail: Encodable {
    let message: Message
    let attempts: [AttemptRow]

    func encode(to encoder: any Encoder) throws {
        try MessageRow(self.message).encode(to: encoder)
        var container = encoder.container(keyedBy: MessageRow.CodingKeys.self)
        try container.encode(self.message.text, forKey: .text)
        try container.encode(self.message.html, forKey: .html)
        try container.encode(self.attempts, forKey: .attempts)
    }
}
