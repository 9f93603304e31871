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
    let client: LagoClient
    let fixture: WorkerFixture
    let allowance: TopUpAllowance

    var store: Store { self.fixture.store }
    var sandbox: Sandbox { self.lago.sandbox }

    /// - Parameter credits: what the wallet holds.
    static func running(
        credits: String = "15",
        provider: String? = "stripe",
        payments: SandboxConfiguration.Payments = .wait,
        allowance: TopUpAllowance = Self.allowance(),
        body: (TopUpWorld) async throws -> Void
    ) async throws {
        try await SandboxPeer.running {
            $0.payments = payments
            $0.customers = [
                .init(
                    externalID: "c",
                    name: "Ada",
                    email: "ada@example.test",
                    credits: credits,
                    paymentProvider: provider
                )
            ]
        } body: { lago in
            let client = try LookTests.client(of: lago, deadline: .seconds(1))
            try await body(
                TopUpWorld(lago: lago, client: client, fixture: try WorkerFixture(), allowance: allowance)
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
        TopUpWorld(lago: self.lago, client: self.client, fixture: try WorkerFixture(), allowance: self.allowance)
    }

    /// The same file and Lago, by another client.
    func asking(_ client: LagoClient) -> TopUpWorld {
        TopUpWorld(lago: self.lago, client: client, fixture: self.fixture, allowance: self.allowance)
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

    var desk: TopUpDesk { self.desk(at: WorkerFixture.now) }

    private func desk(at now: @escaping @Sendable () -> Int64) -> TopUpDesk {
        TopUpDesk(store: self.store, allowance: self.allowance, now: now)
    }

    /// Takes steps by a clock that is ahead.
    func steps(aheadBy time: Duration, count: Int = 2) async throws {
        for _ in 0..<count { try await self.step(aheadBy: time) }
    }

    /// A new handler takes one step.
    ///
    /// - Parameter time: how far the worker's clock is ahead of Lago's.
    @discardableResult
    func step(aheadBy time: Duration = .zero) async throws -> JobOutcome {
        let now: @Sendable () -> Int64 = { WorkerFixture.now() + time.milliseconds }
        let looks = Looks(
            reader: BalanceReader(client: self.client, now: now),
            store: self.store,
            fresh: FreshReadings()
        )
        let handler = TopUpHandler(
            desk: self.desk(at: now),
            looks: looks,
            client: self.client,
            store: self.store,
            outbox: try await self.fixture.outbox(),
            grace: Self.grace,
            logger: quietLogger,
            now: now
        )
        return try await handler(
            Lease(
                jobID: JobID(rawValue: 1),
                kind: .topUp,
                key: "c",
                customer: "c",
                arguments: nil,
                owner: "test",
                claim: 1,
                attempt: 1,
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
        return try await self.client.walletTransactions(walletID: self.wallet(), filter: filter).all()
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

    /// What Lago has when the answer to the dead worker's request was lost.
    @discardableResult
    func carryOut(id: String = "11111111-2222-3333-4444-555555555555") async throws -> LagoWalletTransaction {
        try await self.client.createWalletTransaction(
            LagoTopUpInput(
                walletID: try self.wallet(),
                paidCredits: FixedDecimal(units: 5_000_000),
                metadata: [("sluice_id", id), ("sluice_origin", "automatic")]
            )
        )
    }
}
