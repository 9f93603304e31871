private import Transport

extension LagoClient {
    /// Has the provider try to charge an invoice again.
    ///
    /// - Throws: `LagoError.conflict` with `invalid_status` for an invoice that is paid or voided, and
    ///   `payment_processor_is_currently_handling_payment` while a charge is under way.
    package func retryPayment(invoiceID: String) async throws {
        let request = self.request("POST", "/invoices/\(try Query.segment(invoiceID))/retry_payment")
        _ = try await self.send(request, as: "retry_payment")
    }

    /// The provider's page where the customer pays for purchased credits; `id` is the transaction's at Lago. Lago gives
    /// the same for 24 hours.
    ///
    /// - Throws: `LagoError` whose `paymentLinkRefusal` says why there is none: right after the purchase, `notInvoicedYet`.
    package func transactionPaymentURL(id: String) async throws -> String {
        try await self.paymentURL(at: "/wallet_transactions/\(try Query.segment(id))", of: "wallet_transaction")
    }

    /// The provider's page where the customer pays an invoice; `id` is Lago's. Lago gives the same for 24 hours.
    ///
    /// - Throws: `LagoError` whose `paymentLinkRefusal` says why there is none. Where the provider itself refuses, Lago also
    ///   sends `invoice.payment_failure`.
    package func invoicePaymentURL(id: String) async throws -> String {
        try await self.paymentURL(at: "/invoices/\(try Query.segment(id))", of: "invoice")
    }

    private func paymentURL(at path: String, of kind: String) async throws -> String {
        let request = self.request("POST", path + "/payment_url")
        let body = try await self.send(request, as: kind + "_payment_url").body
        let member = kind + "_payment_details"
        let url = try LagoFields(body).object(member).read("payment_url", as: .text)
        // It goes into mails.
        guard ["https://", "http://"].contains(where: { url.lowercased().hasPrefix($0) }) else {
            throw LagoError.unreadable(what: "\(member).payment_url is no web address")
        }
        return url
    }

    /// What was tried to pay an invoice with, the latest first; `invoiceID` is Lago's. An unknown invoice has none.
    package func payments(invoiceID: String) async throws -> [LagoPayment] {
        guard !invoiceID.isEmpty else { throw LagoError.notFound(code: nil) }
        let pages: LagoPages<LagoPayment> =
            self.pages(at: "/payments", query: [("invoice_id", invoiceID)], as: "payments")
        // Lago passes over filters that it does not know.
        return try await pages.all().filter { $0.invoiceIDs.contains(invoiceID) }
    }
}

/// Why Lago makes no payment link.
///
/// - Source: the codes of a 422 to `POST …/payment_url`.
package enum LagoPaymentLinkRefusal: String, CaseIterable, Sendable {
    /// Lago's job has not made the credit invoice: ask again.
    case notInvoicedYet = "wallet_transaction_has_no_attached_invoice"
    /// The credits were granted, voided or consumed: nobody has to pay for them.
    case notPurchased = "wallet_transaction_not_purchased"
    case alreadySettled = "wallet_transaction_already_settled"
    /// The invoice is paid, voided or a draft.
    case invoiceNotPayable = "invalid_invoice_status_or_payment_status"
    /// The customer has no payment provider.
    case noProvider = "no_linked_payment_provider"
    /// The customer's provider makes no links.
    case providerWithoutLinks = "invalid_payment_provider"
    /// The provider was removed from Lago.
    case missingProvider = "missing_payment_provider"
    /// The provider does not know the customer yet.
    case missingProviderCustomer = "missing_payment_provider_customer"
    case providerError = "payment_provider_error"
    /// The provider said no.
    case providerRefused = "third_party_error"

    /// Whether asking again may bring a link without anybody's doing.
    package var passes: Bool {
        switch self {
        case .notInvoicedYet, .missingProviderCustomer, .providerError, .providerRefused: true
        case .notPurchased, .alreadySettled, .invoiceNotPayable, .noProvider, .providerWithoutLinks, .missingProvider:
            false
        }
    }
}

extension LagoError {
    /// Lago's words for what is wrong, in no order: the answer's `code`, and those of its fields. They are mostly codes,
    /// sometimes English sentences.
    package var codes: Set<String> {
        switch self {
        case .forbidden(let code), .notFound(let code), .conflict(let code): Set(code.map { [$0] } ?? [])
        case .validation(let code, let details): Set(details.values.joined()).union(code.map { [$0] } ?? [])
        default: []
        }
    }

    /// Why Lago makes no payment link; nil for an error about something else.
    package var paymentLinkRefusal: LagoPaymentLinkRefusal? {
        guard case .validation = self else { return nil }
        return LagoPaymentLinkRefusal.allCases.first { self.codes.contains($0.rawValue) }
    }
}
