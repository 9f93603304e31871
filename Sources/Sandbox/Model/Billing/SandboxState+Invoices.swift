import Foundation
import Money

extension SandboxState {
    /// Draws on the wallets, keeps the invoice, tells of it and of its document, and has it paid.
    mutating func finalize(_ invoice: inout SandboxInvoice, at now: Date) {
        guard let customer = self.customer(id: invoice.customerID) else { return }
        let isCredit = invoice.kind == .credit
        let drawn = isCredit ? nil : self.applyPrepaidCredits(to: &invoice, at: now)
        if invoice.totalCents == 0 {
            invoice.paymentStatus = .succeeded
            invoice.paidAt = now
        }
        self.invoices.append(invoice)
        if let date = invoice.overdueFrom { self.overdueFrom = min(self.overdueFrom, date) }
        for transaction in drawn ?? [] { self.tell(.walletTransactionCreated, transaction: transaction) }
        if drawn != nil { self.refreshWallets(of: customer.id, at: now) }
        self.tell(isCredit ? .invoicePaidCreditAdded : .invoiceCreated, invoice: invoice, at: now)
        self.requestDocument(of: invoice.id, at: now)
        if invoice.paymentStatus == .pending { self.charge(invoice, as: .automatic, at: now) }
    }

    /// Pays as much of the invoice from the customer's wallets as they hold and may pay, by priority, then age.
    ///
    /// - Returns: the transactions; nil when no wallet holds anything in the invoice's currency.
    private mutating func applyPrepaidCredits(
        to invoice: inout SandboxInvoice,
        at now: Date
    ) -> [WalletTransaction]? {
        let payers = self.payingWallets(of: invoice.customerID, in: invoice.currency).filter {
            self.wallets[$0].balanceCents > 0
        }
        guard !payers.isEmpty else { return nil }
        var buckets = Bucket.all(of: invoice.fees)
        var transactions: [WalletTransaction] = []
        for index in payers {
            var room = self.wallets[index].balanceCents
            buckets.sort { $0.cents > $1.cents }
            for number in buckets.indices {
                let bucket = buckets[number]
                guard self.wallets[index].pays(feeType: bucket.type, metricCode: bucket.metric) else { continue }
                let share = min(room, bucket.cents)
                buckets[number].cents -= share
                room -= share
            }
            let drawn = self.wallets[index].balanceCents - room
            guard drawn > 0 else { continue }
            transactions.append(self.draw(drawn, from: index, for: &invoice, at: now))
        }
        return transactions
    }

    /// What may be paid together: fees of one type and metric, with taxes.
    private struct Bucket {
        let type: String
        let metric: String?
        var cents: Int64

        static func all(of fees: [Fee]) -> [Bucket] {
            var buckets: [Bucket] = []
            for fee in fees {
                if let index = buckets.firstIndex(where: { $0.type == fee.type && $0.metric == fee.metricCode }) {
                    buckets[index].cents += fee.totalCents
                } else {
                    buckets.append(Bucket(type: fee.type, metric: fee.metricCode, cents: fee.totalCents))
                }
            }
            return buckets
        }
    }

    /// Takes minor units out of one wallet for an invoice.
    private mutating func draw(
        _ cents: Int64,
        from index: Int,
        for invoice: inout SandboxInvoice,
        at now: Date
    ) -> WalletTransaction {
        let credits = self.wallets[index].consume(cents: cents, at: now)
        var transaction = WalletTransaction(
            .invoiced,
            credits: credits,
            cents: cents,
            wallet: self.wallets[index],
            at: now
        )
        transaction.invoiceID = invoice.id
        self.keep(transaction)
        let purchased = self.useUp(cents, of: self.wallets[index].id)
        invoice.purchasedCreditCents += purchased
        invoice.grantedCreditCents += cents - purchased
        self.tell(.walletUpdated, wallet: index)
        return transaction
    }

    /// Lowers what is left of the wallet's inbound transactions: by priority, granted first, oldest first.
    ///
    /// - Returns: how much of it had been purchased.
    @discardableResult
    mutating func useUp(_ cents: Int64, of walletID: String) -> Int64 {
        let order = self.transactions.positions(in: walletID)
            .filter { self.transactions[$0].remainingCents ?? 0 > 0 }
            .sorted { left, right in
                let (one, other) = (self.transactions[left], self.transactions[right])
                return (one.priority, one.kind == .granted ? 0 : 1, left)
                    < (other.priority, other.kind == .granted ? 0 : 1, right)
            }
        var rest = cents
        var purchased: Int64 = 0
        for index in order where rest > 0 {
            let share = min(rest, self.transactions[index].remainingCents ?? 0)
            self.transactions[index].remainingCents = (self.transactions[index].remainingCents ?? 0) - share
            if self.transactions[index].kind == .purchased { purchased += share }
            rest -= share
        }
        return purchased
    }

    /// Adds a webhook about an invoice, with what that type of webhook embeds.
    mutating func tell(_ type: LagoWebhook, invoice: SandboxInvoice, at now: Date) {
        guard self.isHeard, let customer = self.customer(id: invoice.customerID) else { return }
        var object = invoice.json(customer: customer, of: self.organization)
        object["customer"] = customer.json(of: self.organization)
        if type == .invoiceCreated || type == .invoiceVoided {
            object["subscriptions"] = invoice.subscriptionsJSON(customer: customer, calendar: self.billing.calendar)
            object["billing_periods"] = invoice.billingPeriodsJSON(calendar: self.billing.calendar)
        }
        if type != .invoiceGenerated { object["fees"] = invoice.feesJSON(customer: customer) }
        if type == .invoiceCreated || type == .invoiceVoided { object["credits"] = [] }
        if [.invoiceCreated, .invoicePaidCreditAdded, .invoicePaymentOverdue, .invoiceVoided].contains(type) {
            object["applied_taxes"] = invoice.appliedTaxesJSON
        }
        if [.invoiceCreated, .invoicePaidCreditAdded].contains(type) { object["applied_invoice_custom_sections"] = [] }
        self.news.append(News(type: type, object: object))
    }
}
