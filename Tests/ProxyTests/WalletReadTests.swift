import Foundation
import Jobs
import LagoAPI
import LagoEvents
import Money
import Proxy
import Rules
import Sandbox
import Store
import TestSupport
import Testing
import Transport
import Worker

/// Wallets with their live balance: from the store, and looked after behind the answer.
@Suite(.timeLimit(.minutes(2))) struct WalletReadTests {
    private static func running(
        isAway: @escaping @Sendable () -> Bool = { false },
        _ body: (APIWorld) async throws -> Void
    ) async throws {
        try await APIWorld.running {
            $0.customers = SandboxPeer.customers(2)
        } routes: { store, client in
            let reads = LagoReads(client: client, store: store, logger: quietLogger, now: APIWorld.now)
            let balances = AccountBalances(store: store, policy: try ThresholdPolicy("20,5,0"))
            return WalletReadRoutes(
                reads: reads,
                balances: balances,
                look: NewJob.look(at:),
                lagoIsAway: isAway,
                now: APIWorld.now
            ).routes
        } body: {
            try await body($0)
        }
    }

    /// Keeps what a look at `cust_1` found so many milliseconds ago.
    private static func keep(_ world: APIWorld, credits: String, cents: Int64, ago: Int64) async throws {
        let customer = CustomerID(rawValue: "cust_1")
        let at = APIWorld.now() - ago
        let wallets = try await world.client.wallets(externalCustomerID: "cust_1")
        try await world.store.write { transaction in
            for wallet in wallets {
                try transaction.save(
                    MirroredWallet(
                        id: wallet.id,
                        customer: customer,
                        status: wallet.status,
                        currency: wallet.currency.code,
                        balanceCents: wallet.balanceCents,
                        object: wallet.json,
                        seenAt: at
                    )
                )
                try transaction.save(live: cents, credits: credits, ofWallet: wallet.id, at: at)
            }
            try transaction.save(
                BalanceReading(
                    customer: customer,
                    account: "EUR",
                    currency: "EUR",
                    settledCents: 10_000,
                    liveCents: cents,
                    credits: credits,
                    at: at
                )
            )
        }
    }

    private static func looks(_ world: APIWorld) async throws -> Int {
        try await world.store.jobs(JobFilter(kind: "look"), limit: 9).count
    }

    @Test func `a fresh balance is told from the store, without a call to Lago`() async throws {
        try await Self.running { world in
            try await Self.keep(world, credits: "18.0", cents: 1800, ago: 1000)
            world.sandbox.forgetRequests()
            let answer = try await world.call("GET", "/wallets?external_customer_id=cust_1")
            #expect(answer.status == 200 && world.sandbox.requestCount() == 0)
            let wallet = try #require(try answer.object["wallet"] as? [String: Any])
            #expect(wallet["total_balance"] as? String == "18.0" && wallet["live_credits_balance"] as? String == "18.0")
            #expect(wallet["live_balance_cents"] as? Int == 1800 && wallet["status_level"] as? String == "low")
            #expect(wallet["lago_id"] is String && wallet["rate_amount"] is String)
            #expect(wallet["balance_as_of"] is String && wallet["runs_out_at"] is NSNull)
            #expect(try (answer.object["wallets"] as? [Any])?.count == 1)
            #expect(try await Self.looks(world) == 0)
            #expect(answer.header("Age").flatMap { Int($0) } ?? 99 < 30 && answer.header("Warning") == nil)
        }
    }

    @Test(arguments: [true, false]) func `an older one is told all the same, and looked after`(isAway: Bool)
        async throws
    {
        try await Self.running(isAway: { isAway }) { world in
            try await Self.keep(world, credits: "-0.5", cents: -50, ago: 60_000)
            let answer = try await world.call("GET", "/wallets?external_customer_id=cust_1")
            let wallet = try #require(try answer.object["wallet"] as? [String: Any])
            #expect(wallet["total_balance"] as? String == "-0.5" && wallet["status_level"] as? String == "empty")
            #expect(answer.header("Age").flatMap { Int($0) } ?? 0 >= 60)
            #expect((answer.header("Warning") != nil) == isAway)
            #expect(try await Self.looks(world) == 1)
        }
    }

    @Test func `a customer nobody has looked at is asked of Lago`() async throws {
        try await Self.running { world in
            #expect(try await world.call("GET", "/wallets?external_customer_id=nobody").status == 404)
            try world.sandbox.createCustomer("empty", email: nil, credits: nil)
            let none = try await world.call("GET", "/wallets?external_customer_id=empty")
            #expect(String(decoding: none.body, as: UTF8.self) == #"{"wallet":null,"wallets":[]}"#)
            let new = try await world.call("GET", "/wallets?external_customer_id=cust_2")
            let wallet = try #require(try new.object["wallet"] as? [String: Any])
            // Nobody works here: the look is asked for, and the answer does not wait for ever.
            #expect(wallet["total_balance"] is NSNull && wallet["credits_balance"] is String)
            #expect(try await Self.looks(world) == 1)
        }
    }

    @Test func `terminated wallets are told when they are asked for`() async throws {
        try await Self.running { world in
            let wallet = try #require(world.sandbox.wallets(of: "cust_1").first)
            _ = try await world.client.raw("DELETE", ["wallets", wallet.id], as: "end_wallet")
            try await Self.keep(world, credits: "0.0", cents: 0, ago: 0)
            let active = try await world.call("GET", "/wallets?external_customer_id=cust_1")
            #expect(try active.object["wallet"] is NSNull && (active.object["wallets"] as? [Any])?.isEmpty == true)
            let all = try await world.call("GET", "/wallets?external_customer_id=cust_1&include_terminated=true")
            #expect(try (all.object["wallets"] as? [[String: Any]])?.map { $0["status"] as? String } == ["terminated"])
        }
    }
}
