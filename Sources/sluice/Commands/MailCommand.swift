import ArgumentParser
import Foundation
import Mail
import Notices
import Settings
import Store
import Transport
import Worker

struct MailCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "mail",
        abstract: "What mails look like, whether they arrive, and whom none go to.",
        subcommands: [Preview.self, Test.self, DKIMCommand.self, SuppressionsCommand.self]
    )

    struct Preview: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Render a mail with made-up values, or the one that a stored event tells of; nothing is sent.",
            discussion: "Kinds with templates: \(NoticeRenderer.kinds.map(\.rawValue).joined(separator: ", "))."
        )

        @OptionGroup var settings: SettingsOptions
        @OptionGroup var output: OutputOptions
        @Argument(help: "The kind of mail, as low_balance; not with --event.")
        var kind: MessageKind?
        @Option(name: .long, help: "The id or key of a stored event: the mail that it tells of.")
        var event: String?
        @Option(name: .long, help: "The language: en, fr, de or es; DEFAULT_LOCALE where it is not given.")
        var locale: NoticeLocale?
        @Flag(name: .long, help: "Print the HTML instead of subject and text.")
        var html = false
        @Option(name: .customLong("output"), help: "Write the whole mail into this file, as .eml.")
        var outputFile: String?

        func validate() throws {
            guard (self.kind == nil) != (self.event == nil) else {
                throw ValidationError("name a kind of mail, or an event with --event")
            }
        }

        private func notice() async throws -> Notice {
            if let event = self.event {
                let found = try await self.settings.openStore().event(idOrKey: event)
                guard let found else { throw Failure(description: "there is no event \(event)") }
                guard let body = found.body else { throw Failure(description: "the event's body is no longer kept") }
                let link = "https://billing.example.com/link"
                return try EventPreview.notice(of: body, link: link, now: currentMilliseconds())
            }
            guard let kind = self.kind, let notice = Notice.sample(of: kind) else {
                throw Failure(description: "there is no template for \(self.kind?.rawValue ?? "it") in this version")
            }
            return notice
        }

        func run() async throws {
            try await reportingFailures {
                let settings = try await self.settings.load().mail
                let parts = try MailParts(settings: settings)
                let notice = try await self.notice()
                let link = "https://billing.example.com/u/token"
                let locale = self.locale ?? parts.defaultLocale
                let words = try parts.renderer.render(notice, locale: locale, unsubscribeURL: link)
                if let file = self.outputFile {
                    let link = notice.kind.isOptional ? link : nil
                    let message = try MailMessage(words, notice.kind, to: parts.from, parts: parts, unsubscribe: link)
                    try Data(message.bytes()).write(to: URL(fileURLWithPath: file))
                }
                try self.show(words, notice.kind)
            }
        }

        private func show(_ words: RenderedNotice, _ kind: MessageKind) throws {
            if self.output.json { return try Output.print(json: PreviewRow(kind: kind, words: words)) }
            if self.html { return print(words.html, terminator: "") }
            if self.outputFile == nil { print("Subject: \(words.subject)\n\n\(words.text)", terminator: "") }
        }
    }

    struct Test: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Send a test mail to an address, and say what the mail server answered.",
            discussion: "Exit code 0 when the mail was taken, 1 otherwise."
        )

        @OptionGroup var settings: SettingsOptions
        @OptionGroup var output: OutputOptions
        @Argument(help: "Where it goes.")
        var address: String

        func run() async throws {
            try await reportingFailures {
                let settings = try await self.settings.load()
                let parts = try MailParts(settings: settings.mail)
                let engine = try TransferEngine(caFile: settings.server.caFile)
                guard let sink = try MailSink(settings: settings.mail, engine: engine, now: currentMilliseconds) else {
                    throw Failure(description: "SMTP_URL: set it to where mail goes, as smtp://user:password@host:587")
                }
                let notice = Notice.operatorAlert(
                    Notice.OperatorAlert(title: "Test mail", whatHappened: "Mail from Sluice reaches this address.")
                )
                let words = try parts.renderer.render(notice, locale: parts.defaultLocale, unsubscribeURL: nil)
                let to = Mailbox(address: try MailAddress(self.address))
                let message = try MailMessage(words, .operatorAlert, to: to, parts: parts, unsubscribe: nil)
                let outcome = await sink.send(message)
                await engine.shutdown()
                try self.show(outcome, message, sink.record)
            }
        }

        private func show(
            _ outcome: MailOutcome,
            _ message: MailMessage,
            _ record: DKIMSigner.Record?
        ) throws {
            let row = TestRow(outcome: outcome, message: message, record: record)
            if self.output.json {
                try Output.print(json: row)
            } else if case .sent = outcome {
                print("taken: \(Output.printable(row.words))")
                if let record { print("signed with DKIM; the DNS must have: \(record)") }
            }
            guard case .sent = outcome else {
                throw Failure(description: "\(outcome.label): \(Output.printable(row.words))")
            }
        }
    }
}

extension MessageKind: ExpressibleByArgument {}
extension NoticeLocale: ExpressibleByArgument {}

extension MailMessage {
    /// A mail that is in no store: its id is made from the moment.
    fileprivate init(
        _ words: RenderedNotice,
        _ kind: MessageKind,
        to: Mailbox,
        parts: MailParts,
        unsubscribe: String?
    ) throws {
        self.init(
            id: try MessageID.make(UUID().uuidString, domain: parts.from.address.domain),
            kind: kind.rawValue,
            date: currentMilliseconds(),
            from: parts.from,
            to: to,
            subject: words.subject,
            text: words.text,
            html: words.html,
            unsubscribeURL: unsubscribe
        )
    }
}

/// A rendered mail as `--json` shows it.
private struct PreviewRow: Encodable {
    let kind: MessageKind
    let locale: NoticeLocale
    let subject: String
    let text: String
    let html: String

    init(kind: MessageKind, words: RenderedNotice) {
        (self.kind, self.locale) = (kind, words.locale)
        (self.subject, self.text, self.html) = (words.subject, words.text, words.html)
    }
}

/// What became of a test mail, as `--json` shows it.
private struct TestRow: Encodable {
    let to: String
    let subject: String
    let messageID: String
    /// `sent`, or why not, as `MailOutcome.label` has it.
    let state: String
    let words: String
    /// The DNS record that the signature needs; nil where mails are not signed.
    let dkim: DKIMRow?

    init(outcome: MailOutcome, message: MailMessage, record: DKIMSigner.Record?) {
        self.dkim = record.map(DKIMRow.init)
        self.to = message.to.address.text
        self.subject = message.subject
        self.messageID = message.id.rawValue
        self.state = outcome.label
        self.words =
            switch outcome {
            case .sent(let reply), .recipientUnknown(let reply), .refused(let reply): "\(reply)"
            case .again(let reply, let reason), .relayUnavailable(let reason, let reply):
                reply.map { "\($0)" } ?? reason
            case .unclear(let reason), .invalid(let reason): reason
            case .later: "SMTP_MAX_PER_MINUTE is used up"
            case .interrupted: "interrupted"
            }
    }

    private enum CodingKeys: String, CodingKey {
        case to, subject, messageID = "message_id", state, words = "smtp_reply", dkim = "dkim_record"
    }
}
