private import Foundation
package import LagoAPI
internal import LagoEvents
private import Money
internal import Rules
package import Store

/// Looks at customers' balances: reads Lago, and joins it with what the store knows.
package struct Looks: Sendable {
    /// A look, with the accounts that rules judge.
    struct Result: Sendable {
        let look: BalanceLook
        let settings: CustomerSettings
        let judged: JudgedAccounts
        /// Transactions that were not known yet, or not known to be settled.
        let transactions: [LagoWalletTransaction]
    }

    /// Pages of transactions that one look reads of a wallet; a sweep finds what is further back.
    private static let pagesRead = 3

    let reader: BalanceReader
    let store: Store
    let fresh: FreshReadings
    let latest: LatestLooks

    package init(reader: BalanceReader, store: Store, fresh: FreshReadings) {
        self.init(reader: reader, store: store, fresh: fresh, latest: LatestLooks())
    }

    private init(reader: BalanceReader, store: Store, fresh: FreshReadings, latest: LatestLooks) {
        self.reader = reader
        self.store = store
        self.fresh = fresh
        self.latest = latest
    }

    /// Looks that ask through another client.
    package func asking(_ client: LagoClient) -> Looks {
        Looks(reader: self.reader.asking(client), store: self.store, fresh: self.fresh, latest: self.latest)
    }

    /// - Throws: `LagoError`, or what the store throws.
    func look(at customer: CustomerID) async throws -> Result {
        let settings = try CustomerSettings(json: try await self.store.customerSettings(customer.rawValue))
        let look = try await self.reader.look(at: customer, kept: try await self.kept(customer))
        let transactions = try await self.newTransactions(look)
        let judged = try await self.judged(look, settings, newTransactions: transactions)
        self.fresh.keep(judged.readings, of: customer, readAt: look.readAt)
        return Result(look: look, settings: settings, judged: judged, transactions: transactions)
    }

    /// The customer as Lago has it now.
    func customer(_ id: CustomerID) async throws -> LagoCustomer {
        try await self.reader.client.customer(externalID: id.rawValue)
    }

    /// An account as read a moment ago, else as a look finds it now, with top-ups that are under way; nil where it has no
    /// active wallet any more.
    func freshAccount(_ account: String, of customer: CustomerID, at now: Int64) async throws -> AccountReading? {
        if let accounts = self.fresh.accounts(of: customer, at: now) { return accounts[account] }
        let result = try await self.look(at: customer)
        guard let reading = result.judged.readings[account] else { return nil }
        return try await self.withPendingTopUps(
            reading,
            account: account,
            of: customer,
            wallets: result.look.wallets(of: account),
            at: now
        )
    }

    func kept(_ customer: CustomerID) async throws -> [HeldUsage.Kept] {
        guard let json = try await self.store.heldUsage(of: customer) else { return [] }
        return try JSONDecoder().decode([HeldUsage.Kept].self, from: Data(json.utf8))
    }

    /// Transactions of wallets that are not as they were last seen, newest first, until one that is known.
    private func newTransactions(_ look: BalanceLook) async throws -> [LagoWalletTransaction] {
        let known = Dictionary(
            uniqueKeysWithValues: try await self.store.wallets(of: look.customer).map { ($0.id, $0.object) }
        )
        var found: [LagoWalletTransaction] = []
        for wallet in look.wallets where known[wallet.id] != wallet.json {
            let newest = try await self.store.newestTransaction(ofWallet: wallet.id)
            var pages = try self.reader.client.walletTransactions(walletID: wallet.id).makeAsyncIterator()
            for _ in 0..<Self.pagesRead {
                guard let batch = try await pages.next(), !batch.isEmpty else { break }
                found += batch
                if let newest, batch.contains(where: { $0.createdAt < newest }) { break }
            }
        }
        return found
    }

    /// The reading with what was bought and is not paid yet, which shows nowhere in the wallet: asked for only where a
    /// mail depends on it.
    func withPendingTopUps(
        _ reading: AccountReading,
        account: String,
        of customer: CustomerID,
        wallets: [String],
        at now: Int64
    ) async throws -> AccountReading {
        var pending: [LagoWalletTransaction] = []
        for id in wallets {
            let filter = LagoTransactionFilter(status: .pending, direction: .inbound)
            var pages = try self.reader.client.walletTransactions(walletID: id, filter: filter).makeAsyncIterator()
            pending += try await pages.next() ?? []
        }
        let topUp = TransactionLedger(new: pending, known: []).pendingTopUp(of: wallets, at: now)
        let whole = reading.with(pendingTopUp: topUp)
        self.fresh.replace(account, of: customer, with: whole)
        return whole
    }
}
