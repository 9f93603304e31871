internal import LagoAPI
internal import Money
internal import Notices

/// What mails say of Lago's objects: nothing is asked or decided here.
struct BillingWords: Sendable {
    private static let day: Int64 = 86_400_000
    /// How many lines of an invoice a mail shows.
    private static let lines = 10

    let customerName: String?
    let billingURL: String
    /// Unix milliseconds.
    let now: Int64

    private func words(for invoice: LagoInvoice, _ document: Notice.Document) -> Notice.Invoice {
        Notice.Invoice(
            customerName: self.customerName,
            number: invoice.number.isEmpty ? nil : invoice.number,
            total: invoice.money(invoice.isOpen ? invoice.dueCents : invoice.totals.totalCents),
            dueOn: invoice.paymentDueDate,
            document: document,
            billingURL: self.billingURL
        )
    }

    func issued(
        _ invoice: LagoInvoice,
        _ document: Notice.Document,
        _ settlement: Notice.InvoiceIssued.Settlement
    ) -> Notice {
        let fees = (invoice.fees ?? []).filter { $0.amountCents != 0 && !$0.name.isEmpty }
        return .invoiceIssued(
            Notice.InvoiceIssued(
                invoice: self.words(for: invoice, document),
                beforeCredits: invoice.money(invoice.totals.subTotalIncludingTaxesCents),
                paidFromWallet: invoice.moneyIfAny(invoice.totals.prepaidCreditCents),
                otherCredits: invoice.moneyIfAny(invoice.totals.creditNotesCents),
                settlement: settlement,
                lines: fees.prefix(Self.lines).map { .init(name: $0.name, amount: invoice.money($0.amountCents)) },
                moreLines: max(0, fees.count - Self.lines)
            )
        )
    }

    func received(_ invoice: LagoInvoice, _ document: Notice.Document) -> Notice {
        .paymentReceived(
            Notice.PaymentReceived(
                invoice: self.words(for: invoice, document),
                amount: invoice.money(invoice.receivedCents)
            )
        )
    }

    func failed(
        _ invoice: LagoInvoice,
        _ document: Notice.Document,
        detail: String?,
        _ payment: Notice.Payment
    ) -> Notice {
        let words = self.words(for: invoice, document)
        return .paymentFailed(Notice.PaymentFailed(invoice: words, detail: detail, payment: payment))
    }

    func actionRequired(_ invoice: LagoInvoice, _ document: Notice.Document, _ payment: Notice.Payment) -> Notice {
        let words = self.words(for: invoice, document)
        return .paymentActionRequired(Notice.PaymentActionRequired(invoice: words, payment: payment))
    }

    /// - Parameter reminder: 0 for the first notice.
    func overdue(
        _ invoice: LagoInvoice,
        _ document: Notice.Document,
        reminder: Int,
        _ payment: Notice.Payment
    ) -> Notice {
        let late = invoice.paymentDueDate.map { (self.now - $0) / Self.day } ?? 1
        return .paymentOverdue(
            Notice.PaymentOverdue(
                invoice: self.words(for: invoice, document),
                due: invoice.money(invoice.dueCents),
                reminder: reminder,
                daysLate: Int(clamping: max(1, late)),
                payment: payment
            )
        )
    }

    func voided(_ invoice: LagoInvoice) -> Notice {
        .invoiceVoided(Notice.InvoiceVoided(invoice: self.words(for: invoice, .none)))
    }

    func issued(_ note: LagoCreditNote, _ document: Notice.Document) -> Notice {
        func money(_ cents: Int64) -> Amount { Amount(minorUnits: cents, currency: note.currency) }
        return .creditNoteIssued(
            Notice.CreditNoteIssued(
                customerName: self.customerName,
                number: note.number.isEmpty ? nil : note.number,
                invoiceNumber: note.invoiceNumber,
                total: money(note.totalCents),
                credit: note.creditCents > 0 ? money(note.creditCents) : nil,
                refund: note.refundCents > 0 ? money(note.refundCents) : nil,
                document: document,
                billingURL: self.billingURL
            )
        )
    }

    // MARK: - Subscriptions and wallets

    /// Nil where the arguments lack what the kind tells.
    func subscription(_ kind: MessageKind, _ arguments: SubscriptionArguments) -> Notice? {
        let words = Notice.Subscription(
            customerName: self.customerName,
            planName: arguments.planName,
            billingURL: self.billingURL
        )
        switch kind {
        case .subscriptionStarted:
            return .subscriptionStarted(
                Notice.SubscriptionStarted(
                    subscription: words,
                    startedAt: arguments.at,
                    trialEndsAt: arguments.trialEndsAt.flatMap { $0 > self.now ? $0 : nil }
                )
            )
        case .subscriptionEnding:
            return arguments.at.map { .subscriptionEnding(Notice.SubscriptionEnding(subscription: words, endsAt: $0)) }
        case .subscriptionEnded:
            return .subscriptionEnded(Notice.SubscriptionEnded(subscription: words, endedAt: arguments.at))
        case .trialEnded: return .trialEnded(Notice.TrialEnded(subscription: words, endedAt: arguments.at))
        default:
            guard let threshold = arguments.threshold, let currency = Currency(threshold.currency) else { return nil }
            return .usageThresholdReached(
                Notice.UsageThresholdReached(
                    subscription: words,
                    thresholdName: threshold.name,
                    threshold: Amount(minorUnits: threshold.cents, currency: currency)
                )
            )
        }
    }

    func terminated(_ wallet: WalletArguments) -> Notice {
        .walletTerminated(
            Notice.WalletTerminated(
                customerName: self.customerName,
                walletName: wallet.name,
                left: wallet.balance,
                billingURL: self.billingURL
            )
        )
    }

    func expiring(_ wallet: LagoWallet, at expiresAt: Int64) -> Notice {
        let worth = Amount(minorUnits: wallet.balanceCents, currency: wallet.currency)
        return .creditsExpiring(
            Notice.CreditsExpiring(
                customerName: self.customerName,
                credits: .both(wallet.credits.balance, worth),
                expiresAt: expiresAt,
                now: self.now,
                billingURL: self.billingURL
            )
        )
    }
}

extension LagoInvoice {
    var isPaid: Bool { self.paymentStatus == PaymentStatus.succeeded.rawValue }

    /// Somebody is to pay it: of others nothing is due, whatever they were about.
    fileprivate var isOpen: Bool { !self.isPaid && self.status != Status.voided.rawValue }

    /// What is still to be paid, in the currency's smallest unit as Lago counts it.
    var dueCents: Int64 { self.isPaid ? 0 : self.totals.dueCents ?? self.totals.totalCents }

    /// What was paid for one that is paid: less than its total where credit notes were set against it. One that was only
    /// marked as paid still has something due, and was paid in full.
    fileprivate var receivedCents: Int64 {
        guard let paid = self.totals.paidCents, paid > 0, self.totals.dueCents == 0 else {
            return self.totals.totalCents
        }
        return paid
    }

    /// Why nobody is to be reminded of it; nil where somebody is.
    var whyNotOverdue: String? {
        if self.isPaid || self.dueCents <= 0 { return "the invoice is paid" }
        if self.status == Status.voided.rawValue { return "the invoice was voided" }
        if self.paymentDisputeLostAt != nil { return "the payment was disputed" }
        return self.isPaymentOverdue ? nil : "the invoice is not overdue any more"
    }

    func money(_ cents: Int64) -> Amount { Amount(minorUnits: cents, currency: self.currency) }

    fileprivate func moneyIfAny(_ cents: Int64) -> Amount? { cents > 0 ? self.money(cents) : nil }
}

extension WalletArguments {
    fileprivate var balance: Notice.Balance? {
        guard let credits = FixedDecimal(self.credits), let currency = Currency(self.currency) else { return nil }
        return .both(credits, Amount(minorUnits: self.cents, currency: currency))
    }
}
