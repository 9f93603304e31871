import Foundation
import GRDB
import LagoAPI
import Logging
import Rules
import Sandbox
import ServiceLifecycle
import Settings
import Store
import Telemetry
import Transport
import Worker

/// A poller and a radar, at a simulated Lago.
struct PollingHouse: Sendable {
    let store: Store
    let near: LookTaker
    let client: LagoClient
    let pace: PollingPace
    let coverage = RadarCoverage()
    private let registry = PrometheusRegistry()
    private let logger = Logger(label: "poller") { _ in SwiftLogNoOpLogHandler() }

    static let now: @Sendable () -> Int64 = { Int64(Date().timeIntervalSince1970 * 1000) }

    init(
        sandbox: Sandbox,
        url: String,
        store: Store,
        pace: PollingPace,
        limiter: RateLimiter,
        count: @escaping @Sendable (String) -> Void
    ) async throws {
        guard let address = LagoAddress(url) else { throw BenchError(description: url) }
        self.store = store
        self.pace = pace
        self.client = LagoClient(
            address: address,
            key: sandbox.configuration.apiKey,
            engine: try TransferEngine(),
            limiter: limiter,
            logger: self.logger
        ) { operation, _, _ in count(operation) }
        var source = try await SettingsSource(environment: [:])
        self.near = LookTaker(
            looks: Looks(
                reader: BalanceReader(client: self.client, now: Self.now),
                store: store,
                fresh: FreshReadings()
            ),
            store: store,
            policy: LowBalance(policy: try ThresholdPolicy("20,5,0"), minimumInterval: 3_600_000),
            outbox: Outbox(settings: MailSettings(&source, hasPublicURL: false)),
            polling: pace,
            coverage: self.coverage,
            now: Self.now
        )
    }

    func running(withRadar: Bool, _ body: () async throws -> Void) async throws {
        let poller = Poller(
            store: self.store,
            near: self.near,
            others: self.near,
            underWay: LooksUnderWay(),
            pace: self.pace,
            metrics: self.registry,
            logger: self.logger,
            now: Self.now
        )
        let radar = UsageRadar(
            client: self.client,
            store: self.store,
            coverage: self.coverage,
            pace: self.pace,
            metrics: self.registry,
            logger: self.logger,
            now: Self.now
        )
        let services: [any Service] = withRadar ? [poller, radar] : [poller]
        let group = ServiceGroup(configuration: .init(services: services, logger: self.logger))
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await group.run() }
            try await body()
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
        }
    }
}

/// The longest waits that were seen, in seconds.
final class PollingWaits {
    private let queue: DatabaseQueue
    private(set) var nearGap = 0.0
    private(set) var nearLate = 0.0
    private(set) var othersLate = 0.0
    private(set) var othersDue = 0

    init(path: String) throws {
        var configuration = Configuration()
        configuration.readonly = true
        self.queue = try DatabaseQueue(path: path, configuration: configuration)
    }

    func sample() throws {
        let now = PollingHouse.now()
        let row = try self.queue.read { db in
            try Row.fetchOne(
                db,
                sql: """
                    SELECT max(:now - lookedAt) FILTER (WHERE pace = 'near') AS gap,
                        max(:now - dueAt) FILTER (WHERE pace = 'near') AS near,
                        max(:now - dueAt) FILTER (WHERE pace <> 'near') AS others,
                        count(*) FILTER (WHERE pace <> 'near' AND dueAt <= :now) AS due
                    FROM lookSchedule
                    """,
                arguments: ["now": now]
            )
        }
        guard let row else { return }
        self.nearGap = max(self.nearGap, Double(row["gap"] as Int64? ?? 0) / 1000)
        self.nearLate = max(self.nearLate, Double(row["near"] as Int64? ?? 0) / 1000)
        self.othersLate = max(self.othersLate, Double(row["others"] as Int64? ?? 0) / 1000)
        self.othersDue = max(self.othersDue, row["due"] ?? 0)
    }
}
