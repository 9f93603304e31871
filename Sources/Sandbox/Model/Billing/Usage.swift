import Foundation
import Money

/// What one charge comes to over a period.
struct ChargeUsage: Sendable {
    let charge: Charge
    let currency: Currency
    let units: FixedDecimal
    let eventsCount: Int
    /// Per cent.
    let taxRate: FixedDecimal

    /// Minor units without taxes, rounded half up.
    var amountCents: Int64 { self.units.cents(rate: self.charge.unitPrice, currency: self.currency) }
    var taxesCents: Int64 { Self.taxes(on: self.amountCents, rate: self.taxRate) }
    var totalCents: Int64 { self.amountCents + self.taxesCents }

    /// The tax on so many minor units at a rate in per cent, rounded half up.
    static func taxes(on cents: Int64, rate: FixedDecimal) -> Int64 {
        let product = Int128(cents) * Int128(rate.units)
        let scale = Int128(100) * 100_000
        return Int64(clamping: (product * 2 + scale) / (scale * 2))
    }

    var json: JSONValue {
        [
            "units": .string(self.units.description), "total_aggregated_units": .string(self.units.description),
            "events_count": .integer(self.eventsCount), "amount_cents": .integer(self.amountCents),
            "amount_currency": .string(self.currency.code), "pricing_unit_details": nil,
            "charge": [
                "lago_id": .string(self.charge.id), "code": .string(self.charge.metric.code),
                "charge_model": "standard", "invoice_display_name": nil,
            ],
            "billable_metric": [
                "lago_id": .string(self.charge.metric.id), "name": .string(self.charge.metric.name),
                "code": .string(self.charge.metric.code),
                "aggregation_type": self.charge.metric.fieldName == nil ? "count_agg" : "sum_agg",
            ],
            "filters": [], "grouped_usage": [], "presentation_breakdowns": [],
        ]
    }
}

/// The usage of one subscription in one billing period.
struct PeriodUsage: Sendable {
    let period: DateInterval
    let currency: Currency
    let charges: [ChargeUsage]
    /// The invoice that billed it; nil for current usage.
    var invoiceID: String?

    func json(withTaxes: Bool) -> JSONValue {
        let amount = self.charges.reduce(0) { $0 + $1.amountCents }
        let taxes = withTaxes ? self.charges.reduce(0) { $0 + $1.taxesCents } : 0
        return [
            "from_datetime": .string(LagoTime.seconds(self.period.start)),
            "to_datetime": .string(LagoTime.seconds(self.period.lastSecond)),
            "issuing_date": .string(LagoTime.day(self.period.lastSecond)), "currency": .string(self.currency.code),
            "amount_cents": .integer(amount), "total_amount_cents": .integer(amount + taxes),
            "taxes_amount_cents": .integer(taxes), "lago_invoice_id": .text(self.invoiceID),
            "charges_usage": .array(self.charges.map(\.json)),
        ]
    }
}
