import Foundation

extension Customer {
    /// Applies the `customer` object of `POST /customers`: only the keys that are present change.
    ///
    /// - Throws: `LagoFailure` 422 with every field that was refused; the customer is then as before.
    mutating func apply(_ body: JSONValue, at now: Date) throws(LagoFailure) {
        var changed = self
        var details = Self.refusals(of: body)
        for field in Text.allCases {
            if let value = body[field.rawValue] { changed.texts[field] = value.string }
        }
        for line in Address.allCases {
            if let value = body["shipping_address"]?[line.rawValue] { changed.shippingAddress[line] = value.string }
        }
        if let term = body["net_payment_term"] { changed.netPaymentTerm = term.integer }
        changed.finalizeZeroAmountInvoice =
            body["finalize_zero_amount_invoice"]?.string ?? changed.finalizeZeroAmountInvoice
        if let billing = body["billing_configuration"] { changed.billing.apply(billing) }
        if let list = body["metadata"]?.array {
            let refusals = changed.replaceMetadata(with: list, at: now)
            if !refusals.isEmpty { details["metadata"] = refusals }
        }
        guard details.isEmpty else { throw .validation(details) }
        changed.updatedAt = now
        self = changed
    }

    private static func refusals(of body: JSONValue) -> [String: [String]] {
        var details: [String: [String]] = [:]
        if let email = body["email"]?.string {
            let addresses = email.split(separator: ",", omittingEmptySubsequences: false)
            let isValid = addresses.allSatisfy { $0.wholeMatch(of: /\s*[^\s@,]+@[^\s@,]+\.[^\s@,]+\s*/) != nil }
            if !isValid { details["email"] = ["invalid_email_format"] }
        }
        if let country = body["country"]?.string, country.wholeMatch(of: /[A-Z]{2}/) == nil {
            details["country"] = ["not_a_valid_country_code"]
        }
        if let currency = body["currency"]?.string, !Self.accepts(currency: currency) {
            details["currency"] = ["value_is_invalid"]
        }
        return details
    }

    /// Lago knows 142 codes; these are the ones of ISO 4217 that it is known to refuse.
    static func accepts(currency: String) -> Bool {
        currency.wholeMatch(of: /[A-Z]{3}/) != nil && !["TND", "OMR", "IQD", "LYD"].contains(currency)
    }

    /// Makes the list the customer's whole metadata. An entry with the id of an existing one changes it; an entry
    /// without is inserted before the others are deleted, so a key sent again without its id is a duplicate.
    private mutating func replaceMetadata(with list: [JSONValue], at now: Date) -> [String] {
        var kept: [Metadata] = []
        for entry in list {
            guard let key = entry["key"]?.string, !key.isEmpty else { return ["value_is_mandatory"] }
            let value = entry["value"]?.string ?? ""
            guard key.count <= 20, value.count <= 100 else { return ["value_is_too_long"] }
            let isShown = entry["display_in_invoice"]?.bool ?? false
            if let id = entry["id"]?.string, var existing = self.metadata.first(where: { $0.id == id }) {
                existing.key = key
                existing.value = value
                existing.displayInInvoice = isShown
                kept.append(existing)
            } else if self.metadata.contains(where: { $0.key == key }) || kept.contains(where: { $0.key == key }) {
                return ["value_already_exist"]
            } else {
                kept.append(
                    Metadata(id: LagoID.new(), key: key, value: value, displayInInvoice: isShown, createdAt: now)
                )
            }
        }
        guard kept.count <= 5 else { return ["invalid_count"] }
        self.metadata = kept
        return []
    }
}

extension Customer.Billing {
    fileprivate mutating func apply(_ body: JSONValue) {
        if let value = body["payment_provider"] { self.provider = value.string }
        if let value = body["payment_provider_code"] { self.providerCode = value.string }
        if let value = body["provider_customer_id"] { self.providerCustomerID = value.string }
        if let value = body["document_locale"] { self.documentLocale = value.string }
        if let methods = body["provider_payment_methods"]?.array { self.paymentMethods = methods.compactMap(\.string) }
    }
}
