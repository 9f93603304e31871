import Money
import Rules

extension Sample {
    static func account(
        _ credits: String,
        cents: Int64? = nil,
        rate: String = "1",
        lastTopUp: String? = nil,
        runsOutAt: Int64? = nil,
        topUp: AccountReading.PendingTopUp? = nil
    ) throws -> AccountReading {
        let credits = try self.decimal(credits)
        let currency = try self.currency()
        let worth = credits.cents(rate: try self.decimal(rate), currency: currency)
        return AccountReading(
            credits: credits,
            amount: Amount(minorUnits: cents ?? worth, currency: currency),
            rate: try self.decimal(rate),
            lastTopUpCredits: try lastTopUp.map(self.decimal),
            forecast: runsOutAt.map { Forecast(runsOutAt: $0, earliest: $0, latest: $0) },
            pendingTopUp: topUp
        )
    }
}
