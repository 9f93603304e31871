package import Money

/// What a subscription used in a period that is not billed yet.
///
/// - Shape: one subscription, one period, one currency; `Codable`, as the last reading of a period is kept.
/// - Unit: minor units of the currency; times in Unix milliseconds.
/// - Source: `current_usage`, with `pay_in_advance` of the plan's charges, which the usage itself does not tell.
package struct UsageReading: Hashable, Codable, Sendable {
    /// The usage of one charge, before taxes.
    package struct Charge: Hashable, Codable, Sendable {
        /// Lago's id.
        package let id: String
        /// `billable_metric.code`.
        package let metricCode: String
        package let amount: Int64
        /// Invoiced at once, and so no part of what is still to be paid.
        package let isPayInAdvance: Bool

        package init(id: String, metricCode: String, amount: Int64, isPayInAdvance: Bool) {
            self.id = id
            self.metricCode = metricCode
            self.amount = amount
            self.isPayInAdvance = isPayInAdvance
        }
    }

    /// The operator's own name for the subscription: `external_id`.
    package let subscriptionID: String
    package let currency: Currency
    package let from: Int64
    package let to: Int64
    package let charges: [Charge]
    /// `taxes_amount_cents`: of all charges together.
    package let taxes: Int64
    /// What progressive billing already invoiced of this period, taxes included.
    package let invoicedProgressively: Int64
    package let readAt: Int64

    package init(
        subscriptionID: String,
        currency: Currency,
        from: Int64,
        to: Int64,
        charges: [Charge],
        taxes: Int64,
        invoicedProgressively: Int64 = 0,
        readAt: Int64
    ) {
        self.subscriptionID = subscriptionID
        self.currency = currency
        self.from = from
        self.to = to
        self.charges = charges
        self.taxes = taxes
        self.invoicedProgressively = invoicedProgressively
        self.readAt = readAt
    }

    /// What is still to be paid, in minor units; never below zero.
    package var due: Int64 { Int64(clamping: self.dueByMetric.values.reduce(0) { $0 + Int128($1) }) }

    /// What is still to be paid, by metric: charges that are not paid in advance, with taxes, without what progressive
    /// billing invoiced.
    ///
    /// Taxes are known for the subscription only. Their part for the charges that count is in proportion to the
    /// amounts, rounded half up; the sum is then spread over those charges by largest remainder, so that the
    /// parts add up to it. A charge below zero counts as zero, as it does on Lago's invoices.
    var dueByMetric: [String: Int64] {
        // Sorted, so that a leftover minor unit falls on the same charge however Lago orders them.
        let charges = self.charges.filter { $0.amount > 0 }
            .sorted { ($0.metricCode, $0.id, $0.amount) < ($1.metricCode, $1.id, $1.amount) }
        let open = charges.filter { !$0.isPayInAdvance }
        let all = charges.reduce(Int128(0)) { $0 + Int128($1.amount) }
        let net = open.reduce(Int128(0)) { $0 + Int128($1.amount) }
        guard net > 0 else { return [:] }
        let taxes = Self.scaled(Int128(max(self.taxes, 0)), net, over: all)
        let due = max(net + taxes - Int128(max(self.invoicedProgressively, 0)), 0)
        let parts = Apportionment.split(Int64(clamping: due), by: open.map(\.amount))
        return Dictionary(zip(open.map(\.metricCode), parts)) { Int64(clamping: Int128($0) + Int128($1)) }
    }

    /// `amount` × `part` ∕ `whole`, rounded half up, for `part` at most `whole`; too large a product only loses
    /// precision.
    private static func scaled(_ amount: Int128, _ part: Int128, over whole: Int128) -> Int128 {
        var (part, whole) = (part, whole)
        // Both fit 63 bits unless a customer used more than there is money; then the low bits do not matter.
        while whole > Int128(Int64.max) {
            part /= 2
            whole /= 2
        }
        return (amount * part).divided(roundingHalfAwayFromZeroBy: whole)
    }
}
