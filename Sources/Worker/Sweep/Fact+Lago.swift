package import LagoAPI
package import LagoEvents

// Which facts an object of Lago's shows. A webhook's payload is read in the same way as what a sweep finds, so both
// name one fact alike.

extension Fact {
    /// The facts that a payload shows: that of its own webhook, and others of the same object.
    package static func shown(by payload: LagoPayload) -> [Fact] {
        switch payload {
        case .wallet(let wallet): self.shown(by: wallet)
        case .walletTransaction(let transaction, let customer):
            self.shown(by: transaction, of: customer.map(CustomerID.init(rawValue:)))
        case .invoice(let invoice): self.shown(by: invoice)
        case .subscription(let subscription): self.shown(by: subscription)
        case .creditNote(let note): self.shown(by: note, of: note.externalCustomerID.map(CustomerID.init(rawValue:)))
        case .invoicePaymentFailure(let id, let customer, let words):
            [self.paymentFailed(invoice: id, customer, words)]
        case .transactionPaymentFailure(let id, let customer, let words):
            [self.failed(transaction: id, customer, words)]
        case .payment(let id, let invoices, let status, let customer):
            status == Self.requiresAction ? invoices.map { self.actionRequired(by: id, invoice: $0, customer) } : []
        }
    }

    /// The facts that a webhook tells, by its type and its object. What the object shows besides has a webhook of its own,
    /// or is found by a sweep.
    ///
    /// - Parameter receivedAt: Unix milliseconds.
    static func told(by type: WebhookType?, _ payload: LagoPayload, receivedAt: Int64) -> [Fact] {
        let shown = self.shown(by: payload).filter { $0.isTold(by: type) }
        guard case .subscription(let subscription) = payload, let type,
            let what = self.passing(type, subscription, receivedAt)
        else { return shown }
        let customer = CustomerID(rawValue: subscription.externalCustomerID)
        return shown + [Fact(.subscription, id: subscription.id, what, type: type, customer: customer, at: nil)]
    }

    /// What happened to a subscription that the object does not keep.
    private static func passing(_ type: WebhookType, _ subscription: LagoSubscription, _ now: Int64) -> String? {
        switch type.rawValue {
        case "subscription.trial_ended": return "trial_ended"
        case "subscription.termination_alert":
            // Lago alerts more than once, some days apart.
            return subscription.endingAt.map { "ending/\($0)/\(max(0, $0 - now + 43_200_000) / 86_400_000)" }
        case "subscription.usage_threshold_reached":
            let period = subscription.currentPeriodFrom ?? 0
            return subscription.usageThreshold.map { "usage_threshold/\($0.id)/\(period)" }
        default: return nil
        }
    }

    /// A balance has no name of its own: each that Lago has synced is a fact.
    static func shown(by wallet: LagoWallet) -> [Fact] {
        let customer = CustomerID(rawValue: wallet.externalCustomerID)
        func fact(_ what: String, _ type: String, at: Int64?) -> Fact {
            let type = WebhookType(rawValue: type)
            return Fact(
                .wallet,
                id: wallet.id,
                what,
                type: type,
                customer: customer,
                at: at,
                notBefore: wallet.createdAt
            )
        }
        var facts = [fact("created", "wallet.created", at: wallet.createdAt)]
        if let syncedAt = wallet.lastBalanceSyncAt {
            facts.append(fact("balance/\(syncedAt)/\(wallet.balanceCents)", "wallet.updated", at: syncedAt))
        }
        if !wallet.isActive { facts.append(fact("terminated", "wallet.terminated", at: wallet.terminatedAt)) }
        return facts
    }

    /// A transaction that was not paid for is born settled: that it is there says all.
    static func shown(by transaction: LagoWalletTransaction, of customer: CustomerID?) -> [Fact] {
        func fact(_ what: String, _ type: String, at: Int64?) -> Fact {
            Fact(
                .walletTransaction,
                id: transaction.id,
                what,
                type: WebhookType(rawValue: type),
                customer: customer,
                at: at,
                notBefore: transaction.createdAt
            )
        }
        let created = fact("created", "wallet_transaction.created", at: transaction.createdAt)
        guard transaction.cause == LagoWalletTransaction.Cause.purchased.rawValue else { return [created] }
        switch LagoWalletTransaction.Status(rawValue: transaction.status) {
        case .settled: return [created, fact("settled", "wallet_transaction.updated", at: transaction.settledAt)]
        case .failed: return [created, fact("failed", "wallet_transaction.updated", at: transaction.failedAt)]
        case .pending, nil: return [created]
        }
    }

    /// Drafts are nothing yet. What Lago gives no time for happened after the invoice was made.
    static func shown(by invoice: LagoInvoice) -> [Fact] {
        let isVoided = invoice.status == LagoInvoice.Status.voided.rawValue
        guard isVoided || invoice.status == LagoInvoice.Status.finalized.rawValue else { return [] }
        func fact(_ what: String, _ type: String, at: Int64? = nil) -> Fact {
            Fact(
                .invoice,
                id: invoice.id,
                what,
                type: WebhookType(rawValue: type),
                customer: CustomerID(rawValue: invoice.externalCustomerID),
                at: at,
                notBefore: max(invoice.createdAt, invoice.issuingDate ?? 0)
            )
        }
        // The date of an invoice that was a draft for days is its day; the time of day is known of the others only.
        var facts = [fact("issued", invoice.issuingType, at: max(invoice.createdAt, invoice.issuingDate ?? 0))]
        switch LagoInvoice.PaymentStatus(rawValue: invoice.paymentStatus) {
        // One of zero is born paid, which no webhook tells.
        case .succeeded where invoice.totals.totalCents == 0: break
        case .succeeded: facts.append(fact("paid", "invoice.payment_status_updated"))
        case .failed: facts.append(fact("payment_failed", "invoice.payment_status_updated"))
        case .pending, nil: break
        }
        if invoice.isPaymentOverdue {
            let day: Int64 = 86_400_000
            facts.append(fact("overdue", "invoice.payment_overdue", at: invoice.paymentDueDate.map { $0 + day }))
        }
        if let disputedAt = invoice.paymentDisputeLostAt {
            facts.append(fact("disputed", "invoice.payment_dispute_lost", at: disputedAt))
        }
        if isVoided { facts.append(fact("voided", "invoice.voided", at: invoice.voidedAt)) }
        return facts
    }

    static func shown(by subscription: LagoSubscription) -> [Fact] {
        func fact(_ what: String, _ type: String, at: Int64?) -> Fact {
            Fact(
                .subscription,
                id: subscription.id,
                what,
                type: WebhookType(rawValue: type),
                customer: CustomerID(rawValue: subscription.externalCustomerID),
                at: at,
                notBefore: subscription.createdAt
            )
        }
        let started = subscription.startedAt.map { fact("started", "subscription.started", at: $0) }
        switch LagoSubscription.Status(rawValue: subscription.status) {
        case .active: return [started ?? fact("started", "subscription.started", at: nil)]
        case .terminated:
            let terminated = fact("terminated", "subscription.terminated", at: subscription.terminatedAt)
            return (started.map { [$0] } ?? []) + [terminated]
        // So Lago calls a pending one that is given up, too.
        case .canceled: return [fact("canceled", "subscription.terminated", at: subscription.canceledAt)]
        case .pending, nil: return []
        }
    }

    static func shown(by note: LagoCreditNote, of customer: CustomerID?) -> [Fact] {
        let type = WebhookType(rawValue: "credit_note.created")
        return [Fact(.creditNote, id: note.id, "issued", type: type, customer: customer, at: note.createdAt)]
    }

    private static func paymentFailed(invoice id: String, _ customer: String?, _ words: String?) -> Fact {
        let type = WebhookType(rawValue: "invoice.payment_failure")
        let customer = customer.map(CustomerID.init(rawValue:))
        return Fact(.invoice, id: id, "payment_failed", type: type, customer: customer, at: nil, detail: words)
    }

    private static func failed(transaction id: String, _ customer: String?, _ words: String?) -> Fact {
        let type = WebhookType(rawValue: "wallet_transaction.payment_failure")
        let customer = customer.map(CustomerID.init(rawValue:))
        return Fact(.walletTransaction, id: id, "failed", type: type, customer: customer, at: nil, detail: words)
    }

    /// A payment's status when the customer's bank asks for a confirmation.
    static let requiresAction = "requires_action"

    /// The customer is to confirm this payment of an invoice.
    private static func actionRequired(by payment: String, invoice id: String, _ customer: String?) -> Fact {
        let type = WebhookType(rawValue: "payment.requires_action")
        let customer = customer.map(CustomerID.init(rawValue:))
        return Fact(.invoice, id: id, "\(Self.actionRequiredWord)/\(payment)", type: type, customer: customer, at: nil)
    }

    /// What the facts about confirmations of an invoice's payments are called, before the payment's id.
    static let actionRequiredWord = "action_required"
}

extension LagoInvoice {
    /// The type of the webhook that tells that it was issued.
    fileprivate var issuingType: String {
        switch Kind(rawValue: self.kind) {
        case .credit: "invoice.paid_credit_added"
        case .oneOff, .addOn: "invoice.one_off_created"
        case .subscription, .advanceCharges, .progressiveBilling, nil: "invoice.created"
        }
    }
}
