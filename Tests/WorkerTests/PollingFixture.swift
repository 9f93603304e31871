import Foundation
import LagoAPI
import LagoEvents
import Sandbox
import ServiceLifecycle
import Settings
import Store
import Telemetry
import TestSupport
import Testing
import Transport
import Worker

/// A poller, and a radar if wanted, at a simulated Lago, with a short pace.
struct PollingFixture: Sendable {
    var worker: WorkerFixture
    let lago: SandboxPeer
    let client: LagoClient
    /// Each request to Lago, by its operation.
    let requests = Record<String>()
    let coverage = RadarCoverage()
    let underWay = LooksUnderWay()
    var pace = Self.quick

    init(_ lago: SandboxPeer, store fixture: WorkerFixture? = nil) throws {
        self.worker = try fixture ?? WorkerFixture()
        self.lago = lago
        let requests = self.requests
        self.client = LagoClient(
            address: try #require(LagoAddress(lago.url)),
            key: lago.sandbox.configuration.apiKey,
            engine: try TransferEngine(),
            limiter: RateLimiter(requestsPerSecond: 1000),
            logger: quietLogger
        ) { operation, _, _ in requests.add(operation) }
    }

    var store: Store { self.worker.store }

    /// A hundred times as quick as in service.
    static var quick: PollingPace {
        var pace = PollingPace()
        pace.near = .milliseconds(300)
        pace.far = .seconds(9)
        pace.idle = .seconds(36)
        pace.quiet = .milliseconds(20)
        pace.nearGap = .milliseconds(150)
        pace.farGap = .milliseconds(1200)
        pace.poll = .milliseconds(50)
        pace.probe = .milliseconds(20)
        pace.probeLimit = .milliseconds(200)
        pace.radar.interval = .milliseconds(100)
        pace.radar.limit = .seconds(1)
        pace.radar.overlap = .seconds(2)
        pace.radar.patience = .seconds(1)
        return pace
    }

    /// Runs poller and radar while `body` runs, then lets them end gracefully.
    func polling(withRadar: Bool = false, body: () async throws -> Void) async throws {
        let taker = try await self.worker.lookTaker(self.client, polling: self.pace, coverage: self.coverage)
        let poller = Poller(
            store: self.store,
            near: taker,
            others: taker,
            underWay: self.underWay,
            pace: self.pace,
            metrics: self.worker.registry,
            logger: quietLogger,
            now: WorkerFixture.now
        )
        let radar = UsageRadar(
            client: self.client,
            store: self.store,
            coverage: self.coverage,
            pace: self.pace,
            metrics: self.worker.registry,
            logger: quietLogger,
            now: WorkerFixture.now
        )
        let services: [any Service] = withRadar ? [poller, radar] : [poller]
        let group = ServiceGroup(services: services, logger: quietLogger)
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await group.run() }
            let result: Result<Void, any Error>
            do { result = .success(try await body()) } catch { result = .failure(error) }
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
            try result.get()
        }
    }

    /// Makes a customer's first look due now.
    func begin(_ customers: String...) async throws {
        let now = WorkerFixture.now()
        for customer in customers {
            let look = ScheduledLook(customer: CustomerID(rawValue: customer), pace: .near, dueAt: now, interval: 300)
            try await self.store.write { try $0.scheduleIfAbsent(look) }
        }
    }

    /// What a sweep that finds a subscription keeps.
    func mirrorSubscription(_ id: String, of customer: String) async throws {
        let subscription = MirroredSubscription(
            id: id,
            externalID: id,
            customer: CustomerID(rawValue: customer),
            plan: "p",
            status: "active",
            object: [],
            seenAt: WorkerFixture.now() + 1000
        )
        try await self.store.write { try $0.save(subscription) }
    }

    func look(_ customer: String) async throws -> ScheduledLook? {
        try await self.store.scheduledLook(at: CustomerID(rawValue: customer))
    }

    /// Waits until a customer was looked at after `time`.
    func hasLooked(at customer: String, after time: Int64 = 0) async throws -> Bool {
        try await eventually { (try await self.look(customer)?.lookedAt ?? 0) > time }
    }

    /// Waits until all of these customers were looked at after `time`.
    func waitForLooks(at customers: String..., after time: Int64 = 0) async throws {
        for customer in customers { try #require(try await self.hasLooked(at: customer, after: time), "\(customer)") }
    }

    func credits(_ customer: String) async throws -> String? {
        try await self.store.balances(of: CustomerID(rawValue: customer)).first?.credits
    }

    func count(_ operation: String) -> Int { self.requests.all.count { $0 == operation } }

    /// A line of `/metrics` that begins so.
    func metric(_ line: String) -> Double? {
        let lines = self.worker.registry.exposition().split(separator: "\n")
        return lines.first { $0.hasPrefix(line) }.flatMap { $0.split(separator: " ").last }.flatMap { Double($0) }
    }
}
