import Foundation
import Money

extension SandboxState {
    /// Has the provider charge for an invoice; its answer comes by itself.
    mutating func charge(_ invoice: SandboxInvoice, as how: SandboxCharge.How, at now: Date) {
        guard let customer = self.customer(id: invoice.customerID), customer.billing.provider != nil else { return }
        let payment = SandboxPayment(
            id: LagoID.new(),
            invoiceID: invoice.id,
            customerID: invoice.customerID,
            cents: invoice.totalCents,
            currency: invoice.currency.code,
            createdAt: now,
            how: how
        )
        self.payments.append(payment)
        self.run(.answer(payment: payment.id), after: self.paymentRules.answerDelay, at: now)
    }

    /// The provider's answer. A retry goes through even where the customer has paid by the link meanwhile: nobody told
    /// the provider. The first charge looks at the invoice once more.
    mutating func answer(payment id: String, at now: Date) {
        guard let index = self.payments.position(id: id), self.payments[index].status == .pending,
            let customer = self.customer(id: self.payments[index].customerID)
        else { return }
        let payment = self.payments[index]
        let isOpen = self.invoices.row(id: payment.invoiceID)?.overdueFrom != nil
        guard isOpen || payment.how == .retry else {
            self.payments[index].status = .failed
            return
        }
        switch self.paymentRules.outcome(for: customer) {
        case .wait: break
        case .succeed:
            self.payments[index].status = .succeeded
            self.collect(invoice: payment.invoiceID, as: payment.how, at: now)
        case .decline:
            self.payments[index].status = .failed
            if isOpen { self.decline(invoice: payment.invoiceID, at: now) }
        case .needsAction:
            self.payments[index].status = .requiresAction
            let number = self.invoices.row(id: payment.invoiceID)?.number ?? ""
            let object = self.payments[index].json(customer: customer, invoiceNumber: number)
            self.news.append(News(type: .paymentRequiresAction, object: object))
        }
    }

    /// Money has moved: puts that down, and marks the invoice as paid unless it is.
    mutating func collect(invoice id: String, as how: SandboxCharge.How, at now: Date) {
        guard let invoice = self.invoices.row(id: id), let customer = self.customer(id: invoice.customerID) else {
            return
        }
        self.charges.append(
            SandboxCharge(invoice: id, customer: customer.externalID, cents: invoice.totalCents, how: how, at: now)
        )
        if how != .retry { self.end(paymentsOf: id, as: .succeeded) }
        guard invoice.paymentStatus != .succeeded else { return }
        self.pay(invoice: id, at: now)
    }

    /// Whether the provider has been asked to charge for an invoice, and has not answered for good.
    func isBeingCharged(invoice id: String) -> Bool {
        self.payments.rows(in: id).contains { $0.status == .pending || $0.status == .requiresAction }
    }

    /// Ends what waits for the customer, or for ever; an answer that is under way still comes.
    mutating func end(paymentsOf invoice: String, as status: SandboxPayment.Status) {
        let answers = Set(
            self.jobs.compactMap { job in if case .answer(let payment) = job.work { payment } else { nil } }
        )
        for index in self.payments.positions(in: invoice)
        where [.pending, .requiresAction].contains(self.payments[index].status)
            && !answers.contains(self.payments[index].id)
        {
            self.payments[index].status = status
        }
    }

    /// The page where an invoice is paid.
    ///
    /// - Parameter host: what the caller knows the sandbox by, as `127.0.0.1:3000`.
    /// - Throws: `LagoFailure` 422 for a customer without a provider, and for an invoice that is paid or voided.
    func paymentURL(ofInvoice id: String, host: String) throws(LagoFailure) -> (customer: Customer, url: String) {
        let invoice = self.invoices[try self.invoiceIndex(id: id)]
        guard let customer = self.customer(id: invoice.customerID), customer.billing.provider != nil else {
            throw .validation(["base": ["no_linked_payment_provider"]])
        }
        guard invoice.voidedAt == nil, invoice.paymentStatus != .succeeded else {
            throw .validation(["base": ["invalid_invoice_status_or_payment_status"]])
        }
        return (customer, "http://\(host)/sandbox/pay/\(id)")
    }
}
