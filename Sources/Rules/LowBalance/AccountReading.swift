package import Money

/// An account at one look: all that thresholds are judged by.
package struct AccountReading: Hashable, Sendable {
    /// Top-ups that are under way: of several, the sum of those that began in the last ten minutes.
    package struct PendingTopUp: Hashable, Sendable {
        package let credits: FixedDecimal
        /// When it began, in Unix milliseconds; of several, the first.
        package let since: Int64

        package init(credits: FixedDecimal, since: Int64) {
            self.credits = credits
            self.since = since
        }
    }

    /// Live, negative when usage ran ahead.
    package let credits: FixedDecimal
    /// The same in money.
    package let amount: Amount
    /// Major units for one credit: tells which is the lower of a threshold in credits and one in money.
    package let rate: FixedDecimal
    /// nil before the first top-up.
    package let lastTopUpCredits: FixedDecimal?
    /// When it meets zero; nil where there is no telling.
    package let forecast: Forecast?
    package let pendingTopUp: PendingTopUp?

    package init(
        credits: FixedDecimal,
        amount: Amount,
        rate: FixedDecimal,
        lastTopUpCredits: FixedDecimal? = nil,
        forecast: Forecast? = nil,
        pendingTopUp: PendingTopUp? = nil
    ) {
        self.credits = credits
        self.amount = amount
        self.rate = rate
        self.lastTopUpCredits = lastTopUpCredits
        self.forecast = forecast
        self.pendingTopUp = pendingTopUp
    }

    package init(
        _ account: LiveBalance.Account,
        lastTopUpCredits: FixedDecimal? = nil,
        forecast: Forecast? = nil,
        pendingTopUp: PendingTopUp? = nil
    ) {
        self.init(
            credits: account.liveCredits,
            amount: account.live,
            rate: account.rate,
            lastTopUpCredits: lastTopUpCredits,
            forecast: forecast,
            pendingTopUp: pendingTopUp
        )
    }

    /// A restricted wallet that a customer's settings name is judged for itself.
    package init(
        _ wallet: LiveBalance.Wallet,
        lastTopUpCredits: FixedDecimal? = nil,
        forecast: Forecast? = nil,
        pendingTopUp: PendingTopUp? = nil
    ) {
        self.init(
            credits: wallet.liveCredits,
            amount: Amount(minorUnits: wallet.live, currency: wallet.reading.currency),
            rate: wallet.reading.rate,
            lastTopUpCredits: lastTopUpCredits,
            forecast: forecast,
            pendingTopUp: pendingTopUp
        )
    }

    /// The same with another top-up that is not paid yet.
    package func with(pendingTopUp: PendingTopUp?) -> AccountReading {
        AccountReading(
            credits: self.credits,
            amount: self.amount,
            rate: self.rate,
            lastTopUpCredits: self.lastTopUpCredits,
            forecast: self.forecast,
            pendingTopUp: pendingTopUp
        )
    }

    /// Unix milliseconds.
    package var runsOutAt: Int64? { self.forecast?.runsOutAt }

    /// Nothing is left, or less than nothing.
    package var isEmpty: Bool { self.credits <= .zero }
}
