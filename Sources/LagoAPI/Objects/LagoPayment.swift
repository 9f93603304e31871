/// A payment of an invoice, as far as Sluice reads it.
///
/// - Unit: times are Unix milliseconds.
/// - Source: `payments` of `GET /payments`.
package struct LagoPayment: LagoObject, Identifiable {
    package static let member = "payment"

    package let id: String
    /// The provider's word, as `requires_action`; nil where it has none.
    package let status: String?
    /// Lago's word: `pending`, `processing`, `succeeded`, `failed`; nil where it gives none.
    package let paymentStatus: String?
    package let createdAt: Int64
    /// The whole JSON object, byte for byte.
    package let json: [UInt8]

    /// The provider said no.
    package var isFailed: Bool {
        self.paymentStatus == "failed" || self.paymentStatus == nil && self.status == "failed"
    }

    package init(_ fields: LagoFields) throws(LagoError) {
        self.id = try fields.read("lago_id", as: .text)
        self.status = try fields.readIfAny("status", as: .text)
        self.paymentStatus = try fields.readIfAny("payment_status", as: .text)
        self.createdAt = try fields.read("created_at", as: .time)
        self.json = fields.json
    }
}
