/// One usage event, as far as Sluice reads it: when somebody used something, and on which subscription.
///
/// - Unit: times are Unix milliseconds.
/// - Source: `events` of `GET /events`.
package struct LagoUsageEvent: LagoObject, Identifiable {
    package static let member = "event"

    /// Lago's own id; where it gives none, what tells events apart besides.
    package let id: String
    /// The sender's id, unique within a subscription.
    package let transactionID: String
    /// As it was sent, which need not be one that exists.
    package let externalSubscriptionID: String?
    /// Of the metric.
    package let code: String
    /// When it happened, as the sender says.
    package let timestamp: Int64
    /// When Lago took it in; nil where it does not tell.
    package let createdAt: Int64?

    package init(_ fields: LagoFields) throws(LagoError) {
        self.transactionID = try fields.read("transaction_id", as: .text)
        self.externalSubscriptionID = try fields.readIfAny("external_subscription_id", as: .text)
        self.id =
            try fields.readIfAny("lago_id", as: .text) ?? "\(self.externalSubscriptionID ?? "") \(self.transactionID)"
        self.code = try fields.read("code", as: .text)
        self.timestamp = try fields.read("timestamp", as: .time)
        self.createdAt = try fields.readIfAny("created_at", as: .time)
    }
}
