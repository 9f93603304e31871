/// The organisation that an API key belongs to.
///
/// - Source: `organization` of `GET /organizations`.
package struct LagoOrganization: Hashable, Decodable, Sendable {
    package let id: String
    package let name: String
    /// ISO code, where one is set.
    package let defaultCurrency: String?
    package let timezone: String?
    /// Where webhooks go, as far as Lago tells.
    package let webhookURLs: [String]?

    private enum CodingKeys: String, CodingKey {
        case id = "lago_id"
        case name
        case defaultCurrency = "default_currency"
        case timezone
        case webhookURLs = "webhook_urls"
    }
}

/// A place that Lago sends webhooks to.
///
/// - Source: `webhook_endpoint` of the calls under `/webhook_endpoints`.
package struct LagoWebhookEndpoint: Hashable, Decodable, Sendable {
    package let id: String
    package let url: String
    /// `jwt` or `hmac`.
    package let signatureAlgorithm: String?
    /// nil before Lago 1.44, and where none was given.
    package let name: String?
    /// nil for all types; an empty list for none at all.
    package let eventTypes: [String]?

    private enum CodingKeys: String, CodingKey {
        case id = "lago_id"
        case url = "webhook_url"
        case signatureAlgorithm = "signature_algo"
        case name
        case eventTypes = "event_types"
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

/// A wallet, as far as Sluice reads it, and as it was received.
///
/// - Unit: `…Cents` count the currency's smallest unit; credits are decimal text, exact.
/// - Source: `wallets` of `GET /wallets`. The ongoing balance is as fresh as Lago's last refresh.
package struct LagoWallet: Hashable, Decodable, Sendable {
    package let id: String
    package let externalCustomerID: String
    /// `active` or `terminated`.
    package let status: String
    /// ISO code.
    package let currency: String
    package let balanceCents: Int64
    /// Negative when usage ran ahead of the last top-up.
    package let ongoingBalanceCents: Int64
    /// As `"42.5"`.
    package let creditsBalance: String
    /// The whole JSON object, byte for byte.
    package internal(set) var json: [UInt8] = []

    private enum CodingKeys: String, CodingKey {
        case id = "lago_id"
        case externalCustomerID = "external_customer_id"
        case status
        case currency
        case balanceCents = "balance_cents"
        case ongoingBalanceCents = "ongoing_balance_cents"
        case creditsBalance = "credits_balance"
    }
}
