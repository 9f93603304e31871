/// A level of usage that a plan names.
///
/// - Source: `usage_threshold` of the webhook `subscription.usage_threshold_reached`.
package struct LagoUsageThreshold: Hashable, Sendable, Identifiable {
    package let id: String
    package let name: String?
    /// In the smallest unit of the plan's currency as Lago counts it.
    package let amountCents: Int64

    init(_ fields: LagoFields) throws(LagoError) {
        self.id = try fields.read("lago_id", as: .text)
        self.name = try fields.readIfAny("threshold_display_name", as: .text)
        self.amountCents = try fields.read("amount_cents", as: .integer)
    }
}
