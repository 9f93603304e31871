package import LagoEvents
private import Money
package import Rules
package import Store

/// An account as the API shows it.
package struct AccountBalance: Hashable, Sendable {
    /// A currency's code, or the id of a restricted wallet that is judged for itself.
    package let account: String
    package let currency: String
    /// Live, a decimal in plain notation.
    package let credits: String
    /// Live, in the currency's smallest unit as Lago counts it.
    package let cents: Int64
    package let level: StatusLevel
    /// Unix milliseconds; nil where there is no telling.
    package let runsOutAt: Int64?
    /// When it was last seen so, in Unix milliseconds.
    package let seenAt: Int64

    /// It is the sum of a customer's unrestricted wallets of a currency.
    package var isUnrestricted: Bool { self.account == self.currency }
}

/// What the store knows of customers' live balances, judged by their own thresholds.
package struct AccountBalances: Sendable {
    private let store: Store
    private let policy: ThresholdPolicy

    /// - Parameter policy: for customers without thresholds of their own.
    package init(store: Store, policy: ThresholdPolicy) {
        self.store = store
        self.policy = policy
    }

    /// A customer's accounts as last seen, by name; none before the first look.
    package func accounts(of customer: CustomerID) async throws -> [AccountBalance] {
        try self.accounts(try await self.store.standing(of: customer))
    }

    /// The same of what was read already.
    package func accounts(_ standing: CustomerStanding) throws -> [AccountBalance] {
        let policy = try CustomerSettings(json: standing.settings).policy(default: self.policy)
        return standing.balances.compactMap { reading in
            let forecast = standing.forecasts.first { $0.account == reading.account }
            guard let account = AccountReading(reading, forecast) else { return nil }
            return AccountBalance(
                account: reading.account,
                currency: reading.currency,
                credits: reading.credits,
                cents: reading.liveCents,
                level: StatusLevel(of: account, under: policy, at: reading.seenAt),
                runsOutAt: forecast?.runsOutAt,
                seenAt: reading.seenAt
            )
        }
    }
}

extension AccountReading {
    /// A reading as it is kept. The rate does not count for what credits and money say by themselves.
    package init?(_ reading: BalanceReading, _ forecast: ForecastTimes?) {
        guard let credits = FixedDecimal(reading.credits), let currency = Currency(reading.currency) else { return nil }
        var times: Forecast?
        if let forecast, let runsOutAt = forecast.runsOutAt, let earliest = forecast.earliest {
            times = Forecast(runsOutAt: runsOutAt, earliest: earliest, latest: forecast.latest)
        }
        self.init(
            credits: credits,
            amount: Amount(minorUnits: reading.liveCents, currency: currency),
            rate: .zero,
            forecast: times
        )
    }
}
