private import Foundation
internal import LagoAPI
internal import LagoEvents
internal import Money
internal import Rules
internal import Store

/// The accounts that rules judge, by currency code, or by the id of a restricted wallet that the customer's settings name.
struct JudgedAccounts: Sendable {
    var readings: [String: AccountReading] = [:]
    /// What each of them used, this look included.
    var histories: [String: UsageHistory] = [:]
    /// Those that may be topped up, by currency code.
    var topUpAccounts: [String: TopUpAccount] = [:]

    /// What is kept of the forecasts.
    func forecasts(at now: Int64) throws -> [ForecastRecord] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        return try self.histories.map { account, history in
            let forecast = self.readings[account]?.forecast
            return ForecastRecord(
                account: account,
                history: String(decoding: try encoder.encode(history), as: UTF8.self),
                runsOutAt: forecast?.runsOutAt,
                earliest: forecast?.earliest,
                latest: forecast?.latest,
                at: now
            )
        }
    }
}

extension Looks {
    /// What rules judge after a look.
    func judged(
        _ look: BalanceLook,
        _ settings: CustomerSettings,
        newTransactions: [LagoWalletTransaction] = []
    ) async throws -> JudgedAccounts {
        let known = try await self.store.transactions(ofWallets: look.balance.wallets.map(\.reading.id))
        let ledger = TransactionLedger(new: newTransactions, known: known)
        let before = try await self.histories(of: look.customer)
        var judged = JudgedAccounts()
        /// Takes the look into the account's history; returns what that foretells.
        func foretell(_ account: String, settled: Int64, live: Int64) -> Forecast? {
            var history = before[account] ?? UsageHistory()
            history.note(settled: settled, live: live, at: look.readAt)
            judged.histories[account] = history
            return Forecast(history: history, live: live, at: look.readAt)
        }
        let wallets = try await self.lagoWallets(of: look)
        for account in look.balance.accounts {
            judged.topUpAccounts[account.currency.code] = TopUpAccount(account) { reading in
                let wallet = wallets[reading.id]
                return TopUpAccount.Wallet(
                    id: reading.id,
                    rate: reading.rate,
                    minimum: wallet?.paidTopUpMinimumCents,
                    maximum: wallet?.paidTopUpMaximumCents,
                    hasLagoRule: wallet?.hasThresholdRule ?? false,
                    wasPaidFor: ledger.hasPurchase(of: reading.id)
                )
            }
            let name = account.currency.code
            judged.readings[name] = AccountReading(
                account,
                lastTopUpCredits: ledger.lastTopUp(of: account.walletIDs),
                forecast: foretell(name, settled: account.settled.minorUnits, live: account.live.minorUnits)
            )
        }
        for wallet in look.balance.wallets
        where settings.lowBalance?.restrictedWallets?.contains(wallet.reading.id) == true && wallet.reading.isRestricted
        {
            let name = wallet.reading.id
            judged.readings[name] = AccountReading(
                wallet,
                lastTopUpCredits: ledger.lastTopUp(of: [name]),
                forecast: foretell(name, settled: wallet.settled, live: wallet.live)
            )
        }
        return judged
    }

    /// The wallets as the look read them, else as they were last seen.
    private func lagoWallets(of look: BalanceLook) async throws -> [String: LagoWallet] {
        var wallets = look.wallets
        if wallets.isEmpty {
            wallets = try await self.store.wallets(of: look.customer).compactMap { try? LagoWallet(json: $0.object) }
        }
        return Dictionary(wallets.map { ($0.id, $0) }, uniquingKeysWith: { $1 })
    }

    private func histories(of customer: CustomerID) async throws -> [String: UsageHistory] {
        let kept = try await self.store.forecasts(of: customer)
        return try Dictionary(
            uniqueKeysWithValues: kept.map { record in
                (record.account, try JSONDecoder().decode(UsageHistory.self, from: Data(record.history.utf8)))
            }
        )
    }
}

/// A customer's wallet transactions: those just read, and those read before.
struct TransactionLedger {
    private static let pendingCounts: Int64 = 600_000
    private let transactions: [LagoWalletTransaction]

    init(new: [LagoWalletTransaction], known: [[UInt8]]) {
        let fresh = Set(new.map(\.id))
        self.transactions =
            new + known.compactMap { try? LagoWalletTransaction(json: $0) }.filter { !fresh.contains($0.id) }
    }

    private func inbound(_ wallets: [String], _ status: LagoWalletTransaction.Status) -> [LagoWalletTransaction] {
        self.transactions.filter {
            $0.direction == LagoWalletTransaction.Direction.inbound.rawValue && $0.status == status.rawValue
                && wallets.contains($0.walletID)
        }
    }

    /// Credits of the last purchase or grant that arrived.
    func lastTopUp(of wallets: [String]) -> FixedDecimal? {
        self.inbound(wallets, .settled).max { ($0.settledAt ?? $0.createdAt) < ($1.settledAt ?? $1.createdAt) }?.credits
    }

    /// Whether credits of the wallet were ever paid for.
    func hasPurchase(of wallet: String) -> Bool {
        self.inbound([wallet], .settled).contains { $0.cause == LagoWalletTransaction.Cause.purchased.rawValue }
    }

    /// What was bought in the last ten minutes and is not paid yet.
    func pendingTopUp(of wallets: [String], at now: Int64) -> AccountReading.PendingTopUp? {
        let pending = self.inbound(wallets, .pending).filter { now - $0.createdAt < Self.pendingCounts }
        guard let first = pending.map(\.createdAt).min() else { return nil }
        return AccountReading.PendingTopUp(
            credits: pending.reduce(.zero) { $0.adding($1.credits) },
            since: first
        )
    }
}
