package import Money
package import Rules
package import Store
private import Telemetry

/// The live balance of one of a customer's accounts, as the API, the stream and the command show it.
package struct AccountBalance: Hashable, Sendable {
    /// A currency's code, or Lago's id of a restricted wallet that is judged for itself.
    package let account: String
    package let currency: String
    /// Live credits in plain notation with at least one decimal: `18.0`, `-5.3`.
    package let credits: String
    /// The same in the currency's smallest unit, as Lago counts it.
    package let cents: Int64
    /// nil for an amount that cannot be read.
    package let level: StatusLevel?
    /// When it meets zero, in Unix milliseconds; nil where there is no telling.
    package let runsOutAt: Int64?
    /// When it was last seen so, in Unix milliseconds.
    package let asOf: Int64

    /// It is a restricted wallet's, not the sum of a customer's others in a currency.
    package var isOfWallet: Bool { self.account != self.currency }

    /// - Parameters:
    ///   - lastTopUp: credits of the last top-up: thresholds that are a share of it do not count without.
    ///   - policy: the customer's own thresholds, else the operator's.
    package init(
        _ reading: BalanceReading,
        forecast: ForecastRecord?,
        lastTopUp: FixedDecimal? = nil,
        policy: ThresholdPolicy
    ) {
        let credits = FixedDecimal(reading.credits)
        self.account = reading.account
        self.currency = reading.currency
        self.credits = credits?.description ?? reading.credits
        self.cents = reading.liveCents
        self.runsOutAt = forecast?.runsOutAt
        self.asOf = reading.seenAt
        guard let credits, let currency = Currency(reading.currency) else {
            self.level = nil
            return
        }
        let account = AccountReading(
            credits: credits,
            amount: Amount(minorUnits: reading.liveCents, currency: currency),
            // The rate does not count for what credits and money say by themselves.
            rate: .zero,
            lastTopUpCredits: lastTopUp,
            forecast: forecast.flatMap { forecast in
                guard let runsOutAt = forecast.runsOutAt, let earliest = forecast.earliest else { return nil }
                return Forecast(runsOutAt: runsOutAt, earliest: earliest, latest: forecast.latest)
            }
        )
        self.level = StatusLevel(of: account, under: policy, at: reading.seenAt)
    }

    /// The members of its JSON object.
    var members: [(name: String, value: JSONText)] {
        [("account", .text(self.account)), ("currency", .text(self.currency))] + self.liveMembers
    }

    /// What the account says of itself, without its name: also what is added to each of its wallets.
    package var liveMembers: [(name: String, value: JSONText)] {
        [
            ("live_credits_balance", .text(self.credits)), ("live_balance_cents", .integer(self.cents)),
            ("status_level", .optional(self.level?.rawValue)),
            ("runs_out_at", .optional(self.runsOutAt.map { Timestamp.text(milliseconds: $0) })),
            ("balance_as_of", .text(Timestamp.text(milliseconds: self.asOf))),
        ]
    }
}
