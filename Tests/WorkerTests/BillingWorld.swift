import Foundation
import Jobs
import LagoAPI
import LagoEvents
import Sandbox
import Settings
import Signatures
import Store
import Synchronization
import TestSupport
import Testing
import Transport
import Worker

/// A Lago and a worker that go by one clock, which only the test moves: weeks pass in a moment, and nothing happens by
/// itself.
final class BillingWorld: Sendable {
    /// 2026-08-12T10:00:00Z
    static let start: Int64 = 1_786_528_800_000
    static let day = Duration.seconds(86_400)

    final class Clock: Sendable {
        private let time = Mutex(BillingWorld.start)
        var now: Int64 {
            get { self.time.withLock { $0 } }
            set { self.time.withLock { $0 = newValue } }
        }
    }

    let lago: SandboxPeer
    let clock: Clock
    let fixture: WorkerFixture
    private let inbox: Inbox
    private let handlers: [JobKind: JobHandler]
    private let seen = Mutex<Set<String>>([])
    /// Webhooks of these types get lost on their way.
    let lost = Mutex<Set<String>>([])
    let client: LagoClient

    var store: Store { self.fixture.store }
    var sandbox: Sandbox { self.lago.sandbox }

    private init(
        lago: SandboxPeer,
        clock: Clock,
        engine: TransferEngine,
        environment: [String: String]
    ) async throws {
        (self.lago, self.clock) = (lago, clock)
        self.fixture = try WorkerFixture()
        self.client = try LookTests.client(of: lago)
        self.inbox = Inbox(
            store: self.fixture.store,
            debounce: .milliseconds(50),
            metrics: self.fixture.registry,
            now: { clock.now }
        )
        let looks = self.fixture.looks(self.client)
        self.handlers = try await self.fixture.tellingHandlers(
            looks,
            engine: engine,
            environment: environment,
            now: { clock.now }
        )
    }

    /// - Parameter environment: settings of mail that differ.
    static func running(
        environment: [String: String] = [:],
        _ configure: (inout SandboxConfiguration) -> Void = { _ in },
        body: (BillingWorld) async throws -> Void
    ) async throws {
        let (clock, engine) = (Clock(), try TransferEngine())
        try await SandboxPeer.running {
            $0.now = { Date(timeIntervalSince1970: Double(clock.now) / 1000) }
            $0.customers = []
            configure(&$0)
        } body: { lago in
            try lago.sandbox.addEndpoint(url: "http://127.0.0.1:1/", algorithm: .hmac)
            try await body(
                BillingWorld(lago: lago, clock: clock, engine: engine, environment: environment)
            )
        }
        await engine.shutdown()
    }

    // MARK: - Time

    /// Does all that is to be done now.
    func work() async throws {
        while true {
            self.sandbox.catchUp()
            try await self.receive()
            _ = try await self.inbox.drain()
            let now = self.clock.now
            let leases = try await self.store.write { transaction in
                try Hand.allCases.flatMap { hand in
                    try transaction.claim(hand, limit: 16, owner: "test", for: .seconds(60), at: now)
                }
            }
            guard !leases.isEmpty else { return }
            for lease in leases { try await self.run(lease, at: now) }
        }
    }

    private func run(_ lease: Lease, at now: Int64) async throws {
        let handler = try #require(self.handlers[lease.kind])
        let outcome = try await handler(lease)
        let verdict = Verdict(
            outcome.result,
            attempt: lease.attempt,
            of: lease.maxAttempts,
            backoff: Backoff(),
            jitter: 0
        )
        let isSettled = try await self.store.write { transaction in
            try outcome.writes(transaction)
            return try transaction.settle(lease, as: verdict, at: now)
        }
        try #require(isSettled)
    }

    /// Lets time go by, and does what comes due meanwhile when it is.
    ///
    /// - Parameter step: how often what is due at Lago is done.
    func pass(_ time: Duration, by step: Duration = .seconds(3600)) async throws {
        let end = self.clock.now + time.milliseconds
        while true {
            try await self.work()
            let live = try await self.store.jobs(JobFilter(), limit: 10_000).filter(\.state.isLive).map(\.dueAt)
            let next = min(live.min() ?? .max, self.clock.now + step.milliseconds)
            self.clock.now = min(max(next, self.clock.now + 1), end)
            if self.clock.now == end { return try await self.work() }
        }
    }

    /// What Lago has sent since, as the receiver would have kept it.
    private func receive() async throws {
        for delivery in self.sandbox.deliveries where self.seen.withLock({ $0.insert(delivery.key).inserted }) {
            if self.lost.withLock({ $0.contains(delivery.webhookType) }) { continue }
            try await self.record(delivery.body, key: delivery.key)
        }
    }

    func record(_ body: String, key: String = UUID().uuidString) async throws {
        let bytes = Array(body.utf8)
        let delivery = Delivery(
            key: EventKey(rawValue: key),
            envelope: Envelope(body: bytes),
            digest: try SHA256.digest(of: bytes),
            body: bytes,
            receivedAt: self.clock.now
        )
        _ = try await self.store.write { try $0.record(delivery) }
    }

    /// What a sweep does that finds credits which will expire.
    func announceExpiry(of wallet: String, at time: Int64) async throws {
        let arguments = #"{"at":\#(self.clock.now),"detail":"\#(time)","id":"\#(wallet)","kind":"credits_expiring"}"#
        let job = NewJob(kind: .tell, key: "credits_expiring/\(wallet)/\(time)", customer: "c", arguments: arguments)
        try await self.store.write { [now = self.clock.now] in try $0.enqueue(job, .keep(dueAt: now), at: now) }
    }

    // MARK: - What came of it

    /// The messages' kinds in the order in which they were queued.
    func kinds(_ state: MessageState? = .sent) async throws -> [String] {
        try await self.messages(state).map(\.kind)
    }

    func messages(_ state: MessageState? = nil) async throws -> [Message] {
        try await self.store.messages(MessageFilter(state: state), limit: 10_000).reversed()
    }

    func message(_ kind: String) async throws -> Message {
        let found = try await self.store.messages(MessageFilter(kind: kind), limit: 1).first
        let id = try #require(found).id
        return try #require(try await self.store.message(id))
    }

    func mail(of message: Message) async throws -> ParsedMail {
        let mails = try await self.mails()
        return try #require(mails.first { $0["Message-ID"] == [message.messageID] })
    }

    /// The mails that were sent, parsed by Python.
    func mails() async throws -> [ParsedMail] {
        let folder = self.fixture.folder.path("mails")
        guard FileManager.default.fileExists(atPath: folder) else { return [] }
        var mails: [ParsedMail] = []
        for name in try FileManager.default.contentsOfDirectory(atPath: folder).sorted() {
            let bytes = try #require(FileManager.default.contents(atPath: "\(folder)/\(name)"))
            mails.append(try await ParsedMail([UInt8](bytes)))
        }
        return mails
    }

    /// When August is billed: 2026-09-01T00:10:00Z.
    static let billing: Int64 = 1_788_221_400_000

    /// A customer, and the invoice of August, which its credits do not pay; returns the invoice's id.
    func bill(_ customer: String = "c", credits: String? = nil, units: String = "100") async throws -> String {
        if !self.lago.sandbox.configuration.customers.contains(where: { $0.externalID == customer }) {
            self.sandbox.addCustomers(
                [.init(externalID: customer, name: "Ada", email: "\(customer)@example.test", credits: credits)]
            )
        }
        try self.sandbox.recordUsage(customer: customer, units: units)
        self.clock.now = Self.billing
        self.sandbox.catchUp()
        return try #require(self.sandbox.invoiceIDs(of: customer).first)
    }
}
