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
        subcommands: [List.self, Show.self, Decisions.self, Resume.self]
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
                try Output.print(topUps.map { TopUpRow($0) }, json: self.output.json)
            }
        }
    }

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "One top-up, with what was decided about its account meanwhile, the newest first."
        )

        @OptionGroup var settings: SettingsOptions
        @OptionGroup var output: OutputOptions
        @Argument(help: "The top-up's id.")
        var topUp: String

        /// How long before a top-up, and after its last change, decisions are told, in milliseconds.
        private static let margin: Int64 = 600_000
        private static let decisionsShown = 50

        func run() async throws {
            try await reportingFailures {
                let store = try await self.settings.openStore()
                guard let found = try await store.topUp(self.topUp) else {
                    throw Failure(description: "there is no top-up with the id \(self.topUp)")
                }
                let policy = try await self.settings.topUpPolicy(of: found.customer, in: store)
                let from = found.created.at - Self.margin
                let decisions = try await store.topUpDecisions(
                    of: found.customer,
                    account: found.account,
                    in: from...max(found.updatedAt + Self.margin, from),
                    limit: Self.decisionsShown
                ).map { TopUpDecisionRow($0, under: policy) }
                let row = TopUpRow(found, decisions: decisions)
                if self.output.json { return try Output.print(json: row) }
                Output.printFields(of: row)
                print("\ndecisions:")
                try Output.print(decisions, json: false)
            }
        }
    }

    struct Decisions: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "What was decided about a customer's accounts, and why, the newest first.",
            discussion: "A decision that stays is one row, from the first time to the last."
        )

        @OptionGroup var settings: SettingsOptions
        @OptionGroup var output: OutputOptions
        @OptionGroup var limit: LimitOptions
        @Argument(help: "The customer's external id.")
        var customer: String

        func run() async throws {
            try await reportingFailures {
                let store = try await self.settings.openStore()
                let id = CustomerID(rawValue: self.customer)
                let policy = try await self.settings.topUpPolicy(of: id, in: store)
                let decisions = try await store.topUpDecisions(of: id, limit: self.limit.limit)
                try Output.print(
                    decisions.map { TopUpDecisionRow($0, under: policy) },
                    json: self.output.json
                )
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
                try Output.print(changed.map { TopUpRow($0) }, json: self.output.json)
            }
        }
    }
}

extension TopUpState: ExpressibleByArgument {}
extension TopUpOrigin: ExpressibleByArgument {}
