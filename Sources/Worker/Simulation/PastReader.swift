private import LagoAPI
internal import LagoEvents
internal import Money
internal import Rules
internal import Store

/// Reads what is stored of accounts' pasts.
struct PastReader: Sendable {
    private static let transactionsRead = 1000

    private let store: Store
    private let period: Range<Int64>

    init(store: Store, period: Range<Int64>) {
        self.store = store
        self.period = period
    }

    /// What is known of an account.
    struct Found: Sendable {
        let past: AccountPast
        /// nil where the customer was never seen.
        let hasPaymentProvider: Bool?
        let assumed: Set<SimulatedAccount.Assumption>
    }

    private var start: Int64 { self.period.lowerBound - Simulation.leadIn }

    func accounts(of customer: CustomerID?) async throws -> [KnownAccount] {
        try await self.store.accounts(of: customer)
    }

    func settings(of customer: CustomerID) async throws -> CustomerSettings {
        try CustomerSettings(json: try await self.store.customerSettings(customer.rawValue))
    }

    func looks(of customer: CustomerID?) async throws -> [CustomerID: [Int64]] {
        try await self.store.eventMinutes(of: customer, from: self.start, to: self.period.upperBound)
    }

    /// Whether Lago's transactions carry metadata, as they do where nobody has seen one.
    func hasTransactionMetadata() async throws -> Bool {
        try await self.store.lagoEdition().hasTransactionMetadata ?? true
    }

    /// - Returns: nil for what is not judged (a restricted wallet that the settings do not name), and where nothing is
    ///   stored of the time.
    func past(of known: KnownAccount, _ settings: CustomerSettings, looks: [Int64]) async throws -> Found? {
        let isAccount = Currency(known.account) != nil
        guard isAccount || settings.lowBalance?.restrictedWallets?.contains(known.account) == true else { return nil }
        let readings = try await self.store.balances(of: known, from: self.start, to: self.period.upperBound)
        guard let currency = readings.last.flatMap({ Currency($0.currency) }) else { return nil }
        let topUps = try await self.store.topUps(of: known.customer, account: known.account)
        let (wallets, assumption) = try await self.wallets(of: known, isAccount: isAccount)
        let transactions = try await self.store.transactions(ofWallets: wallets.map(\.id), limit: Self.transactionsRead)
            .compactMap { try? LagoWalletTransaction(json: $0) }
        let ours = Set(
            topUps.filter { ($0.settled?.at ?? .min) >= self.period.lowerBound && $0.origin == "automatic" }
                .compactMap(\.transactionID)
        )
        let person = try await self.store.customer(known.customer).flatMap { try? LagoCustomer(json: $0.object) }
        let past = AccountPast(
            currency: currency,
            rate: wallets.first?.rate,
            values: readings.compactMap(AccountPast.Value.init),
            arrivals: transactions.filter { !ours.contains($0.id) }.compactMap(AccountPast.Arrival.init),
            wallets: isAccount ? Self.payers(wallets, transactions) : [],
            topUps: topUps.compactMap(TopUpRecord.init),
            looks: looks
        )
        return Found(
            past: past,
            hasPaymentProvider: person.map { $0.paymentProvider != nil },
            assumed: Set([assumption].compactMap { $0 })
        )
    }

    /// The account's wallets as last seen, in paying order; those that were terminated where no other is left. Of a
    /// restricted wallet's account, that one.
    private func wallets(
        of known: KnownAccount,
        isAccount: Bool
    ) async throws -> (wallets: [LagoWallet], assumption: SimulatedAccount.Assumption?) {
        let all = try await self.store.wallets(of: known.customer).compactMap { try? LagoWallet(json: $0.object) }
        guard isAccount else { return (all.filter { $0.id == known.account }, nil) }
        let ours = all.filter { $0.currency.code == known.account && !WalletReading($0).isRestricted }
            .sorted { WalletReading.paysBefore(WalletReading($0), WalletReading($1)) }
        let active = ours.filter(\.isActive)
        if !active.isEmpty { return (active, nil) }
        return (ours, ours.isEmpty ? .noWallet : .terminatedWallet)
    }

    private static func payers(
        _ wallets: [LagoWallet],
        _ transactions: [LagoWalletTransaction]
    ) -> [TopUpAccount.Wallet] {
        let ledger = TransactionLedger(new: transactions, known: [])
        return wallets.map { wallet in
            TopUpAccount.Wallet(wallet, wasPaidFor: ledger.hasPurchase(of: wallet.id))
        }
    }
}

extension TopUpAccount.Wallet {
    fileprivate init(_ wallet: LagoWallet, wasPaidFor: Bool) {
        self.init(
            id: wallet.id,
            rate: wallet.rate,
            minimum: wallet.paidTopUpMinimumCents,
            maximum: wallet.paidTopUpMaximumCents,
            hasLagoRule: wallet.hasThresholdRule,
            wasPaidFor: wasPaidFor
        )
    }
}

extension AccountPast.Value {
    /// Nil for a row that a later version wrote.
    fileprivate init?(_ reading: BalanceReading) {
        guard let credits = FixedDecimal(reading.credits) else { return nil }
        self.init(
            at: reading.at,
            seenAt: reading.seenAt,
            settled: reading.settledCents,
            live: reading.liveCents,
            credits: credits
        )
    }
}

extension AccountPast.Arrival {
    /// Credits that were bought or granted, once they are there.
    fileprivate init?(_ transaction: LagoWalletTransaction) {
        guard transaction.direction == LagoWalletTransaction.Direction.inbound.rawValue,
            transaction.status == LagoWalletTransaction.Status.settled.rawValue
        else { return nil }
        self.init(at: transaction.settledAt ?? transaction.createdAt, credits: transaction.credits)
    }
}
