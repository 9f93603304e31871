package import Money

/// An account at one look, as the decision about a top-up needs it.
package struct TopUpAccount: Hashable, Sendable {
    /// An unrestricted active wallet.
    package struct Wallet: Hashable, Sendable {
        package let id: String
        /// Major units for one credit.
        package let rate: FixedDecimal
        /// `paid_top_up_min_amount_cents`.
        package let minimum: Int64?
        /// `paid_top_up_max_amount_cents`.
        package let maximum: Int64?
        /// It has a recurring rule with trigger `threshold`: Lago may top it up by itself.
        package let hasLagoRule: Bool
        /// Credits were ever bought for it.
        package let wasPaidFor: Bool

        package init(
            id: String,
            rate: FixedDecimal,
            minimum: Int64? = nil,
            maximum: Int64? = nil,
            hasLagoRule: Bool = false,
            wasPaidFor: Bool = false
        ) {
            self.id = id
            self.rate = rate
            self.minimum = minimum
            self.maximum = maximum
            self.hasLagoRule = hasLagoRule
            self.wasPaidFor = wasPaidFor
        }
    }

    package let currency: Currency
    /// Live credits, negative when usage ran ahead.
    package let credits: FixedDecimal
    /// In the order in which they pay; none where the last one was terminated.
    package let wallets: [Wallet]

    package init(currency: Currency, credits: FixedDecimal, wallets: [Wallet]) {
        self.currency = currency
        self.credits = credits
        self.wallets = wallets
    }

    /// - Parameter facts: what a wallet's reading does not hold, by the wallet's id.
    package init(_ account: LiveBalance.Account, wallet facts: (WalletReading) -> Wallet) {
        self.init(
            currency: account.currency,
            credits: account.liveCredits,
            wallets: account.wallets.map { facts($0.reading) }
        )
    }

    /// Which wallet gets the credits: the last in paying order that was ever paid for, else the last. Usage that no
    /// wallet can pay falls on the last one.
    package var receiver: Wallet? { self.wallets.last(where: \.wasPaidFor) ?? self.wallets.last }
}

/// What is known of Lago, and of the customer there.
package struct TopUpFacts: Hashable, Sendable {
    /// Lago's transactions were compared with ours since the start, the restore or the idle hour.
    package let historyIsKnown: Bool
    /// From v1.9.0 on.
    package let hasTransactionMetadata: Bool
    /// The customer has a way to be charged.
    package let hasPaymentProvider: Bool
    /// When Lago last refused our key; nil once it took it again.
    package let refused: ClockTime?

    package init(
        historyIsKnown: Bool,
        hasTransactionMetadata: Bool,
        hasPaymentProvider: Bool,
        refused: ClockTime? = nil
    ) {
        self.historyIsKnown = historyIsKnown
        self.hasTransactionMetadata = hasTransactionMetadata
        self.hasPaymentProvider = hasPaymentProvider
        self.refused = refused
    }
}
