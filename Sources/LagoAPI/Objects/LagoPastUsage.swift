/// What a subscription used in a period that is billed.
///
/// - Source: `usage_periods` of `GET /customers/{id}/past_usage`.
package struct LagoPastUsage: LagoObject, Identifiable {
    package static let member = "usage_period"

    /// Lago gives periods no id: the invoice, and when the period begins.
    package let id: String
    package let usage: LagoUsage

    package init(_ fields: LagoFields) throws(LagoError) {
        self.usage = try LagoUsage(fields)
        self.id = "\(try fields.readIfAny("lago_invoice_id", as: .text) ?? "") \(self.usage.from)"
    }
}
