import Foundation
import Money

extension SandboxState {
    /// - Throws: `LagoFailure` 404 `invoice_not_found`.
    func invoiceIndex(id: String) throws(LagoFailure) -> Int {
        guard let index = self.invoices.position(id: id) else { throw .notFound("invoice") }
        return index
    }

    /// What the payment provider does when a charge goes through.
    mutating func pay(invoice id: String, at now: Date) {
        guard let index = self.invoices.position(id: id) else { return }
        self.invoices[index].paidCents = self.invoices[index].totalCents
        self.mark(invoice: index, as: .succeeded, at: now)
    }

    /// What the payment provider does when it refuses a charge: no `payment_status_updated` says so.
    mutating func decline(invoice id: String, at now: Date) {
        guard let index = self.invoices.position(id: id),
            let customer = self.customer(id: self.invoices[index].customerID)
        else { return }
        self.end(paymentsOf: id, as: .failed)
        self.invoices[index].paymentStatus = .failed
        self.invoices[index].updatedAt = now
        var object: JSONValue = [
            "lago_customer_id": .string(customer.id), "external_customer_id": .string(customer.externalID),
            "provider_customer_id": .text(customer.billing.providerCustomerID),
            "payment_provider": .text(customer.billing.provider),
            "payment_provider_code": .text(customer.billing.providerCode),
            "provider_error": ["message": "Your card was declined.", "error_code": "card_declined"],
        ]
        if let transaction = self.purchases(paidBy: id).first {
            var paymentFailure: JSONValue = [
                "lago_wallet_transaction_id": .string(self.transactions[transaction].id)
            ]
            for member in object.object?.members ?? [] { paymentFailure[member.key] = member.value }
            self.news.append(News(type: .walletTransactionPaymentFailure, object: paymentFailure))
        }
        object = JSONValue(dictionaryLiteral: ("lago_invoice_id", .string(id))).merging(object)
        object["error_details"] = [
            "code": "card_declined", "message": "Your card was declined.",
            "request_id": .string("req_" + LagoID.new().prefix(8)), "http_status": 402, "http_body": [:],
        ]
        self.news.append(News(type: .invoicePaymentFailure, object: object))
        self.failTransactions(of: id, at: now)
    }

    /// Has the provider charge for an invoice again.
    ///
    /// - Throws: `LagoFailure` 404, 405 for an invoice that is paid, voided, or being charged for.
    mutating func retryPayment(invoice id: String, at now: Date) throws(LagoFailure) {
        let invoice = self.invoices[try self.invoiceIndex(id: id)]
        guard invoice.voidedAt == nil, invoice.paymentStatus != .succeeded else {
            throw .notAllowed("invalid_status")
        }
        guard !self.isBeingCharged(invoice: id) else {
            throw .notAllowed("payment_processor_is_currently_handling_payment")
        }
        self.charge(invoice, as: .retry, at: now)
    }

    /// Applies the `invoice` object of `PUT /invoices/{id}`.
    ///
    /// - Throws: `LagoFailure` 422 for a status that does not exist, 405 for a voided invoice; nothing has changed then.
    mutating func update(invoice id: String, _ body: JSONValue, at now: Date) throws(LagoFailure) -> SandboxInvoice {
        let index = try self.invoiceIndex(id: id)
        guard self.invoices[index].voidedAt == nil else { throw .notAllowed("update_on_voided_invoice") }
        if let value = body["payment_status"] {
            guard let status = value.string.flatMap(SandboxInvoice.PaymentStatus.init(rawValue:)) else {
                throw .validation(["payment_status": ["value_is_invalid"]])
            }
            self.mark(invoice: index, as: status, at: now)
        }
        if let list = body["metadata"]?.array {
            self.invoices[index].metadata = list.prefix(5).map {
                Customer.Metadata(
                    id: $0["id"]?.string ?? LagoID.new(),
                    key: $0["key"]?.string ?? "",
                    value: $0["value"]?.string ?? "",
                    displayInInvoice: true,
                    createdAt: now
                )
            }
            self.invoices[index].updatedAt = now
        }
        return self.invoices[index]
    }

    /// Sets the payment status; the transactions that the invoice pays for settle or fail with it.
    private mutating func mark(invoice index: Int, as status: SandboxInvoice.PaymentStatus, at now: Date) {
        let hasChanged = self.invoices[index].paymentStatus != status
        self.invoices[index].paymentStatus = status
        if let date = self.invoices[index].overdueFrom {
            self.overdueFrom = min(self.overdueFrom, date)
        } else {
            self.invoices[index].isOverdue = false
        }
        self.invoices[index].paidAt = status == .succeeded ? self.invoices[index].paidAt ?? now : nil
        self.invoices[index].updatedAt = now
        let invoice = self.invoices[index]
        if hasChanged { self.tell(.invoicePaymentStatusUpdated, invoice: invoice, at: now) }
        switch status {
        case .succeeded: self.settleTransactions(of: invoice.id, at: now)
        case .failed: self.failTransactions(of: invoice.id, at: now)
        case .pending: break
        }
    }

    /// Where the purchased transactions are that an invoice is for.
    private func purchases(paidBy invoiceID: String) -> [Int] {
        (self.invoices.row(id: invoiceID)?.fees ?? []).compactMap { fee in
            if case .credit(let transaction) = fee.item { self.transactions.position(id: transaction.id) } else { nil }
        }
    }

    /// Credits what was purchased, also after a failure; settled transactions are skipped.
    private mutating func settleTransactions(of invoiceID: String, at now: Date) {
        for index in self.purchases(paidBy: invoiceID) where self.transactions[index].status != .settled {
            self.transactions[index].status = .settled
            self.transactions[index].settledAt = now
            self.transactions[index].failedAt = nil
            self.transactions[index].remainingCents = self.transactions[index].cents
            let transaction = self.transactions[index]
            guard let wallet = self.wallets.position(id: transaction.walletID) else { continue }
            self.wallets[wallet].add(transaction.credits, cents: transaction.cents, at: now)
            self.tell(.walletTransactionUpdated, transaction: transaction)
            self.tell(.walletUpdated, wallet: wallet)
            self.refreshWallets(of: self.wallets[wallet].customerID, at: now)
        }
    }

    private mutating func failTransactions(of invoiceID: String, at now: Date) {
        for index in self.purchases(paidBy: invoiceID) where self.transactions[index].status == .pending {
            self.transactions[index].status = .failed
            self.transactions[index].failedAt = now
            self.tell(.walletTransactionUpdated, transaction: self.transactions[index])
        }
    }
}
