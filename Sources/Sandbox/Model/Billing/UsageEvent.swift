import Foundation
import Money

/// One usage event, as it was sent.
struct UsageEvent: Sendable {
    let id: String
    let transactionID: String
    /// Not checked: an event of an unknown subscription is kept, and never billed.
    let externalSubscriptionID: String?
    let code: String
    let timestamp: Date
    let properties: JSONValue
    let preciseTotal: String?
    let createdAt: Date
    /// What it adds to its metric, worked out once when it came; nil if the metric was not known then.
    var units: FixedDecimal?

    /// Reads the `event` object of a request.
    ///
    /// - Throws: `LagoFailure` 422 with what is missing or out of shape.
    init(_ body: JSONValue, at now: Date) throws(LagoFailure) {
        var details = Self.missing(in: body)
        let timestamp = Self.timestamp(body["timestamp"] ?? .null, now: now)
        if timestamp == nil { details["timestamp"] = ["invalid_format"] }
        guard details.isEmpty, let timestamp else { throw .validation(details) }
        self.id = LagoID.new()
        self.transactionID = body["transaction_id"]?.string ?? ""
        self.externalSubscriptionID = body["external_subscription_id"]?.string
        self.code = body["code"]?.string ?? ""
        self.timestamp = timestamp
        self.properties = body["properties"].flatMap { $0.object == nil ? nil : $0 } ?? [:]
        self.preciseTotal = body["precise_total_amount_cents"]?.string
        self.createdAt = now
    }

    /// What makes an event the same as another.
    struct Key: Hashable, Sendable {
        let subscription: String
        let transaction: String
    }

    /// Nil without a subscription: such events are never duplicates.
    var key: Key? {
        self.externalSubscriptionID.map { Key(subscription: $0, transaction: self.transactionID) }
    }

    private static func missing(in body: JSONValue) -> [String: [String]] {
        var details: [String: [String]] = [:]
        for field in ["transaction_id", "code"] where (body[field]?.string ?? "").isEmpty {
            details[field] = ["value_is_mandatory"]
        }
        return details
    }

    /// Unix seconds as a number or numeric text, decimals allowed; null is now, anything else nil.
    private static func timestamp(_ value: JSONValue, now: Date) -> Date? {
        switch value {
        case .null: now
        case .number(let digits): Double(digits).map { Date(timeIntervalSince1970: $0) }
        case .string(let text):
            text.wholeMatch(of: /[0-9]+(\.[0-9]+)?/) == nil
                ? nil : Double(text).map { Date(timeIntervalSince1970: $0) }
        default: nil
        }
    }

    var json: JSONValue {
        [
            "lago_id": .string(self.id), "transaction_id": .string(self.transactionID), "lago_customer_id": nil,
            "code": .string(self.code), "timestamp": .string(LagoTime.milliseconds(self.timestamp)),
            "precise_total_amount_cents": .text(self.preciseTotal), "properties": self.properties,
            "lago_subscription_id": nil, "external_subscription_id": .text(self.externalSubscriptionID),
            "created_at": .string(LagoTime.seconds(self.createdAt)),
        ]
    }
}
