package import Money

/// The organisation that an API key belongs to.
///
/// - Source: `organization` of `GET /organizations`.
package struct LagoOrganization: LagoObject, Identifiable {
    package static let member = "organization"

    package let id: String
    package let name: String
    package let defaultCurrency: Currency?
    package let timezone: String?
    /// Where webhooks go, as far as Lago tells.
    package let webhookURLs: [String]?

    package init(_ fields: LagoFields) throws(LagoError) {
        self.id = try fields.read("lago_id", as: .text)
        self.name = try fields.read("name", as: .text)
        self.defaultCurrency = try fields.readIfAny("default_currency", as: .currency)
        self.timezone = try fields.readIfAny("timezone", as: .text)
        self.webhookURLs = try fields.readIfAny("webhook_urls", as: .texts)
    }
}
