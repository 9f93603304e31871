/// A payment receipt, as far as Sluice reads it. Only Lago's premium edition makes them.
///
/// - Unit: times are Unix milliseconds.
/// - Source: `payment_receipts` of `GET /payment_receipts`.
package struct LagoReceipt: LagoObject, Identifiable {
    package static let member = "payment_receipt"

    package let id: String
    package let number: String
    /// Where the PDF is, once it is made. Needs no key and never expires: a secret.
    package let fileURL: String?
    package let createdAt: Int64
    /// The whole JSON object, byte for byte.
    package let json: [UInt8]

    package init(_ fields: LagoFields) throws(LagoError) {
        self.id = try fields.read("lago_id", as: .text)
        self.number = try fields.readIfAny("number", as: .text) ?? ""
        self.fileURL = try fields.readIfAny("file_url", as: .text)
        self.createdAt = try fields.read("created_at", as: .time)
        self.json = fields.json
    }
}
