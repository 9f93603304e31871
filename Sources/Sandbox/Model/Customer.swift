import Foundation

/// A customer of the simulated organisation.
///
/// - Source: the fields of Lago's customer object; those that are plain nullable text are kept by name in `texts`.
struct Customer: Sendable {
    let id: String
    /// The caller's own id: unique, and how the API addresses a customer.
    let externalID: String
    /// 1 for the first customer of the organisation; part of invoice numbers.
    let sequentialID: Int
    let createdAt: Date
    var updatedAt: Date
    var texts: [Text: String] = [:]
    /// Days; nil is the organisation's.
    var netPaymentTerm: Int64?
    var finalizeZeroAmountInvoice = "inherit"
    var billing = Billing()
    var shippingAddress: [Address: String] = [:]
    var metadata: [Metadata] = []

    enum Text: String, CaseIterable, Sendable {
        case name, firstname, lastname, email, country, state, zipcode, city, url, phone, currency, timezone
        case customerType = "customer_type"
        case addressLine1 = "address_line1"
        case addressLine2 = "address_line2"
        case logoURL = "logo_url"
        case legalName = "legal_name"
        case legalNumber = "legal_number"
        case taxIdentificationNumber = "tax_identification_number"
    }

    enum Address: String, CaseIterable, Sendable {
        case addressLine1 = "address_line1"
        case addressLine2 = "address_line2"
        case city, zipcode, state, country
    }

    /// How the customer pays; without a provider, nothing is charged by itself.
    struct Billing: Sendable {
        var provider: String?
        var providerCode: String?
        var providerCustomerID: String?
        var paymentMethods = ["card"]
        var documentLocale: String?
    }

    struct Metadata: Sendable {
        let id: String
        var key: String
        var value: String
        var displayInInvoice: Bool
        let createdAt: Date
    }

    init(id: String = LagoID.new(), externalID: String, sequentialID: Int, createdAt: Date) {
        self.id = id
        self.externalID = externalID
        self.sequentialID = sequentialID
        self.createdAt = createdAt
        self.updatedAt = createdAt
    }

    /// `ACM-7C11-042`: begins each of the customer's invoice numbers.
    func slug(of organization: Organization) -> String {
        let digits = String(self.sequentialID)
        return organization.documentPrefix + "-" + String(repeating: "0", count: max(0, 3 - digits.count)) + digits
    }
}

extension Customer {
    /// The object that webhooks embed.
    func json(of organization: Organization) -> JSONValue {
        func text(_ field: Text) -> JSONValue { .text(self.texts[field]) }
        return [
            "lago_id": .string(self.id), "billing_entity_code": .string(organization.billingEntity),
            "external_id": .string(self.externalID), "account_type": "customer", "name": text(.name),
            "firstname": text(.firstname), "lastname": text(.lastname), "customer_type": text(.customerType),
            "sequential_id": .integer(self.sequentialID), "slug": .string(self.slug(of: organization)),
            "created_at": .string(LagoTime.seconds(self.createdAt)),
            "updated_at": .string(LagoTime.seconds(self.updatedAt)), "country": text(.country),
            "address_line1": text(.addressLine1), "address_line2": text(.addressLine2), "state": text(.state),
            "zipcode": text(.zipcode), "email": text(.email), "city": text(.city), "url": text(.url),
            "phone": text(.phone), "logo_url": text(.logoURL), "legal_name": text(.legalName),
            "legal_number": text(.legalNumber), "currency": text(.currency),
            "tax_identification_number": text(.taxIdentificationNumber), "timezone": text(.timezone),
            "applicable_timezone": .string(self.texts[.timezone] ?? "UTC"),
            "net_payment_term": self.netPaymentTerm.map { .integer($0) } ?? nil, "external_salesforce_id": nil,
            "finalize_zero_amount_invoice": .string(self.finalizeZeroAmountInvoice),
            "billing_configuration": self.billing.json, "shipping_address": self.shippingJSON,
            "skip_invoice_custom_sections": false, "metadata": .array(self.metadata.map(\.json)),
        ]
    }

    /// The object that the customer routes answer with.
    func restJSON(of organization: Organization) -> JSONValue {
        var json = self.json(of: organization)
        json["taxes"] = []
        json["integration_customers"] = []
        json["applicable_invoice_custom_sections"] = []
        json["error_details"] = []
        return json
    }

    private var shippingJSON: JSONValue {
        var json: JSONValue = [:]
        for line in Address.allCases { json[line.rawValue] = .text(self.shippingAddress[line]) }
        return json
    }
}

extension Customer.Billing {
    fileprivate var json: JSONValue {
        var json: JSONValue = [
            "invoice_grace_period": nil, "payment_provider": .text(self.provider),
            "payment_provider_code": .text(self.providerCode), "document_locale": .text(self.documentLocale),
            "subscription_invoice_issuing_date_anchor": nil, "subscription_invoice_issuing_date_adjustment": nil,
        ]
        guard self.provider != nil else { return json }
        json["provider_customer_id"] = .text(self.providerCustomerID)
        json["provider_payment_methods"] = .array(self.paymentMethods.map { .string($0) })
        return json
    }
}

extension Customer.Metadata {
    fileprivate var json: JSONValue {
        [
            "lago_id": .string(self.id), "key": .string(self.key), "value": .string(self.value),
            "display_in_invoice": .bool(self.displayInInvoice), "created_at": .string(LagoTime.seconds(self.createdAt)),
        ]
    }
}
