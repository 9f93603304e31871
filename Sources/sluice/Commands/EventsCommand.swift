import ArgumentParser
import Foundation
import LagoEvents
import Store
import Telemetry

struct EventsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "events",
        abstract: "What happened in Lago, as its webhooks told it.",
        subcommands: [List.self, Show.self]
    )

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "The newest events first.")

        @OptionGroup var settings: SettingsOptions
        @OptionGroup var output: OutputOptions
        @OptionGroup var limit: LimitOptions
        @Option(name: .long, help: "Only of this type, as wallet.updated.")
        var type: String?
        @Option(name: .long, help: "Only of the customer with this external id.")
        var customer: String?
        @Option(name: .long, help: "Only with this outcome.")
        var outcome: EventOutcome?

        func run() async throws {
            try await reportingFailures {
                let filter = EventFilter(webhookType: self.type, customer: self.customer, outcome: self.outcome)
                let events = try await self.settings.openStore().events(filter, limit: self.limit.limit)
                try Output.print(events.map(EventRow.init), json: self.output.json)
            }
        }
    }

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "One event and its payload.")

        @OptionGroup var settings: SettingsOptions
        @OptionGroup var output: OutputOptions
        @Argument(help: "The event's id or key.")
        var event: String

        func run() async throws {
            try await reportingFailures {
                guard let found = try await self.settings.openStore().event(idOrKey: self.event) else {
                    throw Failure(description: "there is no event with the id or key \(self.event)")
                }
                let detail = EventDetail(event: EventRow(found.event), payload: found.body)
                if self.output.json { return try Output.print(json: detail) }
                detail.printText()
            }
        }
    }
}

extension EventOutcome: ExpressibleByArgument {}

/// An event as `--json` and tables show it.
struct EventRow: Output.Row {
    private let event: EventSummary

    init(_ event: EventSummary) { self.event = event }

    static let columns = ["ID", "RECEIVED", "TYPE", "CUSTOMER", "ORIGIN", "OUTCOME", "DUPLICATES", "KEY"]

    var cells: [String] {
        [
            "\(self.event.id)", Timestamp.text(milliseconds: self.event.receivedAt), self.event.webhookType ?? "-",
            self.event.customer ?? "-", self.event.origin.rawValue, self.event.outcome.rawValue,
            "\(self.event.duplicates)", self.event.key,
        ]
    }

    enum CodingKeys: String, CodingKey {
        case id, key, webhookType = "webhook_type", customer = "external_customer_id", receivedAt = "received_at"
        case origin, outcome, duplicates, payload
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(self.event.id, forKey: .id)
        try container.encode(self.event.key, forKey: .key)
        try container.encode(self.event.webhookType, forKey: .webhookType)
        try container.encode(self.event.customer, forKey: .customer)
        try container.encode(Timestamp.text(milliseconds: self.event.receivedAt), forKey: .receivedAt)
        try container.encode(self.event.origin.rawValue, forKey: .origin)
        try container.encode(self.event.outcome.rawValue, forKey: .outcome)
        try container.encode(self.event.duplicates, forKey: .duplicates)
    }
}

/// An event with its payload: the body's text, or null where it is no longer kept.
private struct EventDetail: Encodable {
    let event: EventRow
    let payload: [UInt8]?

    private var text: String? { self.payload.map { String(decoding: $0, as: UTF8.self) } }

    func encode(to encoder: any Encoder) throws {
        try self.event.encode(to: encoder)
        var container = encoder.container(keyedBy: EventRow.CodingKeys.self)
        try container.encode(self.text, forKey: .payload)
    }

    func printText() {
        Output.printFields(of: self.event)
        print("payload: \(self.text.map(Output.printableLines) ?? "no longer kept")")
    }
}
