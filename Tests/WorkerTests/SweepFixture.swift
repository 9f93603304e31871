import Jobs
import LagoAPI
import LagoEvents
import Sandbox
import Settings
import Signatures
import Store
import TestSupport
import Testing
import Transport
import Worker

/// A store beside a Lago, with sweeps one at a time.
struct SweepFixture: Sendable {
    let fixture: WorkerFixture
    let client: LagoClient
    /// How far our clock is ahead, in milliseconds.
    var ahead: Int64 = 0

    var store: Store { self.fixture.store }

    private let outbox: Outbox

    /// Each request to Lago, by its operation.
    let requests = Record<String>()

    init(_ lago: SandboxPeer, path: String = "") async throws {
        var fixture = try WorkerFixture()
        fixture.handlers[.look] = { _ in JobOutcome(.succeeded) }
        self.fixture = fixture
        self.outbox = try await fixture.outbox()
        let requests = self.requests
        self.client = LagoClient(
            address: try #require(LagoAddress(lago.url + path)),
            key: lago.sandbox.configuration.apiKey,
            engine: try TransferEngine(),
            limiter: RateLimiter(requestsPerSecond: 1000),
            logger: quietLogger,
            deadline: .seconds(2)
        ) { operation, _, _ in requests.add(operation) }
    }

    /// Runs sweeps until this many more have ended.
    func sweep(times: Int) async throws {
        let before = try await self.ended()
        try await self.running {
            let hasEnded = try await eventually(within: .seconds(60)) { try await self.ended() >= before + times }
            try #require(hasEnded)
        }
    }

    /// Runs the service while `body` runs.
    func running(body: () async throws -> Void) async throws {
        var pace = SweepService.Pace(interval: .milliseconds(20))
        pace.request = Backoff(base: .milliseconds(5), limit: .milliseconds(20))
        pace.sweep = Backoff(base: .milliseconds(20), limit: .milliseconds(50))
        let service = SweepService(
            client: self.client,
            store: self.store,
            pace: pace,
            outbox: self.outbox,
            metrics: self.fixture.registry,
            logger: quietLogger,
            now: { [ahead] in WorkerFixture.now() + ahead }
        )
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await service.run() }
            defer { group.cancelAll() }
            try await body()
        }
    }

    private func ended() async throws -> Int {
        try await self.store.sweeps(limit: 100).count { $0.phase == "done" }
    }

    /// Delivers a webhook that was lost.
    func deliver(_ delivery: SandboxDelivery) async throws {
        let body = Array(delivery.body.utf8)
        let delivery = Delivery(
            key: EventKey(rawValue: delivery.key),
            envelope: Envelope(body: body),
            digest: try SHA256.digest(of: body),
            body: body,
            receivedAt: WorkerFixture.now()
        )
        _ = try await self.store.write { try $0.record(delivery) }
    }

    /// Waits until the inbox is empty.
    func isWorked() async throws -> Bool {
        try await eventually { try await self.store.pendingEvents(limit: 1).isEmpty }
    }
}
