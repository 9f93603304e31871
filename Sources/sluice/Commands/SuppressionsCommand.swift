import ArgumentParser
import Foundation
import Notices
import Settings
import Store
import Telemetry

struct SuppressionsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "suppressions",
        abstract: "Addresses that get no mail, or none of a kind, and why.",
        discussion: """
            Reasons: unsubscribed (by the link in a mail), refused (its server says that there is nobody), bounced and
            complained (the mail provider says so), operator (by this command).
            """,
        subcommands: [List.self, Add.self, Lift.self]
    )

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "In the order of the addresses.")

        @OptionGroup var settings: SettingsOptions
        @OptionGroup var output: OutputOptions
        @OptionGroup var limit: LimitOptions
        @Option(name: .long, help: "Only of this address.")
        var address: String?
        @Option(name: .long, help: "Only for this reason.")
        var reason: SuppressionReason?

        func run() async throws {
            try await reportingFailures {
                let filter = SuppressionFilter(address: self.address.map(Self.known), reason: self.reason)
                let found = try await self.settings.openStore().suppressions(filter, limit: self.limit.limit)
                try Output.print(found.map(SuppressionRow.init), json: self.output.json)
            }
        }

        /// An address as suppressions have it; one that no mail is sent to stays as it is, and is not found.
        private static func known(_ text: String) -> String {
            (try? MailAddress(text))?.text ?? text
        }
    }

    struct Add: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Send an address no more mail.",
            discussion: "What is on record of the address stays, and is printed; a second time changes nothing."
        )

        @OptionGroup var settings: SettingsOptions
        @OptionGroup var output: OutputOptions
        @Argument(help: "The address.")
        var address: String
        @Option(name: .long, help: "The kind of mail that it gets no more, as low_balance, or all.")
        var kind = SuppressedKind.all
        @Option(name: .long, help: "Why, in a few words.")
        var note: String?

        func validate() throws {
            guard (self.note?.unicodeScalars.count ?? 0) <= Suppression.detailLimit else {
                throw ValidationError("--note takes at most \(Suppression.detailLimit) characters")
            }
        }

        func run() async throws {
            try await reportingFailures {
                let address = try MailAddress(self.address).text.lowercased()
                let store = try await self.settings.openStore()
                let (kind, note, now) = (self.kind, self.note, currentMilliseconds())
                try await store.write { transaction in
                    guard
                        try transaction.suppress(address, kind: kind.word, reason: .operator, detail: note, at: now)
                    else { return }
                    try transaction.audit(
                        "suppressions.add",
                        subject: "address \(address)",
                        actor: "cli",
                        detail: note.map { "\(kind): \($0)" } ?? "\(kind)",
                        at: now
                    )
                }
                let found = try await store.suppressions(SuppressionFilter(address: address), limit: .max)
                try Output.print(
                    found.filter { $0.kind == kind.word }.map(SuppressionRow.init),
                    json: self.output.json
                )
            }
        }
    }

    struct Lift: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Let mail go to an address again, and print what stood in the way.",
            discussion: "Mails that were not sent meanwhile stay unsent."
        )

        @OptionGroup var settings: SettingsOptions
        @OptionGroup var output: OutputOptions
        @Flag(name: .long, help: "Only show what would be lifted.")
        var dryRun = false
        @Argument(help: "The address.")
        var address: String
        @Option(name: .long, help: "Lift only what stops this kind of mail alone; all lifts everything.")
        var kind = SuppressedKind.all

        func run() async throws {
            try await reportingFailures {
                let address = try MailAddress(self.address).text.lowercased()
                let store = try await self.settings.openStore()
                let (kind, now) = (self.kind, currentMilliseconds())
                guard !self.dryRun else {
                    let found = try await store.suppressions(SuppressionFilter(address: address), limit: .max)
                    let lifted = found.filter { kind.word == nil || $0.kind == kind.word }
                    return try Output.print(lifted.map(SuppressionRow.init), json: self.output.json)
                }
                let lifted = try await store.write { transaction in
                    let lifted = try transaction.lift(address, kind: kind.word)
                    guard !lifted.isEmpty else { return lifted }
                    try transaction.audit(
                        "suppressions.lift",
                        subject: "address \(address)",
                        actor: "cli",
                        detail: lifted.map { "\(SuppressedKind($0)) (\($0.reason.rawValue))" }
                            .joined(separator: ", "),
                        at: now
                    )
                    return lifted
                }
                try Output.print(lifted.map(SuppressionRow.init), json: self.output.json)
            }
        }
    }
}

extension SuppressionReason: ExpressibleByArgument {}

/// What a suppression stops: one kind of mail, or every kind.
struct SuppressedKind: ExpressibleByArgument, CustomStringConvertible, Sendable {
    static let all = SuppressedKind(word: nil)

    /// Nil for every kind.
    let word: String?

    private init(word: String?) { self.word = word }

    init(_ suppression: Suppression) { self.word = suppression.kind }

    init?(argument: String) {
        guard argument == "all" || MessageKind(rawValue: argument) != nil else { return nil }
        self.word = argument == "all" ? nil : argument
    }

    static var allValueStrings: [String] { ["all"] + MessageKind.allCases.map(\.rawValue) }

    var description: String { self.word ?? "all" }
    var defaultValueDescription: String { self.description }
}

/// A suppression as `--json` and tables show it.
private struct SuppressionRow: Output.Row {
    private let suppression: Suppression

    init(_ suppression: Suppression) { self.suppression = suppression }

    static let columns = ["ADDRESS", "KIND", "REASON", "SINCE", "DETAIL"]

    var cells: [String] {
        [
            self.suppression.address, "\(SuppressedKind(self.suppression))", self.suppression.reason.rawValue,
            Timestamp.text(milliseconds: self.suppression.at), self.suppression.detail ?? "-",
        ]
    }

    private enum CodingKeys: String, CodingKey {
        case address, kind, reason, detail, createdAt = "created_at"
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(self.suppression.address, forKey: .address)
        try container.encode("\(SuppressedKind(self.suppression))", forKey: .kind)
        try container.encode(self.suppression.reason.rawValue, forKey: .reason)
        try container.encode(self.suppression.detail, forKey: .detail)
        try container.encode(Timestamp.text(milliseconds: self.suppression.at), forKey: .createdAt)
    }
}
