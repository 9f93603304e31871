/// The outside of a webhook: what it reports, whose it is, and the customer it names.
///
/// - Source: the webhook's body, `{"webhook_type", "organization_id", "object_type", <object_type>: {…}}`.
package struct Envelope: Hashable, Sendable {
    /// Nil when the body is a JSON object and names no type: then it is no webhook that can be read.
    package let webhookType: WebhookType?
    /// Nil when the body names none, or not as text.
    package let organization: OrganizationID?
    /// The customer, where the payload carries the operator's own id of it; nil for payloads that only lead to one
    /// through another look-up, and for those that concern nobody.
    package let customer: CustomerID?

    /// Reads the envelope of a webhook's body; nil when the body is not a JSON object.
    package init?(body: [UInt8]) {
        guard let members = Members(of: body) else { return nil }
        let type = members.text("webhook_type").map(WebhookType.init(rawValue:))
        self.webhookType = type
        self.organization = members.text("organization_id").map(OrganizationID.init(rawValue:))
        let payload = members.text("object_type").flatMap { members.object($0) }
        self.customer = payload.flatMap { Self.customer(in: $0, type: type) }.map(CustomerID.init(rawValue:))
    }

    /// Lago puts the customer's external id in one of these places, by the kind of object.
    private static func customer(in payload: Members, type: WebhookType?) -> String? {
        if type?.rawValue.hasPrefix("customer.") == true, let own = payload.text("external_id") { return own }
        if let direct = payload.text("external_customer_id") { return direct }
        if let customer = payload.object("customer") { return customer.text("external_id") }
        if let wallet = payload.object("wallet") { return wallet.text("external_customer_id") }
        if let payment = payload.object("payment") { return payment.text("external_customer_id") }
        return payload.object("invoice")?.object("customer")?.text("external_id")
    }
}

/// A JSON object within a body.
private struct Members {
    private let body: [UInt8]
    private let members: [JSONSkimmer.Member]

    init?(of body: [UInt8]) {
        guard let members = JSONSkimmer.members(of: body) else { return nil }
        (self.body, self.members) = (body, members)
    }

    private init?(of body: [UInt8], in range: Range<Int>) {
        guard let members = JSONSkimmer.members(of: body, in: range) else { return nil }
        (self.body, self.members) = (body, members)
    }

    func text(_ name: String) -> String? {
        self.value(of: name).flatMap { JSONSkimmer.string(self.body, in: $0) }
    }

    func object(_ name: String) -> Members? {
        self.value(of: name).flatMap { Members(of: self.body, in: $0) }
    }

    /// Of two members with one name the last counts, as with JSON decoders.
    private func value(of name: String) -> Range<Int>? {
        let name = name.utf8
        return self.members.last { $0.name.count == name.count && self.body[$0.name].elementsEqual(name) }?.value
    }
}
