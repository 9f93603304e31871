import Foundation
import Jobs
import LagoAPI
import LagoEvents
import Logging
import Rules
import ServiceLifecycle
import Settings
import Signatures
import Store
import Telemetry
import TestSupport
import Testing
import Worker

/// A worker on a store of its own.
struct WorkerFixture: Sendable {
    let folder: TemporaryFolder
    let store: Store
    let registry = PrometheusRegistry()
    var pace = WorkerService.Pace()
    var debounce = Duration.milliseconds(50)
    var handlers: [JobKind: JobHandler] = [:]
    var jitter = 0.0

    init() throws {
        self.folder = try TemporaryFolder()
        self.store = try Store(path: self.folder.path("sluice.db"))
    }

    private init(folder: TemporaryFolder) throws {
        self.folder = folder
        self.store = try Store(path: folder.path("sluice.db"))
    }

    /// One on a copy of the file, while nobody writes there.
    func copied() async throws -> WorkerFixture {
        let folder = try TemporaryFolder()
        for name in ["sluice.db", "sluice.db-wal"] {
            try FileManager.default.copyItem(atPath: self.folder.path(name), toPath: folder.path(name))
        }
        return try WorkerFixture(folder: folder)
    }

    static func now() -> Int64 { Int64(Date().timeIntervalSince1970 * 1000) }

    /// Runs the worker while `body` runs, then lets it end gracefully.
    func working<Result: Sendable>(body: () async throws -> Result) async throws -> Result {
        let inbox = Inbox(store: self.store, debounce: self.debounce, metrics: self.registry, now: Self.now)
        let worker = WorkerService(
            store: self.store,
            inbox: inbox,
            handlers: self.handlers,
            pace: self.pace,
            owner: "test",
            metrics: self.registry,
            logger: quietLogger,
            now: Self.now,
            jitter: { [jitter] in jitter }
        )
        let services = ServiceGroup(services: [worker], logger: quietLogger)
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await services.run() }
            let result: Swift.Result<Result, any Error>
            do { result = .success(try await body()) } catch { result = .failure(error) }
            await services.triggerGracefulShutdown()
            try await group.waitForAll()
            return try result.get()
        }
    }

    /// Looks under the policy `20,5,0`; mail goes to a folder, and nobody sends it here.
    func lookHandler(_ client: LagoClient?, ahead: Int64 = 0) async throws -> JobHandler {
        var taker: LookTaker?
        if let client { taker = try await self.lookTaker(client, ahead: ahead) }
        return LookHandler(taker: taker, backoff: self.pace.backoff).callAsFunction
    }

    func lookTaker(
        _ client: LagoClient,
        ahead: Int64 = 0,
        polling: PollingPace = PollingPace(),
        coverage: RadarCoverage = RadarCoverage(),
        topUps: TopUpDesk? = nil
    ) async throws -> LookTaker {
        return LookTaker(
            looks: Looks(
                reader: BalanceReader(client: client, now: { Self.now() + ahead }),
                store: self.store,
                fresh: FreshReadings()
            ),
            store: self.store,
            policy: LowBalance(policy: try ThresholdPolicy("20,5,0"), minimumInterval: 3_600_000),
            outbox: try await self.outbox(),
            polling: polling,
            coverage: coverage,
            topUps: topUps,
            now: Self.now
        )
    }

    /// Mail goes to a folder.
    func outbox() async throws -> Outbox {
        var source = try await SettingsSource(
            environment: ["SMTP_URL": "file://\(self.folder.path("mails"))", "OPERATOR_EMAIL": "ops@example.test"]
        )
        return Outbox(settings: MailSettings(&source, hasPublicURL: false))
    }

    /// Looks at a customer once, and waits for the verdict.
    func look(at customer: String) async throws {
        try await self.working { try await self.lookWhileWorking(at: customer) }
    }

    /// The same where the worker runs already.
    func lookWhileWorking(at customer: String) async throws {
        let now = Self.now()
        // One that waits already is this one.
        let before = try await self.store.jobs(JobFilter(kind: "look", state: .done), limit: 1).first?.id ?? 0
        try await self.store.write { transaction in
            try transaction.enqueue(.look(at: CustomerID(rawValue: customer)), .keep(dueAt: now), at: now)
        }
        let hasLooked = try await eventually {
            let last = try await self.store.jobs(JobFilter(kind: "look"), limit: 1).first
            return last.map { $0.id > before && $0.state == .done } ?? false
        }
        try #require(hasLooked)
    }

    func enqueue(_ jobs: NewJob..., dueIn delay: Duration = .zero) async throws {
        try await self.enqueue(jobs, dueIn: delay)
    }

    func enqueue(_ jobs: [NewJob], dueIn delay: Duration = .zero) async throws {
        let now = Self.now()
        try await self.store.write { transaction in
            for job in jobs { try transaction.enqueue(job, .replace(dueAt: now + delay.milliseconds), at: now) }
        }
    }

    /// Waits until no job is live.
    func isIdle(within limit: Duration = .seconds(20)) async throws -> Bool {
        try await eventually(within: limit) {
            try await self.store.jobCounts().allSatisfy { !$0.state.isLive || $0.count == 0 }
        }
    }

    /// Works until nothing is to be done for a while.
    func quieten() async throws {
        try await self.working {
            let isQuiet = try await self.isQuiet()
            try #require(isQuiet)
        }
    }

    /// Waits until nothing is to be done for a while: what there is, is put off.
    func isQuiet(for time: Duration = .seconds(30), within limit: Duration = .seconds(60)) async throws -> Bool {
        try await eventually(within: limit) {
            let soon = Self.now() + time.milliseconds
            let isBusy = try await self.store.jobs(JobFilter(), limit: 10_000).contains { job in
                job.state == .leased || job.state == .available && job.dueAt < soon
            }
            let isWorked = try await self.store.pendingEvents(limit: 1).isEmpty
            return !isBusy && isWorked
        }
    }

    /// The job with this number and how its attempts ended.
    func job(_ id: Int64) async throws -> (state: JobState?, attempt: Int, error: String?, results: [String]) {
        let found = try await self.store.job(JobID(rawValue: id))
        return (
            found?.job.state, found?.job.attempt ?? 0, found?.job.lastError,
            found?.attempts.map { $0.result ?? "running" } ?? []
        )
    }

    func record(_ key: String, customer: String, type: String = "wallet.updated") async throws {
        let body = Webhook.body(of: customer, mark: key, type: type)
        let delivery = Delivery(
            key: EventKey(rawValue: key),
            envelope: Envelope(body: body),
            digest: try SHA256.digest(of: body),
            body: body,
            receivedAt: Self.now()
        )
        _ = try await self.store.write { try $0.record(delivery) }
    }
}

extension JobKind {
    static let chore = JobKind(rawValue: "chore")
}

extension NewJob {
    static func chore(
        _ key: String,
        customer: String? = nil,
        lane: Lane? = nil,
        maxAttempts: Int = 20
    ) -> NewJob {
        NewJob(kind: .chore, key: key, customer: customer, lane: lane, maxAttempts: maxAttempts)
    }
}
