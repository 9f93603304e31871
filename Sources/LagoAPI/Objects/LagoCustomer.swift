package import Money

/// A customer, as far as Sluice reads it, and as it was received.
///
/// - Unit: times are Unix milliseconds.
/// - Source: `customer` of `GET /customers/{id}`, `customers` of `GET /customers`, and the webhooks `customer.*`.
package struct LagoCustomer: LagoObject, Identifiable {
    package static let member = "customer"

    /// Lago's own id.
    package let id: String
    package let externalID: String
    package let name: String?
    package let firstName: String?
    package let lastName: String?
    package let legalName: String?
    /// As it stands there: Lago takes several addresses with commas between them, and checks little.
    package let email: String?
    /// A default: wallets and invoices have their own.
    package let currency: Currency?
    /// The language of documents, as `en` or `pt-BR`.
    package let documentLocale: String?
    /// The customer's own, as `Europe/Berlin`.
    package let timezone: String?
    /// The customer's own or the one it inherits.
    package let applicableTimezone: String?
    /// `stripe`, …; nil when Lago can collect nothing by itself.
    package let paymentProvider: String?
    package let createdAt: Int64
    /// nil before Lago gave it.
    package let updatedAt: Int64?
    /// The whole JSON object, byte for byte.
    package let json: [UInt8]

    package init(_ fields: LagoFields) throws(LagoError) {
        let billing = try fields.objectIfAny("billing_configuration") { $0 }
        self.id = try fields.read("lago_id", as: .text)
        self.externalID = try fields.read("external_id", as: .text)
        self.name = try fields.readIfAny("name", as: .text)
        self.firstName = try fields.readIfAny("firstname", as: .text)
        self.lastName = try fields.readIfAny("lastname", as: .text)
        self.legalName = try fields.readIfAny("legal_name", as: .text)
        self.email = try fields.readIfAny("email", as: .text)
        self.currency = try fields.readIfAny("currency", as: .currency)
        self.documentLocale = try billing?.readIfAny("document_locale", as: .text)
        self.timezone = try fields.readIfAny("timezone", as: .text)
        self.applicableTimezone = try fields.readIfAny("applicable_timezone", as: .text)
        self.paymentProvider = try billing?.readIfAny("payment_provider", as: .text)
        self.createdAt = try fields.read("created_at", as: .time)
        self.updatedAt = try fields.readIfAny("updated_at", as: .time)
        self.json = fields.json
    }
}
