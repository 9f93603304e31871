package import Money

/// One charge of a payment provider for an invoice, or a payment that was entered by hand.
///
/// - Unit: `createdAt` is Unix milliseconds.
/// - Source: `payments` of `GET /payments`, and the webhooks `payment.*`.
package struct LagoPayment: LagoObject, Identifiable {
    package static let member = "payment"

    /// What becomes of a payment, in words that are the same for all providers.
    package enum Status: String, CaseIterable, Sendable {
        /// `processing` also where the customer has to confirm it: `status` is `requires_action` then.
        case pending, processing, succeeded, failed
    }

    package let id: String
    /// The provider's own word, as `requires_action`.
    package let status: String
    /// `payment_status`: one of `Status`; nil where Lago does not tell.
    package let paymentStatus: String?
    package let amount: Amount
    /// Lago's ids of what it pays for.
    package let invoiceIDs: [String]
    /// nil where Lago does not tell.
    package let externalCustomerID: String?
    /// Where the customer confirms it, for one that `requires_action`: the provider's page.
    package let actionURL: String?
    package let createdAt: Int64
    /// The whole JSON object, byte for byte.
    package let json: [UInt8]

    package init(_ fields: LagoFields) throws(LagoError) {
        self.id = try fields.read("lago_id", as: .text)
        self.status = try fields.read("status", as: .text)
        self.paymentStatus = try fields.readIfAny("payment_status", as: .text)
        self.amount = Amount(
            minorUnits: try fields.read("amount_cents", as: .integer),
            currency: try fields.read("amount_currency", as: .currency)
        )
        self.invoiceIDs = try fields.readIfAny("invoice_ids", as: .texts) ?? []
        self.externalCustomerID = try fields.readIfAny("external_customer_id", as: .text)
        // The provider's own object, passed through: its form is not Lago's to promise.
        self.actionURL = try? fields.object("next_action").object("redirect_to_url").read("url", as: .text)
        self.createdAt = try fields.read("created_at", as: .time)
        self.json = fields.json
    }
}
