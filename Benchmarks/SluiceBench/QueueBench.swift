import Foundation
import GRDB
import Jobs
import Logging
import Metrics
import ServiceLifecycle
import Store
import Telemetry
import Worker

/// The job engine by itself: claims beside a large past, and empty jobs per second.
struct QueueBench {
    let folder: URL
    let fsyncRate: Double

    private static let finished = 1_000_000
    private static let waiting = 100_000
    private static let empty = 30_000

    func run() async throws {
        let path = self.folder.appending(path: "sluice.db").path
        let store = try Store(path: path)
        try await self.measureEmptyJobs(store)
        try Self.insert(path, count: Self.finished, state: "done", customer: "'cust_' || (value % 1000)")
        try await self.measureClaims(store, "\(Self.finished) finished jobs")
        try Self.insert(path, count: Self.waiting, state: "available", customer: "'one'")
        try await self.measureClaims(store, "\(Self.waiting) due jobs of one customer")
        try await store.close()
    }

    /// A past that would take too long to live through is written by SQL; lanes and heads as the engine keeps them.
    private static func insert(_ path: String, count: Int, state: String, customer: String) throws {
        let queue = try DatabaseQueue(path: path)
        try queue.write { db in
            try db.execute(
                sql: """
                    WITH RECURSIVE counter (value) AS (
                        SELECT 1 UNION ALL SELECT value + 1 FROM counter WHERE value < :count)
                    INSERT INTO job (kind, key, customer, lane, state, isHead, createdAt, askedAt, dueAt, maxAttempts)
                    SELECT 'look', :state || value, \(customer), 'balance', :state,
                        :state = 'available' AND value = 1, 0, 0, value, 20 FROM counter
                    """,
                arguments: ["count": count, "state": state]
            )
        }
    }

    /// Times the claim inside its transaction: the statement, not the flush to disk that it shares.
    private func measureClaims(_ store: Store, _ name: String) async throws {
        var times: [Double] = []
        for round in 0..<300 {
            let now = Int64(1_000_000_000 + round)
            try await store.write { transaction in
                for index in 0..<16 {
                    let job = NewJob(kind: .look, key: "\(round)/\(index)", customer: "c\(index)", lane: .balance)
                    try transaction.enqueue(job, .keep(dueAt: 0), at: now)
                }
            }
            let (leases, seconds) = try await store.write { transaction in
                let began = ContinuousClock.now
                let leases = try transaction.claim(limit: 16, owner: "bench", for: .seconds(30), at: now)
                return (leases, (ContinuousClock.now - began) / .seconds(1))
            }
            times.append(seconds * 1e6 / Double(max(1, leases.count)))
            try await store.write { transaction in
                for lease in leases { _ = try transaction.settle(lease, as: .done, at: now) }
            }
        }
        times.sort()
        print(
            String(
                format: "claim beside %@: p50 %.0f us, p99 %.0f us a job, in batches of 16",
                name,
                times[times.count / 2],
                times[times.count * 99 / 100]
            )
        )
    }

    private func measureEmptyJobs(_ store: Store) async throws {
        try await store.write { transaction in
            for index in 0..<Self.empty {
                let job = NewJob(kind: .look, key: "\(index)", customer: "c\(index % 1000)", lane: .balance)
                try transaction.enqueue(job, .keep(dueAt: 0), at: 0)
            }
        }
        let began = ContinuousClock.now
        try await withWorker(store, handler: { _ in JobOutcome(.succeeded) }) {
            while try await store.nextDueAt() != nil { try await Task.sleep(for: .milliseconds(20)) }
        }
        let rate = Double(Self.empty) / ((ContinuousClock.now - began) / .seconds(1))
        print(
            String(
                format: "empty jobs, 8 lanes: %.0f per second (%.2f x fdatasync rate)",
                rate,
                rate / self.fsyncRate
            )
        )
    }
}

/// Runs a worker whose look jobs `handler` does, while `body` goes on.
func withWorker(_ store: Store, handler: @escaping JobHandler, _ body: () async throws -> Void) async throws {
    let now: @Sendable () -> Int64 = { Int64(Date().timeIntervalSince1970 * 1000) }
    let logger = Logger(label: "worker") { _ in SwiftLogNoOpLogHandler() }
    let worker = WorkerService(
        store: store,
        inbox: Inbox(store: store, debounce: .zero, metrics: PrometheusRegistry(), now: now),
        handlers: [.look: handler],
        pace: WorkerService.Pace(concurrency: 8),
        owner: "bench",
        metrics: PrometheusRegistry(),
        logger: logger,
        now: now
    )
    let group = ServiceGroup(configuration: .init(services: [worker], logger: logger))
    try await withThrowingTaskGroup(of: Void.self) { tasks in
        tasks.addTask { try await group.run() }
        try await body()
        await group.triggerGracefulShutdown()
        try await tasks.waitForAll()
    }
}
