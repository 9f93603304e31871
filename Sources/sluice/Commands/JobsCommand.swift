import ArgumentParser
import Foundation
import Jobs
import Store
import Telemetry

struct JobsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "jobs",
        abstract: "What Sluice does or will do; dead letters are in state dead.",
        subcommands: [List.self, Show.self, Retry.self, Discard.self]
    )

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "The newest jobs first.")

        @OptionGroup var settings: SettingsOptions
        @OptionGroup var output: OutputOptions
        @OptionGroup var limit: LimitOptions
        @Option(name: .long, help: "Only of this kind.")
        var kind: String?
        @Option(name: .long, help: "Only in this state.")
        var state: JobState?
        @Option(name: .long, help: "Only of the customer with this external id.")
        var customer: String?

        func run() async throws {
            try await reportingFailures {
                let filter = JobFilter(kind: self.kind, customer: self.customer, state: self.state)
                let jobs = try await self.settings.openStore().jobs(filter, limit: self.limit.limit)
                try Output.print(jobs.map(JobRow.init), json: self.output.json)
            }
        }
    }

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "One job and its attempts.")

        @OptionGroup var settings: SettingsOptions
        @OptionGroup var output: OutputOptions
        @Argument(help: "The job's id.")
        var job: Int64

        func run() async throws {
            try await reportingFailures {
                guard let found = try await self.settings.openStore().job(JobID(rawValue: self.job)) else {
                    throw Failure(description: "there is no job with the id \(self.job)")
                }
                let attempts = found.attempts.map(AttemptRow.init)
                if self.output.json {
                    return try Output.print(json: JobDetail(job: JobRow(found.job), attempts: attempts))
                }
                try Output.print([JobRow(found.job)], json: false)
                print("")
                try Output.print(attempts, json: false)
            }
        }
    }

    struct Retry: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make dead or discarded jobs due again, with all their attempts before them."
        )

        @OptionGroup var change: JobChange

        func run() async throws {
            try await self.change.apply("retry", refusal: "only a dead or discarded job can be retried") {
                try $0.retry($1, at: $2)
            }
        }
    }

    struct Discard: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Give waiting or dead jobs up.")

        @OptionGroup var change: JobChange

        func run() async throws {
            try await self.change.apply("discard", refusal: "only a waiting or dead job can be discarded") {
                try $0.discard($1, at: $2)
            }
        }
    }
}

extension JobState: ExpressibleByArgument {}

/// What `retry` and `discard` share: some jobs, a dry run, and an entry in the audit log for each.
struct JobChange: ParsableArguments {
    @OptionGroup var settings: SettingsOptions
    @OptionGroup var output: OutputOptions
    @Flag(name: .long, help: "Only show the jobs.")
    var dryRun = false
    @Argument(help: "Ids of jobs.")
    var jobs: [Int64]

    func apply(
        _ action: String,
        refusal: String,
        _ change: @escaping @Sendable (Transaction, JobID, Int64) throws -> Bool
    ) async throws {
        try await reportingFailures {
            let store = try await self.settings.openStore()
            for id in self.jobs.map(JobID.init(rawValue:)) where !self.dryRun {
                let isChanged = try await store.write { transaction in
                    let now = Int64(Date().timeIntervalSince1970 * 1000)
                    guard try change(transaction, id, now) else { return false }
                    try transaction.audit("jobs.\(action)", subject: "job \(id.rawValue)", actor: "cli", at: now)
                    return true
                }
                guard isChanged else { throw Failure(description: "job \(id.rawValue): \(refusal)") }
            }
            var rows: [JobRow] = []
            for id in self.jobs {
                guard let found = try await store.job(JobID(rawValue: id)) else {
                    throw Failure(description: "there is no job with the id \(id)")
                }
                rows.append(JobRow(found.job))
            }
            try Output.print(rows, json: self.output.json)
        }
    }
}

/// A job as `--json` and tables show it.
struct JobRow: Output.Row {
    private let job: JobSummary

    init(_ job: JobSummary) { self.job = job }

    static let columns = ["ID", "KIND", "KEY", "CUSTOMER", "STATE", "ATTEMPT", "DUE", "LAST ERROR"]

    var cells: [String] {
        [
            "\(self.job.id)", self.job.kind, self.job.key, self.job.customer ?? "-", self.job.state.rawValue,
            "\(self.job.attempt)", Timestamp.text(milliseconds: self.job.dueAt), self.job.lastError ?? "-",
        ]
    }

    enum CodingKeys: String, CodingKey {
        case id, kind, key, customer = "external_customer_id", state, attempt, dueAt = "due_at"
        case lastError = "last_error", attempts
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(self.job.id, forKey: .id)
        try container.encode(self.job.kind, forKey: .kind)
        try container.encode(self.job.key, forKey: .key)
        try container.encode(self.job.customer, forKey: .customer)
        try container.encode(self.job.state.rawValue, forKey: .state)
        try container.encode(self.job.attempt, forKey: .attempt)
        try container.encode(Timestamp.text(milliseconds: self.job.dueAt), forKey: .dueAt)
        try container.encode(self.job.lastError, forKey: .lastError)
    }
}

private struct JobDetail: Encodable {
    let job: JobRow
    let attempts: [AttemptRow]

    func encode(to encoder: any Encoder) throws {
        try self.job.encode(to: encoder)
        var container = encoder.container(keyedBy: JobRow.CodingKeys.self)
        try container.encode(self.attempts, forKey: .attempts)
    }
}

/// One claim of a job.
struct AttemptRow: Output.Row {
    private let attempt: AttemptSummary

    init(_ attempt: AttemptSummary) { self.attempt = attempt }

    static let columns = ["ATTEMPT", "BEGUN", "ENDED", "RESULT", "ERROR"]

    private var endedAt: String? { self.attempt.endedAt.map(Timestamp.text(milliseconds:)) }

    var cells: [String] {
        [
            "\(self.attempt.number)", Timestamp.text(milliseconds: self.attempt.begunAt), self.endedAt ?? "-",
            self.attempt.result ?? "running", self.attempt.error ?? "-",
        ]
    }

    private enum CodingKeys: String, CodingKey {
        case attempt, begunAt = "begun_at", endedAt = "ended_at", result, error
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(self.attempt.number, forKey: .attempt)
        try container.encode(Timestamp.text(milliseconds: self.attempt.begunAt), forKey: .begunAt)
        try container.encode(self.endedAt, forKey: .endedAt)
        try container.encode(self.attempt.result, forKey: .result)
        try container.encode(self.attempt.error, forKey: .error)
    }
}
