private import Foundation

/// The outside of a webhook: what it reports, whose it is, and the customer it names.
///
/// - Source: the webhook's body, `{"webhook_type", "organization_id", "object_type", <object_type>: {…}}`.
package struct Envelope: Hashable, Sendable {
    package let webhookType: WebhookType
    /// Nil when the body names none, or not as text.
    package let organization: OrganizationID?
    /// The customer, where the payload carries the operator's own id of it; nil for payloads that only lead to one
    /// through another look-up, and for those that concern nobody.
    package let customer: CustomerID?

    package init(webhookType: WebhookType, organization: OrganizationID?, customer: CustomerID?) {
        self.webhookType = webhookType
        self.organization = organization
        self.customer = customer
    }

    /// Reads the envelope of a webhook's body; nil when the body is not a JSON object with a `webhook_type`.
    package init?(body: [UInt8]) {
        guard let fields = try? JSONDecoder().decode(Fields.self, from: Data(body)) else { return nil }
        self.init(webhookType: fields.type, organization: fields.organization, customer: fields.customer)
    }

    /// The organisation that a body names, even where the rest of it cannot be read as a webhook.
    package static func organization(ofBody body: [UInt8]) -> OrganizationID? {
        try? JSONDecoder().decode(OrganizationOnly.self, from: Data(body)).organization
    }
}

/// A key whose name is only known from the payload.
private struct NamedKey: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }

    init(_ name: String) { self.stringValue = name }
    init?(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
}

private struct OrganizationOnly: Decodable {
    let organization: OrganizationID?

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: NamedKey.self)
        self.organization = container.text("organization_id").map(OrganizationID.init(rawValue:))
    }
}

private struct Fields: Decodable {
    let type: WebhookType
    let organization: OrganizationID?
    let customer: CustomerID?

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: NamedKey.self)
        let type = WebhookType(rawValue: try container.decode(String.self, forKey: NamedKey("webhook_type")))
        self.type = type
        self.organization = container.text("organization_id").map(OrganizationID.init(rawValue:))
        let payload = container.text("object_type").flatMap { container.object($0) }
        self.customer = payload.flatMap { Self.customer(in: $0, type: type) }
    }

    /// Lago puts the customer's external id in one of these places, by the kind of object.
    private static func customer(
        in payload: KeyedDecodingContainer<NamedKey>,
        type: WebhookType
    ) -> CustomerID? {
        let id: String? =
            if type.rawValue.hasPrefix("customer."), let own = payload.text("external_id") {
                own
            } else if let direct = payload.text("external_customer_id") {
                direct
            } else if let customer = payload.object("customer") {
                customer.text("external_id")
            } else if let wallet = payload.object("wallet") {
                wallet.text("external_customer_id")
            } else if let payment = payload.object("payment") {
                payment.text("external_customer_id")
            } else {
                payload.object("invoice")?.object("customer")?.text("external_id")
            }
        return id.map(CustomerID.init(rawValue:))
    }
}

extension KeyedDecodingContainer<NamedKey> {
    fileprivate func text(_ name: String) -> String? {
        try? self.decodeIfPresent(String.self, forKey: NamedKey(name))
    }

    fileprivate func object(_ name: String) -> KeyedDecodingContainer<NamedKey>? {
        try? self.nestedContainer(keyedBy: NamedKey.self, forKey: NamedKey(name))
    }
}
