package import Money

/// A wallet as Lago showed it: what the live balance is computed from.
///
/// - Unit: `balance` and `ongoingBalance` count the currency's minor units; `rate` is major units for one credit.
/// - Source: Lago's wallet object by REST; a webhook's has no `applies_to`, and says nothing of restrictions.
package struct WalletReading: Hashable, Sendable {
    /// Lago's id, a UUID.
    package let id: String
    package let name: String?
    package let code: String?
    package let currency: Currency
    /// Settled: `balance_cents`.
    package let balance: Int64
    /// `rate_amount`: the price of a credit.
    package let rate: FixedDecimal
    /// 1 pays first.
    package let priority: Int
    /// Unix milliseconds.
    package let createdAt: Int64
    /// `applies_to.fee_types`; with no `metricCodes` beside it, empty means no restriction.
    package let feeTypes: [String]
    /// `applies_to.billable_metric_codes`.
    package let metricCodes: [String]
    package let isActive: Bool
    /// Lago's own `ongoing_balance_cents`; stale wherever Lago does not refresh it by itself.
    package let ongoingBalance: Int64

    package init(
        id: String,
        name: String? = nil,
        code: String? = nil,
        currency: Currency,
        balance: Int64,
        rate: FixedDecimal,
        priority: Int = 50,
        createdAt: Int64,
        feeTypes: [String] = [],
        metricCodes: [String] = [],
        isActive: Bool = true,
        ongoingBalance: Int64
    ) {
        self.id = id
        self.name = name
        self.code = code
        self.currency = currency
        self.balance = balance
        self.rate = rate
        self.priority = priority
        self.createdAt = createdAt
        self.feeTypes = feeTypes
        self.metricCodes = metricCodes
        self.isActive = isActive
        self.ongoingBalance = ongoingBalance
    }

    /// Whether it pays only some fees; such a wallet belongs to no account.
    package var isRestricted: Bool { !self.feeTypes.isEmpty || !self.metricCodes.isEmpty }

    /// Whether it may pay a charge for usage of this metric.
    package func pays(metric: String) -> Bool {
        !self.isRestricted || self.feeTypes.contains("charge") || self.metricCodes.contains(metric)
    }

    /// The order in which Lago lets wallets pay: priority, then age; the id decides between twins.
    package static func paysBefore(_ left: Self, _ right: Self) -> Bool {
        (left.priority, left.createdAt, left.id) < (right.priority, right.createdAt, right.id)
    }

    /// Minor units as credits of this wallet, to five decimals, half rounded away from zero; zero for a rate of zero.
    func credits(_ minorUnits: Int64) -> FixedDecimal {
        FixedDecimal(cents: minorUnits, rate: self.rate, currency: self.currency)
    }
}
