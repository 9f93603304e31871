/// One usage event, as Lago keeps it.
///
/// - Unit: times are Unix milliseconds.
/// - Source: `events` of `GET /events`.
package struct LagoUsageEvent: LagoObject, Identifiable {
    package static let member = "event"

    package let id: String
    package let transactionID: String
    /// The operator's id; nil for an event of nobody.
    package let externalSubscriptionID: String?
    /// Of its metric.
    package let code: String
    /// When it happened, as its sender says.
    package let timestamp: Int64
    package let createdAt: Int64

    package init(_ fields: LagoFields) throws(LagoError) {
        self.id = try fields.read("lago_id", as: .text)
        self.transactionID = try fields.read("transaction_id", as: .text)
        self.externalSubscriptionID = try fields.readIfAny("external_subscription_id", as: .text)
        self.code = try fields.read("code", as: .text)
        self.timestamp = try fields.read("timestamp", as: .time)
        self.createdAt = try fields.read("created_at", as: .time)
    }
}
