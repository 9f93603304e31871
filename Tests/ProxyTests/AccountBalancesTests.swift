import Foundation
import LagoEvents
import Money
import Proxy
import Rules
import Store
import TestSupport
import Testing

/// A customer's accounts, from what the store has of them.
struct AccountBalancesTests {
    private let folder: TemporaryFolder
    private let store: Store
    private let customer = CustomerID(rawValue: "c")

    init() throws {
        self.folder = try TemporaryFolder()
        self.store = try Store(path: self.folder.path("sluice.db"))
    }

    private func accounts(_ policy: String = "20,5,0") async throws -> [AccountBalance] {
        try await AccountBalances(store: self.store, policy: try ThresholdPolicy(policy)).standing(of: self.customer)
            .accounts
    }

    private func save(_ credits: String, account: String = "EUR", at now: Int64 = 1_000) async throws {
        let reading = BalanceReading.of(self.customer, credits, account: account, at: now)
        try await self.store.write { try $0.save(reading) }
    }

    @Test(arguments: [
        ("42.5", "ok"), ("20.0", "low"), ("5.00001", "low"), ("5.0", "critical"), ("0.0", "empty"), ("-3.25", "empty"),
    ])
    func `the level follows the thresholds`(credits: String, level: String) async throws {
        try await self.save(credits)
        let account = try #require(try await self.accounts().first)
        #expect(account.credits == credits)
        #expect(account.level?.rawValue == level)
        #expect(account.runsOutAt == nil && account.asOf == 1_000)
    }

    @Test func `a customer's own thresholds come before the operator's`() async throws {
        try await self.save("42.5")
        let customer = self.customer
        try await self.store.write {
            try $0.save(settings: #"{"low_balance":{"thresholds":["50","45"]}}"#, of: customer, at: 1)
        }
        #expect(try await self.accounts().first?.level == .critical)
    }

    @Test func `a threshold in days looks at the forecast of the account`() async throws {
        try await self.save("42.5")
        let (customer, day) = (self.customer, Int64(86_400_000))
        let record = ForecastRecord(
            account: "EUR",
            history: "{}",
            runsOutAt: 1_000 + 2 * day,
            earliest: 1_000 + day,
            latest: nil,
            at: 1_000
        )
        #expect(try await self.accounts("3d").first?.level == .ok)
        try await self.store.write { try $0.save(record, of: customer) }
        let account = try #require(try await self.accounts("3d").first)
        #expect(account.level == .critical && account.runsOutAt == 1_000 + 2 * day)
    }

    @Test func `a share of the last top-up is judged by the last that was settled`() async throws {
        try await self.save("42.5")
        #expect(try await self.accounts("10%").first?.level == .ok)
        let (customer, topUps) = (
            self.customer, [("1", "200.0", "settled"), ("2", "500.0", "settled"), ("3", "1.0", "pending")]
        )
        try await self.store.write { transaction in
            try transaction.save(MirroredWallet.of(customer, id: "w", "active"))
            for (id, credits, status) in topUps {
                try transaction.save(MirroredTransaction.of("w", id: id, credits: credits, status: status))
            }
        }
        #expect(try await self.accounts("10%").first?.level == .critical)
        #expect(try await self.accounts("8%").first?.level == .ok)
    }

    @Test func `an account whose wallets are all terminated is none any more`() async throws {
        try await self.save("42.5")
        let customer = self.customer
        for (status, count) in [("active", 1), ("terminated", 0)] {
            try await self.store.write { try $0.save(MirroredWallet.of(customer, id: "w", status)) }
            #expect(try await self.accounts().count == count)
        }
    }

    @Test func `a restricted wallet is shown while the settings name it`() async throws {
        try await self.save("42.5")
        try await self.save("1.5", account: "wallet-1")
        #expect(try await self.accounts().map(\.account) == ["EUR"])
        let customer = self.customer
        try await self.store.write {
            try $0.save(settings: #"{"low_balance":{"restricted_wallets":["wallet-1"]}}"#, of: customer, at: 1)
        }
        let accounts = try await self.accounts()
        #expect(accounts.map(\.account) == ["EUR", "wallet-1"])
        #expect(accounts.map(\.currency) == ["EUR", "EUR"])
        #expect(accounts.last?.level == .critical)
    }

    @Test func `the revision grows with each new value and with nothing else`() async throws {
        let balances = AccountBalances(store: self.store, policy: .none)
        #expect(try await balances.standing(of: self.customer).revision == 0)
        var revisions: [Int64] = []
        for (credits, account) in [("2.0", "EUR"), ("2.0", "EUR"), ("1.0", "USD"), ("1.5", "EUR")] {
            try await self.save(credits, account: account)
            revisions.append(try await balances.standing(of: self.customer).revision)
        }
        #expect(revisions[0] == revisions[1] && revisions[1] < revisions[2] && revisions[2] < revisions[3])
        let reopened = try Store(path: self.store.path)
        let again = AccountBalances(store: reopened, policy: .none)
        #expect(try await again.standing(of: self.customer).revision == revisions[3])
    }
}

extension BalanceReading {
    /// A reading of an account in euros, or of a restricted wallet.
    static func of(
        _ customer: CustomerID,
        _ credits: String,
        account: String = "EUR",
        at now: Int64 = 1_000
    ) -> BalanceReading {
        BalanceReading(
            customer: customer,
            account: account,
            currency: account.count == 3 ? account : "EUR",
            settledCents: 10_000,
            liveCents: (FixedDecimal(credits)?.units ?? 0) / 1_000,
            credits: credits,
            at: now
        )
    }
}

extension MirroredWallet {
    static func of(_ customer: CustomerID, id: String, _ status: String) -> MirroredWallet {
        let object = """
            {"lago_id":"\(id)","external_customer_id":"\(customer.rawValue)","status":"\(status)","currency":"EUR",\
            "rate_amount":"1.0","credits_balance":"9.0","balance_cents":900,"ongoing_balance_cents":900,\
            "created_at":"2026-01-01T00:00:00Z"}
            """
        return MirroredWallet(
            id: id,
            customer: customer,
            status: status,
            currency: "EUR",
            balanceCents: 900,
            object: Array(object.utf8),
            seenAt: 1
        )
    }
}

extension MirroredTransaction {
    /// A purchase; later ids were made later.
    static func of(_ wallet: String, id: String, credits: String, status: String) -> MirroredTransaction {
        let object = """
            {"lago_id":"\(id)","lago_wallet_id":"\(wallet)","status":"\(status)","transaction_type":"inbound",\
            "transaction_status":"purchased","credit_amount":"\(credits)","amount":"\(credits)",\
            "created_at":"2026-01-0\(id)T00:00:00Z"}
            """
        return MirroredTransaction(
            id: id,
            wallet: wallet,
            type: "inbound",
            status: status,
            createdAt: Int64(id) ?? 0,
            object: Array(object.utf8),
            seenAt: 1
        )
    }
}
