package import Money

/// What a customer's wallets are worth once the usage that is not billed yet is taken off.
///
/// Open-source Lago refreshes its own figure only when a wallet is credited or debited, so it is computed here, by
/// Lago's rule (`lago.md` 4.4). Read the wallets first, then the usage, then the invoices: what is billed in between
/// is then missing from the balance for one look, rather than taken off twice, and no false alarm follows.
///
/// Rounding: money is exact in minor units throughout. Credits are minor units over the wallet's rate, to five
/// decimals, half rounded away from zero; an account's credits are the sum of its wallets'.
package struct LiveBalance: Hashable, Sendable {
    /// One active wallet.
    package struct Wallet: Hashable, Sendable {
        package let reading: WalletReading
        /// The part of the usage that falls on this wallet, in minor units.
        package let usage: Int64

        /// Minor units, before usage.
        package var settled: Int64 { self.reading.balance }
        /// Minor units after usage; negative when usage ran ahead.
        package var live: Int64 { Int64(clamping: Int128(self.settled) - Int128(self.usage)) }
        package var settledCredits: FixedDecimal { self.reading.credits(self.settled) }
        package var usageCredits: FixedDecimal { self.reading.credits(self.usage) }
        package var liveCredits: FixedDecimal { self.reading.credits(self.live) }
    }

    /// A customer's unrestricted active wallets of one currency, over which usage cascades: what rules judge.
    package struct Account: Hashable, Sendable {
        package let currency: Currency
        /// In the order in which they pay; at least one.
        package let wallets: [Wallet]

        package var walletIDs: [String] { self.wallets.map(\.reading.id) }
        package var settled: Amount { self.sum(\.settled) }
        package var live: Amount { self.sum(\.live) }
        package var liveCredits: FixedDecimal { self.wallets.reduce(.zero) { $0.adding($1.liveCredits) } }
        /// The price of a credit in the wallet that pays first.
        package var rate: FixedDecimal { self.wallets.first?.reading.rate ?? .zero }

        private func sum(_ minorUnits: KeyPath<Wallet, Int64>) -> Amount {
            let sum = self.wallets.reduce(Int128(0)) { $0 + Int128($1[keyPath: minorUnits]) }
            return Amount(minorUnits: Int64(clamping: sum), currency: self.currency)
        }
    }

    /// All active wallets, in the order in which they pay.
    package let wallets: [Wallet]
    /// One for each currency that has an unrestricted active wallet, by code.
    package let accounts: [Account]
    /// Usage and drafts that no active wallet may pay, by currency; amounts of zero are left out.
    package let unpayable: [Amount]

    /// - Parameters:
    ///   - wallets: all of one customer; terminated ones are left out here.
    ///   - usages: what is to be deducted, periods that ended without an invoice included (`HeldUsage`).
    ///   - drafts: totals of invoices that are not final yet. What they are for is not known, so that only
    ///     unrestricted wallets pay them.
    ///   - isOngoingFresh: Lago keeps its own ongoing balance fresh (premium), and it is taken as it is.
    package init(
        wallets: [WalletReading],
        usages: [UsageReading],
        drafts: [Amount] = [],
        isOngoingFresh: Bool = false
    ) {
        let paying = wallets.filter(\.isActive).sorted(by: WalletReading.paysBefore)
        let allocation = Allocation(of: Allocation.buckets(usages: usages, drafts: drafts), over: paying)
        let shown = zip(paying, allocation.taken).map { wallet, taken in
            let ongoing = Int64(clamping: Int128(wallet.balance) - Int128(wallet.ongoingBalance))
            return Wallet(reading: wallet, usage: isOngoingFresh ? ongoing : taken)
        }
        self.wallets = shown
        let open = Dictionary(grouping: shown.filter { !$0.reading.isRestricted }, by: \.reading.currency)
        self.accounts = open.map { Account(currency: $0, wallets: $1) }.sorted { $0.currency < $1.currency }
        self.unpayable = allocation.unpayable.map { Amount(minorUnits: $1, currency: $0) }
            .sorted { $0.currency < $1.currency }
    }
}
