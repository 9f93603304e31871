import Foundation
import Hummingbird
import NIOCore

/// Links to pay by, the page behind them, and the provider's attempts.
struct PaymentRoutes {
    let model: SandboxModel
    let webhooks: Webhooks
    let now: @Sendable () -> Date

    func add(to group: RouterGroup<SandboxContext>) {
        group.post("wallet_transactions/:lago_id/payment_url", use: self.transactionURL)
        group.post("invoices/:lago_id/payment_url", use: self.invoiceURL)
        group.get("payments", use: self.list)
    }

    /// `GET|POST /sandbox/pay/{invoice}`: what the provider's page is in life.
    func addPage(to group: RouterGroup<SandboxContext>) {
        group.get("pay/:lago_id") { _, context in try self.page(try context.segment("lago_id")) }
        group.post("pay/:lago_id") { _, context in
            let id = try context.segment("lago_id")
            try self.webhooks.change { state throws(LagoFailure) in
                let invoice = state.invoices[try state.invoiceIndex(id: id)]
                guard invoice.voidedAt == nil, invoice.paymentStatus != .succeeded else { return }
                state.collect(invoice: id, as: .link, at: self.now())
            }
            return try self.page(id)
        }
    }

    @Sendable
    private func transactionURL(_ request: Request, context: SandboxContext) async throws -> JSONValue {
        let (id, host) = (try context.segment("lago_id"), request.head.authority ?? "localhost")
        return try self.model.withLock { state throws(LagoFailure) in
            guard let transaction = state.transactions.row(id: id) else { throw .notFound("wallet_transaction") }
            let refusal: String? =
                switch (transaction.kind, transaction.status, transaction.invoiceID) {
                case (.purchased, .settled, _): "wallet_transaction_already_settled"
                case (.purchased, _, nil): "wallet_transaction_has_no_attached_invoice"
                case (.purchased, _, _?): nil
                default: "wallet_transaction_not_purchased"
                }
            if let refusal { throw .validation(["base": [refusal]]) }
            let (customer, url) = try state.paymentURL(ofInvoice: transaction.invoiceID ?? "", host: host)
            return [
                "wallet_transaction_payment_details": Self.details(customer, "lago_wallet_transaction_id", id, url)
            ]
        }
    }

    @Sendable
    private func invoiceURL(_ request: Request, context: SandboxContext) async throws -> JSONValue {
        let (id, host) = (try context.segment("lago_id"), request.head.authority ?? "localhost")
        return try self.model.withLock { state throws(LagoFailure) in
            let (customer, url) = try state.paymentURL(ofInvoice: id, host: host)
            return ["invoice_payment_details": Self.details(customer, "lago_invoice_id", id, url)]
        }
    }

    private static func details(_ customer: Customer, _ field: String, _ id: String, _ url: String) -> JSONValue {
        [
            "lago_customer_id": .string(customer.id), "external_customer_id": .string(customer.externalID),
            "payment_provider": .text(customer.billing.provider), field: .string(id), "payment_url": .string(url),
        ]
    }

    @Sendable
    private func list(_ request: Request, context: SandboxContext) async throws -> JSONValue {
        let query = Query(request)
        return try self.model.withLock { state throws(LagoFailure) in
            let customer = query["external_customer_id"].map { state.knownCustomer($0)?.id ?? "" }
            let found = state.payments.reversed().filter { payment in
                (query["invoice_id"].map { payment.invoiceID == $0 } ?? true)
                    && (customer.map { payment.customerID == $0 } ?? true)
            }
            let page = try query.page.slice(Array(found))
            let objects = page.items.compactMap { payment -> JSONValue? in
                guard let customer = state.customer(id: payment.customerID) else { return nil }
                let number = state.invoices.row(id: payment.invoiceID)?.number ?? ""
                return payment.json(customer: customer, invoiceNumber: number)
            }
            return ["payments": .array(objects), "meta": page.meta]
        }
    }

    private func page(_ id: String) throws -> Response {
        let (number, isPaid) = try self.model.withLock { state throws(LagoFailure) in
            let invoice = state.invoices[try state.invoiceIndex(id: id)]
            return (invoice.number, invoice.paymentStatus == .succeeded)
        }
        let words =
            isPaid ? "<p>It is paid.</p>" : "<form method=\"post\"><button type=\"submit\">Pay</button></form>"
        let html = """
            <!DOCTYPE html><html lang="en"><meta charset="utf-8"><title>Pay</title>
            <h1>Invoice \(number)</h1>\(words)</html>
            """
        return Response(
            status: .ok,
            headers: [.contentType: "text/html; charset=utf-8"],
            body: .init(byteBuffer: ByteBuffer(string: html))
        )
    }
}
