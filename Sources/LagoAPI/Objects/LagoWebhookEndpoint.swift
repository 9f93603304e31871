/// A place that Lago sends webhooks to.
///
/// - Source: `webhook_endpoint` of the calls under `/webhook_endpoints`.
package struct LagoWebhookEndpoint: LagoObject, Identifiable {
    package static let member = "webhook_endpoint"

    package let id: String
    package let url: String
    /// `jwt` or `hmac`.
    package let signatureAlgorithm: String?
    /// nil before Lago 1.44, and where none was given.
    package let name: String?
    /// nil for all types; an empty list for none at all.
    package let eventTypes: [String]?

    package init(_ fields: LagoFields) throws(LagoError) {
        self.id = try fields.read("lago_id", as: .text)
        self.url = try fields.read("webhook_url", as: .text)
        self.signatureAlgorithm = try fields.readIfAny("signature_algo", as: .text)
        self.name = try fields.readIfAny("name", as: .text)
        self.eventTypes = try fields.readIfAny("event_types", as: .texts)
    }
}

/// What to register at Lago, or to change there.
package struct LagoWebhookEndpointInput: Encodable, Sendable {
    package var url: String
    /// `jwt` or `hmac`: Lago answers 500 to anything else.
    package var signatureAlgorithm: String
    /// nil is not sent, and leaves what is.
    package var name: String?
    /// nil is not sent, and leaves what is; `["*"]` asks for all types.
    package var eventTypes: [String]?

    package init(url: String, signatureAlgorithm: String, name: String? = nil, eventTypes: [String]? = nil) {
        self.url = url
        self.signatureAlgorithm = signatureAlgorithm
        self.name = name
        self.eventTypes = eventTypes
    }

    private enum CodingKeys: String, CodingKey {
        case url = "webhook_url"
        case signatureAlgorithm = "signature_algo"
        case name
        case eventTypes = "event_types"
    }
}
