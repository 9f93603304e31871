import Foundation
import Money

extension SandboxState {
    /// What one request asks to move: at most one transaction of each kind.
    private struct Order {
        var wallet: Int
        var credits: [WalletTransaction.Kind: FixedDecimal] = [:]
    }

    /// Applies the `wallet_transaction` object of a request: grants and voids at once, purchases once they are paid.
    ///
    /// - Returns: the transactions as the answer shows them: paid, granted, voided.
    /// - Throws: `LagoFailure` 422 with what is wrong; nothing has changed then.
    mutating func createTransactions(_ body: JSONValue, at now: Date) throws(LagoFailure) -> [WalletTransaction] {
        guard let id = body["wallet_id"]?.string, let index = self.wallets.position(id: id) else {
            throw .validation(["wallet_id": ["wallet_not_found"]])
        }
        let wallet = self.wallets[index]
        guard !wallet.isTerminated else { throw .validation(["wallet_id": ["wallet_is_terminated"]]) }
        if let priority = body["priority"]?.integer, !(1...50).contains(priority) { throw .crash }
        let order = try self.order(body, wallet: index)
        var template = try TransactionTemplate(body)
        template.requiresSuccessfulPayment =
            body["invoice_requires_successful_payment"]?.bool ?? wallet.invoiceRequiresSuccessfulPayment
        var created: [WalletTransaction] = []
        for kind in [WalletTransaction.Kind.purchased, .granted, .voided] {
            guard let credits = order.credits[kind] else { continue }
            created.append(self.create(kind, credits, wallet: index, template: template, at: now))
        }
        return created
    }

    /// Has the invoices made that purchased credits wait for, which Lago does in a job after its answer.
    mutating func invoicePurchases(_ created: [WalletTransaction], at now: Date) {
        guard let delay = self.paymentRules.invoiceDelay else { return }
        for transaction in created where transaction.kind == .purchased {
            self.run(.invoice(transaction: transaction.id), after: delay, at: now)
        }
    }

    /// Adds a transaction as this version of Lago has it.
    @discardableResult
    mutating func keep(_ transaction: WalletTransaction) -> WalletTransaction {
        var transaction = transaction
        if !self.billing.keepsMetadata { transaction.metadata = nil }
        self.transactions.append(transaction)
        return transaction
    }

    mutating func invoicePurchase(_ id: String, at now: Date) {
        guard let index = self.transactions.position(id: id) else { return }
        let transaction = self.transactions[index]
        guard let wallet = self.wallets.row(id: transaction.walletID), let customer = self.customer(of: wallet) else {
            return
        }
        let fee = Fee(.credit(transaction), taxRate: .zero, at: now)
        var invoice = self.draft(.credit, of: customer, fees: [fee], in: wallet.currency, at: now)
        self.transactions[index].invoiceID = invoice.id
        self.finalize(&invoice, at: now)
    }

    private func order(_ body: JSONValue, wallet index: Int) throws(LagoFailure) -> Order {
        let wallet = self.wallets[index]
        var order = Order(wallet: index)
        var details: [String: [String]] = [:]
        let fields: [(String, WalletTransaction.Kind)] = [
            ("paid_credits", .purchased), ("granted_credits", .granted), ("voided_credits", .voided),
        ]
        for (field, kind) in fields {
            guard let value = body[field], value != .null else { continue }
            guard let credits = value.string.flatMap({ FixedDecimal($0) }), credits >= .zero else {
                details[field] = ["invalid_" + field, "invalid_amount"]
                continue
            }
            guard credits > .zero else { continue }
            let cents = credits.cents(rate: wallet.rate, currency: wallet.currency)
            if cents == 0, kind != .voided { details[field] = ["amount_rounds_to_zero"] }
            if kind == .voided, credits > wallet.creditsBalance { details[field] = ["insufficient_credits"] }
            if kind == .purchased, body["ignore_paid_top_up_limits"]?.bool != true {
                if let least = wallet.paidTopUpMinAmountCents, cents < least {
                    details[field] = ["amount_below_minimum"]
                }
                if let most = wallet.paidTopUpMaxAmountCents, cents > most { details[field] = ["amount_above_maximum"] }
            }
            order.credits[kind] = credits
        }
        guard details.isEmpty else { throw .validation(details) }
        return order
    }

    private mutating func create(
        _ kind: WalletTransaction.Kind,
        _ requested: FixedDecimal,
        wallet index: Int,
        template: TransactionTemplate,
        at now: Date
    ) -> WalletTransaction {
        let wallet = self.wallets[index]
        let cents = requested.cents(rate: wallet.rate, currency: wallet.currency)
        // What is added is what the rounded amount buys; what is voided stays as it was asked for.
        let credits =
            kind.isInbound ? FixedDecimal(cents: cents, rate: wallet.rate, currency: wallet.currency) : requested
        var transaction = WalletTransaction(kind, credits: credits, cents: cents, wallet: wallet, at: now)
        template.fill(&transaction)
        transaction = self.keep(transaction)
        switch kind {
        case .granted: self.wallets[index].add(credits, cents: cents, at: now)
        case .voided:
            self.wallets[index].consume(credits, at: now)
            self.useUp(cents, of: wallet.id)
        case .purchased, .invoiced: break
        }
        self.tell(.walletTransactionCreated, transaction: transaction)
        if kind != .purchased {
            self.tell(.walletUpdated, wallet: index)
            self.refreshWallets(of: wallet.customerID, at: now)
        }
        return transaction
    }
}
