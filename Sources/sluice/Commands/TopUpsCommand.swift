import ArgumentParser
import Foundation
import Jobs
import LagoEvents
import Rules
import Store
import Telemetry
import Worker

struct TopUpsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "top-ups",
        abstract: "Purchases of credits: what became of them, and how to go on after failures.",
        subcommands: [List.self, Show.self, Resume.self]
    )

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "The newest top-ups first.")

        @OptionGroup var settings: SettingsOptions
        @OptionGroup var output: OutputOptions
        @OptionGroup var limit: LimitOptions
        @Option(name: .long, help: "Only of the customer with this external id.")
        var customer: String?
        @Option(name: .long, help: "Only in this state.")
        var state: TopUpState?
        @Option(name: .long, help: "Only of this origin.")
        var origin: TopUpOrigin?

        func run() async throws {
            try await reportingFailures {
                let filter = TopUpFilter(
                    customer: self.customer,
                    state: self.state?.rawValue,
                    origin: self.origin?.rawValue
                )
                let topUps = try await self.settings.openStore().topUps(filter, limit: self.limit.limit)
                try Output.print(topUps.map(TopUpRow.init), json: self.output.json)
            }
        }
    }

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "One top-up.")

        @OptionGroup var settings: SettingsOptions
        @OptionGroup var output: OutputOptions
        @Argument(help: "The top-up's id.")
        var topUp: String

        func run() async throws {
            try await reportingFailures {
                guard let found = try await self.settings.openStore().topUp(self.topUp) else {
                    throw Failure(description: "there is no top-up with the id \(self.topUp)")
                }
                if self.output.json { return try Output.print(json: TopUpRow(found)) }
                Output.printFields(of: TopUpRow(found))
            }
        }
    }

    struct Resume: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Forgives a customer's failures, so that automatic top-ups go on.",
            discussion: """
                A declined top-up is tried again on its own invoice. One that Lago has made no invoice for in 24 hours is
                given up: make sure at Lago that none will come. What was changed is printed.
                """
        )

        @OptionGroup var settings: SettingsOptions
        @OptionGroup var output: OutputOptions
        @Flag(name: .long, help: "Only show what would be changed.")
        var dryRun = false
        @Argument(help: "The customer's external id.")
        var customer: String

        func run() async throws {
            try await reportingFailures {
                let store = try await self.settings.openStore()
                let (customer, now) = (CustomerID(rawValue: self.customer), currentMilliseconds())
                guard try await !store.topUps(TopUpFilter(customer: self.customer), limit: 1).isEmpty else {
                    throw Failure(description: "\(self.customer) has no top-ups")
                }
                let resume = TopUpResume(store: store)
                let changed =
                    self.dryRun
                    ? try await resume.changes(of: customer, by: .operatorAtCommandLine, at: now).map(\.after)
                    : try await resume.resume(customer, by: .operatorAtCommandLine, at: now)
                try Output.print(changed.map(TopUpRow.init), json: self.output.json)
            }
        }
    }
}

extension TopUpState: ExpressibleByArgument {}
extension TopUpOrigin: ExpressibleByArgument {}

/// A top-up as `--json` and tables show it.
struct TopUpRow: Output.Row {
    private let topUp: TopUp

    init(_ topUp: TopUp) { self.topUp = topUp }

    static let columns = ["ID", "CREATED", "CUSTOMER", "ORIGIN", "STATE", "REASON", "CREDITS", "INVOICE", "UPDATED"]

    var cells: [String] {
        [
            self.topUp.id, Timestamp.text(milliseconds: self.topUp.created.at), self.topUp.customer.rawValue,
            self.topUp.origin, self.topUp.state, self.topUp.reason ?? "-", self.topUp.credits,
            self.topUp.invoiceID ?? "-", Timestamp.text(milliseconds: self.topUp.updatedAt),
        ]
    }

    private enum CodingKeys: String, CodingKey {
        case id, origin, state, reason
        case customer = "external_customer_id"
        case wallet = "wallet_id"
        case credits = "paid_credits"
        case transaction = "lago_transaction_id"
        case invoice = "lago_invoice_id"
        case createdAt = "created_at"
        case updatedAt = "updated_at"
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(self.topUp.id, forKey: .id)
        try container.encode(self.topUp.customer.rawValue, forKey: .customer)
        try container.encode(self.topUp.wallet, forKey: .wallet)
        try container.encode(self.topUp.origin, forKey: .origin)
        try container.encode(self.topUp.state, forKey: .state)
        try container.encode(self.topUp.reason, forKey: .reason)
        try container.encode(self.topUp.credits, forKey: .credits)
        try container.encode(self.topUp.transactionID, forKey: .transaction)
        try container.encode(self.topUp.invoiceID, forKey: .invoice)
        try container.encode(Timestamp.text(milliseconds: self.topUp.created.at), forKey: .createdAt)
        try container.encode(Timestamp.text(milliseconds: self.topUp.updatedAt), forKey: .updatedAt)
    }
}
