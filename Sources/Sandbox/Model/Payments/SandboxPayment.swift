package import Foundation

/// An attempt of the provider's to collect an invoice.
struct SandboxPayment: TableRow {
    enum Status: String, Sendable {
        case pending, succeeded, failed
        case requiresAction = "requires_action"
    }

    let id: String
    let invoiceID: String
    let customerID: String
    let cents: Int64
    let currency: String
    let createdAt: Date
    let how: SandboxCharge.How
    var status = Status.pending

    var group: String { self.invoiceID }
    var moment: Date { self.createdAt }

    /// The object as `GET /payments` and the webhooks show it.
    func json(customer: Customer, invoiceNumber: String) -> JSONValue {
        let provider = customer.billing.provider
        var json: JSONValue = [
            "lago_id": .string(self.id), "lago_customer_id": .string(customer.id),
            "external_customer_id": .string(customer.externalID), "invoice_ids": [.string(self.invoiceID)],
            "invoice_numbers": [.string(invoiceNumber)], "lago_payable_id": .string(self.invoiceID),
            "payable_type": "Invoice", "amount_cents": .integer(self.cents),
            "amount_currency": .string(self.currency), "status": .string(self.status.rawValue),
            "payment_status": .string(self.payableStatus), "type": "provider", "reference": nil,
            "payment_provider_code": .text(customer.billing.providerCode),
            "payment_provider_type": .text(provider.map { "PaymentProviders::\($0.capitalized)Provider" }),
            "external_payment_id": .string("pi_" + self.id.prefix(8)),
            "provider_payment_id": .string("pi_" + self.id.prefix(8)),
            "provider_customer_id": .text(customer.billing.providerCustomerID), "next_action": [:],
            "created_at": .string(LagoTime.seconds(self.createdAt)),
        ]
        if self.status == .requiresAction {
            json["next_action"] = [
                "type": "redirect_to_url",
                "redirect_to_url": [
                    "url": .string("https://hooks.stripe.example/3ds/" + self.id.prefix(8)), "return_url": nil,
                ],
            ]
        }
        return json
    }

    private var payableStatus: String {
        switch self.status {
        case .pending: "pending"
        case .requiresAction: "processing"
        case .succeeded: "succeeded"
        case .failed: "failed"
        }
    }
}

/// Money that a provider took from a customer: what must happen once for an invoice.
package struct SandboxCharge: Hashable, Sendable {
    package enum How: String, Sendable {
        /// By Lago, when it made the invoice.
        case automatic
        /// By `retry_payment`.
        case retry
        /// By the customer, on the page behind the payment link.
        case link
    }

    /// Lago's id of it.
    package let invoice: String
    /// The operator's id of the customer.
    package let customer: String
    /// The smallest unit of the currency.
    package let cents: Int64
    package let how: How
    package let at: Date
}
