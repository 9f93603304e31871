import Foundation

/// The one organisation that the sandbox plays.
struct Organization: Sendable {
    let id: String
    let name: String
    let defaultCurrency: String
    let createdAt: Date

    /// The code of its only billing entity.
    var billingEntity: String { self.name.lowercased().replacing(/[^a-z0-9]+/, with: "_") }

    /// `ACM-7C11`: three letters of the name and the id's last four digits.
    var documentPrefix: String { (self.name.prefix(3) + "-" + self.id.suffix(4)).uppercased() }

    /// The object of `GET /organizations`; the HMAC key is in no REST answer.
    func json(webhookURLs: [String]) -> JSONValue {
        [
            "lago_id": .string(self.id), "name": .string(self.name), "slug": .string(self.billingEntity),
            "default_currency": .string(self.defaultCurrency),
            "created_at": .string(LagoTime.seconds(self.createdAt)), "webhook_url": .text(webhookURLs.first),
            "webhook_urls": .array(webhookURLs.map { .string($0) }), "country": nil, "timezone": "UTC",
            "net_payment_term": 0, "email_settings": [], "document_numbering": "per_customer",
            "document_number_prefix": .string(self.documentPrefix), "finalize_zero_amount_invoice": true,
            "events_store": "postgres", "taxes": [],
            "billing_configuration": ["invoice_footer": nil, "invoice_grace_period": 0, "document_locale": "en"],
        ]
    }
}
