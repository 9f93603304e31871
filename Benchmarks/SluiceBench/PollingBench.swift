import Foundation
import GRDB
import LagoAPI
import LagoEvents
import Logging
import Rules
import Sandbox
import ServiceLifecycle
import Settings
import Store
import Synchronization
import Telemetry
import Transport
import Worker

/// Scheduled looks at 10,000 customers, 50 of them near a threshold, in compressed time: requests, and who waits how long.
///
/// All figures are scaled back to real time. Sweeps come on top: a page for 100 wallets in each `SWEEP_INTERVAL`.
struct PollingBench {
    let folder: URL

    private static let near = 50
    private static let active = 500
    private static let cap = 10
    /// Seconds of real time that pass in one.
    private static let speed = 20.0
    /// Real minutes that are measured.
    private static let minutes = 20.0

    private var customers: Int {
        ProcessInfo.processInfo.environment["BENCH_CUSTOMERS"].flatMap { Int($0) } ?? 10_000
    }

    func run() async throws {
        var configuration = SandboxConfiguration()
        configuration.customers = []
        let logger = Logger(label: "sandbox") { _ in SwiftLogNoOpLogHandler() }
        let sandbox = try Sandbox(configuration: configuration, logger: logger)
        let ids = (0..<self.customers).map { "cust_\($0)" }
        sandbox.addCustomers(
            ids.enumerated().map { index, id in
                let credits = index < Self.near ? "22" : "5000"
                return SandboxConfiguration.SeedCustomer(externalID: id, name: id, email: nil, credits: credits)
            }
        )
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await sandbox.run() }
            defer { group.cancelAll() }
            let lago = Lago(sandbox: sandbox, url: "http://127.0.0.1:\(try await sandbox.port)", ids: ids)
            let path = self.folder.appending(path: "sluice.db").path
            let store = try Store(path: path)
            try await self.lookAtAll(lago, store)
            for withRadar in [false, true] {
                try await self.measure(lago, store, path, withRadar: withRadar)
            }
            try await store.close()
        }
    }

    private struct Lago: Sendable {
        let sandbox: Sandbox
        let url: String
        let ids: [String]
    }

    private func measure(_ lago: Lago, _ store: Store, _ path: String, withRadar: Bool) async throws {
        try self.spread(path, active: Array(lago.ids[Self.near..<min(Self.near + Self.active, lago.ids.count)]))
        let counted = Mutex<[String: Int]>([:])
        let limiter = RateLimiter(requestsPerSecond: Int(Double(Self.cap) * Self.speed))
        let house = try await PollingHouse(
            sandbox: lago.sandbox,
            url: lago.url,
            store: store,
            pace: Self.pace,
            limiter: limiter
        ) { operation in
            counted.withLock { $0[operation, default: 0] += 1 }
        }
        let waits = try PollingWaits(path: path)
        let seconds = Self.minutes * 60 / Self.speed
        try await house.running(withRadar: withRadar) {
            let end = ContinuousClock.now + .seconds(seconds)
            var tick = 0
            while ContinuousClock.now < end {
                try self.use(lago, tick: tick)
                try waits.sample()
                tick += 1
                try await Task.sleep(for: .milliseconds(100))
            }
        }
        self.report(counted.withLock { $0 }, waits, withRadar: withRadar)
    }

    /// Customers near a threshold use something every two minutes or so, and so do some of the others.
    private func use(_ lago: Lago, tick: Int) throws {
        let interval = Int(120 / Self.speed * 10)
        for index in 0..<min(Self.near + Self.active, lago.ids.count) where index % interval == tick % interval {
            try lago.sandbox.recordUsage(customer: lago.ids[index], units: index < Self.near ? "0.2" : "1")
        }
    }

    private func report(_ counts: [String: Int], _ waits: PollingWaits, withRadar: Bool) {
        let perMinute = Double(counts.values.reduce(0, +)) / Self.minutes
        let naive = Double(self.customers) * 2
        let shares = counts.sorted { $0.value > $1.value }
            .map { String(format: "%@ %.1f", $0.key, Double($0.value) / Self.minutes) }.joined(separator: ", ")
        print(
            String(
                format: "polling %d customers, %d near, %@: %.0f requests a minute (%@); "
                    + "everybody each 30 s would be %.0f, %.0f times as many",
                self.customers,
                Self.near,
                withRadar ? "with the radar" : "without the radar",
                perMinute,
                shares,
                naive,
                naive / perMinute
            )
        )
        print(
            String(
                format: "  near: longest from look to look %.0f s, late by %.1f s at the most; "
                    + "others: late by %.0f s at the most, %d due at once",
                waits.nearGap * Self.speed,
                waits.nearLate * Self.speed,
                waits.othersLate * Self.speed,
                waits.othersDue
            )
        )
    }

    /// The pace of service, so many times as quick.
    private static var pace: PollingPace {
        var pace = PollingPace()
        pace.near /= Self.speed
        pace.far /= Self.speed
        pace.idle /= Self.speed
        pace.quiet /= Self.speed
        pace.nearGap /= Self.speed
        pace.farGap /= Self.speed
        pace.poll /= Self.speed
        pace.radar.interval /= Self.speed
        pace.radar.limit /= Self.speed
        pace.radar.overlap = .seconds(3)  // Lago's times are whole seconds
        pace.radar.patience /= Self.speed
        pace.walletsSeen = .seconds(3600)  // as if sweeps went on
        return pace
    }

    /// The first look at everybody, as fast as it goes: what a baseline leaves behind.
    private func lookAtAll(_ lago: Lago, _ store: Store) async throws {
        var pace = Self.pace
        (pace.nearHands, pace.farHands) = (16, 1)
        pace.near = .seconds(3600)
        pace.far = pace.near
        pace.idle = pace.near
        let limiter = RateLimiter(requestsPerSecond: 100_000)
        let house = try await PollingHouse(
            sandbox: lago.sandbox,
            url: lago.url,
            store: store,
            pace: pace,
            limiter: limiter
        ) { _ in }
        let now = PollingHouse.now()
        try await store.write { transaction in
            for id in lago.ids {
                let look = ScheduledLook(customer: CustomerID(rawValue: id), pace: .near, dueAt: now, interval: 1)
                try transaction.scheduleIfAbsent(look)
            }
        }
        try await house.running(withRadar: false) {
            try await waiting(upTo: .seconds(600), for: "the first look at everybody") {
                try await store.scheduledLookCounts(at: now + 1).allSatisfy { $0.due == 0 }
            }
        }
    }

    /// As if looks had gone on for hours: most customers used nothing for long, and each is due some time within its
    /// interval.
    private func spread(_ path: String, active: [String]) throws {
        let (pace, now) = (Self.pace, PollingHouse.now())
        let queue = try DatabaseQueue(path: path)
        try queue.write { db in
            try db.execute(sql: "UPDATE lookSchedule SET pace = 'idle' WHERE pace <> 'near'")
            for id in active {
                try db.execute(sql: "UPDATE lookSchedule SET pace = 'far' WHERE customer = ?", arguments: [id])
            }
            for (name, interval) in [("near", pace.near), ("far", pace.far), ("idle", pace.idle)] {
                try db.execute(
                    sql: """
                        UPDATE lookSchedule SET interval = :interval, movedAt = NULL,
                            lookedAt = :now - abs(random() % :interval) WHERE pace = :pace
                        """,
                    arguments: ["interval": Int64(interval / .milliseconds(1)), "now": now, "pace": name]
                )
            }
            try db.execute(sql: "UPDATE lookSchedule SET dueAt = lookedAt + interval")
            try db.execute(
                sql: """
                    UPDATE forecast SET history = :history
                    WHERE customer IN (SELECT customer FROM lookSchedule WHERE pace = 'idle')
                    """,
                arguments: ["history": try Self.unused(for: pace.idle * 7, until: now)]
            )
        }
        try queue.close()
    }

    /// The history of an account of 5,000 credits that used nothing.
    private static func unused(for time: Duration, until now: Int64) throws -> String {
        var history = UsageHistory()
        for at in [now - Int64(time / .milliseconds(1)), now] { history.note(settled: 500_000, live: 500_000, at: at) }
        return String(decoding: try JSONEncoder().encode(history), as: UTF8.self)
    }
}
