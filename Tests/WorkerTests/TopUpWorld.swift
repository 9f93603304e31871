import Foundation
import Jobs
import LagoAPI
import LagoEvents
import Money
import Rules
import Sandbox
import Settings
import Store
import TestSupport
import Testing
import Transport
import Worker

/// A customer at a Lago, and a worker that tops it up with 50 credits at 20 or less.
struct TopUpWorld: Sendable {
    static let customer = CustomerID(rawValue: "c")
    /// How long a request whose answer was lost may take effect here.
    static let grace = Duration.seconds(1)

    let lago: SandboxPeer
    var client: LagoClient
    /// The test's own, which waits for as long as a busy machine takes.
    let observer: LagoClient
    var fixture: WorkerFixture
    let allowance: TopUpAllowance
    /// A process remembers it from step to step.
    var watch = DoubtWatch()
    var now: @Sendable () -> Int64 = WorkerFixture.now

    var store: Store { self.fixture.store }
    var sandbox: Sandbox { self.lago.sandbox }

    /// What a request may take where no test is about its time.
    static let patient = Duration.seconds(30)

    /// - Parameters:
    ///   - credits: what the wallet holds.
    ///   - deadline: how long a request may take: short where a test waits for it to be over.
    static func running(
        credits: String = "15",
        provider: String? = "stripe",
        payments: SandboxConfiguration.Payments = .wait,
        allowance: TopUpAllowance = Self.allowance(),
        others: [String] = [],
        version: String = "1.51.0",
        deadline: Duration = .seconds(1),
        body: (TopUpWorld) async throws -> Void
    ) async throws {
        try await SandboxPeer.running {
            $0.payments = payments
            $0.version = version
            $0.customers = (["c"] + others).map {
                .init(
                    externalID: $0,
                    name: "Ada",
                    email: "ada@example.test",
                    credits: credits,
                    paymentProvider: provider
                )
            }
        } body: { lago in
            let client = try LookTests.client(of: lago, deadline: deadline)
            try await body(
                TopUpWorld(
                    lago: lago,
                    client: client,
                    observer: try LookTests.client(of: lago),
                    fixture: try WorkerFixture(),
                    allowance: allowance
                )
            )
        }
    }

    static func allowance(
        mode: TopUpAllowance.Mode = .on,
        audience: TopUpAllowance.Audience = .all,
        cooldown: Int64 = 3_600_000,
        maxPerDay: Int = 3,
        maxPerMonth: Int64 = 50_000,
        chargesWithoutProvider: Bool = false
    ) -> TopUpAllowance {
        TopUpAllowance(
            mode: mode,
            audience: audience,
            threshold: FixedDecimal(units: 2_000_000),
            amount: .fixed(FixedDecimal(units: 5_000_000)),
            cooldown: cooldown,
            maxPerDay: maxPerDay,
            maxPerMonth: Currency("EUR").map { [$0: maxPerMonth] } ?? [:],
            chargesWithoutProvider: chargesWithoutProvider
        )
    }

    /// The same Lago, and a worker with a file of its own that knows nothing.
    func withEmptyStore() throws -> TopUpWorld {
        var world = self
        world.fixture = try WorkerFixture()
        world.watch = DoubtWatch()
        return world
    }

    /// The same Lago, and a worker with a copy of the file as it is now.
    func copied() async throws -> TopUpWorld {
        var world = self
        world.fixture = try await self.fixture.copied()
        world.watch = DoubtWatch()
        return world
    }

    /// The same file and Lago, by another client.
    func asking(_ client: LagoClient) -> TopUpWorld {
        var world = self
        world.client = client
        return world
    }

    /// The same by a clock that is ahead of Lago's.
    func ahead(by time: Duration) -> TopUpWorld {
        var world = self
        world.now = { WorkerFixture.now() + time.milliseconds }
        return world
    }

    /// A client whose key Lago does not take.
    func stranger() throws -> LagoClient {
        LagoClient(
            address: try #require(LagoAddress(self.lago.url)),
            key: "wrong",
            engine: try TransferEngine(),
            limiter: RateLimiter(requestsPerSecond: 1000),
            logger: quietLogger
        )
    }

    /// Another process on the same file.
    func restarted() -> TopUpWorld {
        var world = self
        world.watch = DoubtWatch()
        return world
    }

    var desk: TopUpDesk { TopUpDesk(store: self.store, allowance: self.allowance, now: self.now) }

    var looks: Looks {
        Looks(
            reader: BalanceReader(client: self.client, now: self.now),
            store: self.store,
            fresh: FreshReadings()
        )
    }

    func handler() async throws -> TopUpHandler {
        TopUpHandler(
            desk: self.desk,
            looks: self.looks,
            client: self.client,
            store: self.store,
            outbox: try await self.fixture.outbox(),
            grace: Self.grace,
            watch: self.watch,
            logger: quietLogger,
            now: self.now
        )
    }

    /// A new handler takes one step.
    @discardableResult
    func step(of customer: String = "c", attempt: Int = 1) async throws -> JobOutcome {
        try await self.handler()(
            Lease(
                jobID: JobID(rawValue: 1),
                kind: .topUp,
                key: customer,
                customer: customer,
                arguments: nil,
                owner: "test",
                claim: 1,
                attempt: attempt,
                maxAttempts: .max,
                until: .max,
                dueAt: 0
            )
        )
    }

    /// Takes steps until the only top-up is in this state.
    func steps(to state: TopUpState) async throws -> Bool {
        try await eventually(within: .seconds(30)) {
            try await self.step()
            return try await self.states() == [state.rawValue]
        }
    }

    /// The states of all top-ups, the first one first.
    func states() async throws -> [String] { try await self.topUps().map(\.state) }

    func topUps() async throws -> [TopUp] { try await self.store.topUps(of: Self.customer, account: "EUR") }

    /// The kinds of what was written to the customer and the operator, the first one first.
    func mails() async throws -> [String] { try await self.store.messages(limit: 99).reversed().map(\.kind) }

    /// The last decision's reason.
    func reason() async throws -> String? {
        try await self.store.topUpDecisions(of: Self.customer, limit: 1).first?.reason
    }

    /// What was bought at Lago.
    func bought() async throws -> [LagoWalletTransaction] {
        let filter = LagoTransactionFilter(direction: .inbound, cause: .purchased)
        return try await self.observer.walletTransactions(walletID: self.wallet(), filter: filter).all()
            .filter { $0.cause == "purchased" }
    }

    func wallet() throws -> String { try #require(self.sandbox.wallets(of: "c").first).id }

    /// What a worker that died has left in the file.
    func leave(
        _ state: TopUpState,
        id: String = "11111111-2222-3333-4444-555555555555",
        origin: TopUpOrigin = .automatic,
        age: Duration = .zero,
        _ change: (inout TopUp) -> Void = { _ in }
    ) async throws {
        var topUp = TopUp(
            id: id,
            customer: Self.customer,
            account: "EUR",
            wallet: try self.wallet(),
            origin: origin.rawValue,
            state: state.rawValue,
            credits: "50.0",
            cents: 5000,
            at: WorkerFixture.now() - age.milliseconds
        )
        change(&topUp)
        let left = topUp
        try #require(try await self.store.write { try $0.plan(left) })
    }

    /// Has one bought and declined, so long ago that it is tried again.
    func declined(hoursAgo hours: Int64) async throws -> TopUp {
        try #require(try await self.steps(to: .submitted))
        try self.sandbox.decline(try #require(try await self.bought().first).id)
        try #require(try await self.steps(to: .failed))
        let known = try #require(try await self.topUps().first)
        var earlier = known
        earlier.failures = known.failures.map { KeptTime($0.at - hours * 3_600_000) }
        let moved = earlier
        try #require(try await self.store.write { try $0.move(moved, from: known.state) })
        return try #require(try await self.topUps().first)
    }

    /// What Lago has when the answer to the dead worker's request was lost.
    @discardableResult
    func carryOut(id: String = "11111111-2222-3333-4444-555555555555") async throws -> LagoWalletTransaction {
        try await self.observer.createWalletTransaction(
            LagoTopUpInput(
                walletID: try self.wallet(),
                paidCredits: FixedDecimal(units: 5_000_000),
                metadata: [("sluice_id", id), ("sluice_origin", "automatic")]
            )
        )
    }
}

extension PassingRequest {
    func isPurchase(_ moment: Moment) -> Bool {
        self.moment == moment && self.method == "POST" && self.path == "/wallet_transactions"
    }

    /// A list of a wallet's transactions with our key.
    func isLookUp(_ moment: Moment) -> Bool {
        self.moment == moment && self.method == "GET" && self.query.contains("sluice_id")
    }

    func isRetry(_ moment: Moment) -> Bool {
        self.moment == moment && self.method == "POST" && self.path.hasSuffix("/retry_payment")
    }
}

extension Sandbox {
    /// Counts the purchases and the retries that it was asked for.
    func countPurchases() -> Int { self.requestCount("/wallet_transactions", method: "POST") }
}
