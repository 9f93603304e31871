package import Money

/// A credit note, as far as Sluice reads it, and as it was received.
///
/// - Unit: times are Unix milliseconds; the issuing date stands for its midnight UTC.
/// - Source: `credit_notes` of `GET /credit_notes`, `credit_note` of `GET /credit_notes/{id}`, and the webhooks
///   `credit_note.*`.
package struct LagoCreditNote: LagoObject, Identifiable {
    package static let member = "credit_note"

    package let id: String
    package let number: String
    /// Lago's id of the invoice that it is for.
    package let invoiceID: String
    package let invoiceNumber: String?
    /// Only webhooks tell; nil from the API, where the invoice does.
    package let externalCustomerID: String?
    package let currency: Currency
    /// In the currency's smallest unit as Lago counts it.
    package let totalCents: Int64
    /// What goes against later invoices, and what is paid back.
    package let creditCents: Int64
    package let refundCents: Int64
    /// `available`, `consumed`, `voided`; nil without a credit.
    package let creditStatus: String?
    /// `pending`, `succeeded`, `failed`; nil without a refund.
    package let refundStatus: String?
    package let issuingDate: Int64?
    package let createdAt: Int64
    package let updatedAt: Int64?
    /// The whole JSON object, byte for byte.
    package let json: [UInt8]

    package init(_ fields: LagoFields) throws(LagoError) {
        self.id = try fields.read("lago_id", as: .text)
        self.number = try fields.read("number", as: .text)
        self.invoiceID = try fields.read("lago_invoice_id", as: .text)
        self.invoiceNumber = try fields.readIfAny("invoice_number", as: .text)
        self.externalCustomerID = try fields.objectIfAny("customer") { customer throws(LagoError) in
            try customer.read("external_id", as: .text)
        }
        self.currency = try fields.read("currency", as: .currency)
        self.totalCents = try fields.read("total_amount_cents", as: .integer)
        self.creditCents = try fields.readIfAny("credit_amount_cents", as: .integer) ?? 0
        self.refundCents = try fields.readIfAny("refund_amount_cents", as: .integer) ?? 0
        self.creditStatus = try fields.readIfAny("credit_status", as: .text)
        self.refundStatus = try fields.readIfAny("refund_status", as: .text)
        self.issuingDate = try fields.readIfAny("issuing_date", as: .time)
        self.createdAt = try fields.read("created_at", as: .time)
        self.updatedAt = try fields.readIfAny("updated_at", as: .time)
        self.json = fields.json
    }
}
