package import Money

/// What a subscription used in its current period, and has not been billed for at its end.
///
/// - Unit: `…Cents` count the currency's smallest unit as Lago does; times are Unix milliseconds.
/// - Source: `customer_usage` of `GET /customers/{id}/current_usage`. It counts charges that are paid in advance, and no
///   fees for the subscription itself, coupons or credit notes.
package struct LagoUsage: LagoObject {
    package static let member = "customer_usage"

    package let from: Int64
    package let to: Int64
    package let currency: Currency
    /// Without taxes.
    package let amountCents: Int64
    package let taxesAmountCents: Int64
    package let totalAmountCents: Int64
    package let charges: [LagoChargeUsage]

    package init(_ fields: LagoFields) throws(LagoError) {
        self.from = try fields.read("from_datetime", as: .time)
        self.to = try fields.read("to_datetime", as: .time)
        self.currency = try fields.read("currency", as: .currency)
        self.amountCents = try fields.read("amount_cents", as: .integer)
        self.taxesAmountCents = try fields.readIfAny("taxes_amount_cents", as: .integer) ?? 0
        self.totalAmountCents = try fields.read("total_amount_cents", as: .integer)
        self.charges = try fields.objects("charges_usage", as: LagoChargeUsage.init)
    }
}

/// What was used of one charge in the current period.
package struct LagoChargeUsage: Hashable, Sendable {
    /// The same as in the plan.
    package let chargeID: String
    package let metricCode: String
    package let metricName: String?
    /// A decimal of any size in plain notation, as `253.0`: units are no money, and may be finer than five decimals.
    package let units: String
    /// How many events it comes from.
    package let eventsCount: Int64
    /// Without taxes.
    package let amountCents: Int64
    /// Lago does not tell so far: match `chargeID` with the plan's charges.
    package let isPaidInAdvance: Bool?

    init(_ fields: LagoFields) throws(LagoError) {
        let (charge, metric) = (try fields.object("charge"), try fields.object("billable_metric"))
        self.chargeID = try charge.read("lago_id", as: .text)
        self.metricCode = try metric.read("code", as: .text)
        self.metricName = try metric.readIfAny("name", as: .text)
        self.units = try fields.read("units", as: .quantity)
        self.eventsCount = try fields.readIfAny("events_count", as: .integer) ?? 0
        self.amountCents = try fields.read("amount_cents", as: .integer)
        self.isPaidInAdvance = try charge.readIfAny("pay_in_advance", as: .flag)
    }
}
