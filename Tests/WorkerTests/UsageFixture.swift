import Foundation
import Jobs
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

/// A forwarder between an outbox and a simulated Lago with `c` and `d`, and a worker for what is left over.
struct UsageFixture: Sendable {
    let lago: SandboxPeer
    let client: LagoClient
    var fixture: WorkerFixture
    /// The bodies of batches that came to Lago whole, before it did anything.
    let batches = Record<[String]>()

    var store: Store { self.fixture.store }
    var sandbox: Sandbox { self.lago.sandbox }

    static func running(body: (UsageFixture) async throws -> Void) async throws {
        try await SandboxPeer.running {
            $0.customers = []
        } body: { lago in
            for customer in ["c", "d"] { try lago.sandbox.createCustomer(customer) }
            let usage = try UsageFixture(lago)
            usage.watch { _, _ in .goOn }
            try await body(usage)
        }
    }

    private init(_ lago: SandboxPeer) throws {
        self.lago = lago
        self.fixture = try WorkerFixture()
        self.client = LagoClient(
            address: try #require(LagoAddress(lago.url)),
            key: lago.sandbox.configuration.apiKey,
            engine: try TransferEngine(),
            limiter: RateLimiter(requestsPerSecond: 1000),
            logger: quietLogger,
            deadline: .seconds(2)
        )
        self.fixture.handlers[.look] = { _ in JobOutcome(.succeeded) }
        self.fixture.handlers[.usage] =
            UsageHandler(
                client: self.client,
                quiet: .milliseconds(10),
                metrics: self.fixture.registry,
                now: WorkerFixture.now
            ).callAsFunction
    }

    /// Decides what becomes of the batches that come to Lago; each is kept in `batches`.
    func watch(_ fate: @escaping @Sendable (_ transactions: [String], _ body: String) -> PassingRequest.Fate) {
        let batches = self.batches
        self.sandbox.onRequest = { request in
            guard request.moment == .beforeEffect, request.path == "/events/batch" else { return .goOn }
            let transactions = Self.transactions(in: request.body)
            batches.add(transactions)
            return fate(transactions, request.body)
        }
    }

    private static func transactions(in body: String) -> [String] {
        let json = try? JSONSerialization.jsonObject(with: Data(body.utf8)) as? [String: [[String: Any]]]
        return json?["events"]?.compactMap { $0["transaction_id"] as? String } ?? []
    }

    static func event(
        _ transaction: String,
        of customer: String = "c",
        more: String = "",
        isStamped: Bool = true
    ) -> UsageEvent {
        UsageEvent(
            subscription: "sub_\(customer)",
            transactionID: transaction,
            customer: CustomerID(rawValue: customer),
            content: Array(
                (#"{"transaction_id":"\#(transaction)","external_subscription_id":"sub_\#(customer)","#
                    + #""code":"api_calls","properties":{"calls":"1"}\#(more)}"#).utf8
            ),
            isStamped: isStamped
        )
    }

    func accept(_ events: UsageEvent..., at time: Int64? = nil) async throws { try await self.accept(events, at: time) }

    func accept(_ events: [UsageEvent], at time: Int64? = nil) async throws {
        _ = try await self.store.write { try $0.accept(events, at: time ?? WorkerFixture.now()) }
    }

    /// Runs the forwarder while `body` runs, then stops it as a shutdown does.
    func forwarding(body: () async throws -> Void) async throws {
        let forwarder = UsageForwarder(
            client: self.client,
            store: self.store,
            quiet: .milliseconds(10),
            backoff: Backoff(base: .milliseconds(20), limit: .milliseconds(200)),
            poll: .milliseconds(20),
            metrics: self.fixture.registry,
            logger: quietLogger,
            now: WorkerFixture.now
        )
        let services = ServiceGroup(services: [forwarder], logger: quietLogger)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await services.run() }
            let result: Swift.Result<Void, any Error>
            do { result = .success(try await body()) } catch { result = .failure(error) }
            await services.triggerGracefulShutdown()
            try await group.waitForAll()
            try result.get()
        }
    }

    /// Waits until nothing waits.
    func settles() async throws {
        let isEmpty = try await eventually { try await self.store.usageBacklog().count == 0 }
        try #require(isEmpty)
    }

    /// The dead letters of usage.
    func dead() async throws -> [JobSummary] {
        try await self.store.jobs(JobFilter(kind: "usage", state: .dead), limit: 1000)
    }

    func metric(_ outcome: String) -> Int? {
        let name = "sluice_usage_events_total{outcome=\"\(outcome)\"} "
        return self.fixture.registry.exposition().split(separator: "\n").first { $0.hasPrefix(name) }
            .flatMap { Int($0.dropFirst(name.count)) }
    }
}
