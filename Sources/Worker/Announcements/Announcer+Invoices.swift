internal import Jobs
internal import LagoAPI
internal import LagoEvents
internal import Notices
internal import Store

// MARK: - Invoices and credit notes

extension Announcer {
    private static let day: Int64 = 86_400_000
    /// The time of day, in UTC, at which reminders go out.
    private static let morning: Int64 = 8 * 3_600_000
    /// After how many days without payment somebody is reminded.
    private static let reminders: [Int64] = [3, 7, 14]
    /// Two notices are at least so far apart.
    private static let pause: Int64 = 36 * 3_600_000
    /// A payment of which a webhook told is in Lago's list soon, in milliseconds.
    private static let listed: Int64 = 60_000

    func invoice(_ item: Item) async throws -> Result {
        let invoice = try await self.read(item)
        let isVoided = invoice.status == LagoInvoice.Status.voided.rawValue
        guard isVoided || invoice.status == LagoInvoice.Status.finalized.rawValue else {
            return .nobody(because: "the invoice is \(invoice.status)")
        }
        if invoice.kind == LagoInvoice.Kind.credit.rawValue { return try await self.purchase(invoice, item) }
        if isVoided, item.kind == .invoiceIssued {
            // On record, so that nobody is told that an invoice is void which they never got.
            let fact = Self.fact(of: invoice, item.kind)
            let reader = try await self.reader(item, invoice)
            return .tell(try self.mail(invoice, fact: fact, item, to: reader, never: (.superseded, "it was voided")))
        }
        if isVoided, item.kind != .invoiceVoided { return .nobody(because: "the invoice was voided") }
        switch item.kind {
        case .paymentFailed: return try await self.paymentFailed(invoice, item)
        case .paymentActionRequired:
            return try await self.attempt(invoice, item, what: Fact.actionRequiredWord, item.announcement.detail ?? "")
        case .paymentOverdue: return try await self.overdue(invoice, item)
        case .paymentReceived where invoice.totals.totalCents == 0: return .nobody(because: "there was nothing to pay")
        case .invoiceIssued where invoice.totals.subTotalIncludingTaxesCents == 0:
            return .nobody(because: "the invoice is for nothing")
        default:
            let fact = Self.fact(of: invoice, item.kind)
            return .tell(try self.mail(invoice, fact: fact, item, to: try await self.reader(item, invoice)))
        }
    }

    /// The invoice as the webhook has it, where that tells all; else as Lago has it.
    private func read(_ item: Item) async throws -> LagoInvoice {
        // Reminders go by what Lago says on their day.
        let isTold = item.kind != .paymentOverdue || item.announcement.detail == "0"
        if isTold, case .invoice(let invoice) = item.payload, invoice.id == item.announcement.id { return invoice }
        return try await item.client.invoice(id: item.announcement.id)
    }

    private func reader(_ item: Item, _ invoice: LagoInvoice) async throws -> Reader {
        try await self.reader(item, CustomerID(rawValue: invoice.externalCustomerID))
    }

    private static func fact(of invoice: LagoInvoice, _ kind: MessageKind) -> String {
        let what =
            switch kind {
            case .invoiceIssued: "issued"
            case .paymentReceived: "paid"
            default: "voided"
            }
        return "invoice/\(invoice.id)/\(what)"
    }

    private func mail(
        _ invoice: LagoInvoice,
        fact: String,
        _ item: Item,
        to reader: Reader,
        reminder: Int? = nil,
        never: (state: MessageState, reason: String)? = nil
    ) throws -> [OutgoingMessage] {
        try self.mail(
            item.kind,
            PaperArguments(
                id: invoice.id,
                customerName: reader.person.name,
                hasProvider: reader.hasProvider,
                reminder: reminder
            ),
            fact: fact,
            to: reader,
            thread: "invoice/\(invoice.id)/",
            never: never
        )
    }

    // MARK: - Payments that failed

    /// Once for each payment, and at most once a day: a provider tries again by itself.
    private func paymentFailed(_ invoice: LagoInvoice, _ item: Item) async throws -> Result {
        guard let attempt = try await self.failedPayment(of: invoice.id, item) else { return self.notListed(item) }
        return try await self.attempt(invoice, item, what: "payment_failed", attempt)
    }

    /// What follows where Lago lists no payment that failed: none did, as when it was refused a page to pay on.
    private func notListed(_ item: Item) -> Result {
        let isEarly = self.now() - item.announcement.at < Self.listed
        return isEarly ? .notYet(.seconds(5)) : .nobody(because: "no payment of it has failed")
    }

    /// - Parameter attempt: the payment's id.
    private func attempt(_ invoice: LagoInvoice, _ item: Item, what: String, _ attempt: String) async throws -> Result {
        guard !invoice.isPaid else { return .nobody(because: "the invoice is paid") }
        let customer = CustomerID(rawValue: invoice.externalCustomerID)
        let (beginning, kind) = ("invoice/\(invoice.id)/\(what)/", item.kind.rawValue)
        let (fact, now) = (beginning + attempt, self.now())
        if try await self.store.hasMessage(kind: kind, customer: customer, fact: fact) {
            return .nobody(because: "the customer was told of this payment")
        }
        let last = try await self.store.lastMessage(kind: kind, customer: customer, beginning: beginning)
        let isTooSoon = last.map { now - $0 < Self.day } ?? false
        let never = isTooSoon ? (MessageState.superseded, "the customer was told of another one within a day") : nil
        let reader = try await self.reader(item, invoice)
        return .tell(try self.mail(invoice, fact: fact, item, to: reader, never: never))
    }

    /// The id of the newest payment, where the provider refused it; the day, where this Lago lists no payments.
    func failedPayment(of invoice: String, _ item: Item) async throws -> String? {
        do {
            let payments = try await item.client.payments(invoiceID: invoice)
            guard let newest = payments.max(by: { $0.createdAt < $1.createdAt }), newest.isFailed else { return nil }
            return newest.id
        } catch LagoError.noRoute {
            return "day-\(item.announcement.at / Self.day)"
        }
    }

    // MARK: - Reminders

    private func overdue(_ invoice: LagoInvoice, _ item: Item) async throws -> Result {
        let number = item.announcement.detail.flatMap { Int($0) } ?? 0
        if number > 0, let reason = invoice.whyNotOverdue { return .nobody(because: reason) }
        let fact = "invoice/\(invoice.id)/overdue/\(number)"
        let messages = try self.mail(
            invoice,
            fact: fact,
            item,
            to: try await self.reader(item, invoice),
            reminder: number
        )
        guard let next = self.reminder(after: number, invoice) else { return .tell(messages) }
        let announcement = Announcement(.paymentOverdue, id: invoice.id, detail: "\(next.number)", at: next.at)
        let job = try announcement.job(of: CustomerID(rawValue: invoice.externalCustomerID))
        return .tell(messages, then: [(job, next.at)])
    }

    /// The next one that is still to come: who hears late of an invoice gets no two notices at once.
    private func reminder(after number: Int, _ invoice: LagoInvoice) -> (number: Int, at: Int64)? {
        let (due, now) = (invoice.paymentDueDate ?? self.now() - Self.day, self.now())
        for (index, days) in Self.reminders.enumerated() where index + 1 > number {
            let at = due + days * Self.day + Self.morning
            if at >= now + Self.pause { return (index + 1, at) }
        }
        return nil
    }

    // MARK: - Purchases of credits

    /// Those of ours are told by who watches over top-ups; of the others, that they are paid, declined or to be confirmed.
    private func purchase(_ invoice: LagoInvoice, _ item: Item) async throws -> Result {
        let kinds: [MessageKind: (kind: MessageKind, what: String)] = [
            .paymentReceived: (.topUpSucceeded, "paid"),
            .paymentFailed: (.topUpFailed, "failed"),
            .paymentActionRequired: (
                .topUpActionRequired, "\(Fact.actionRequiredWord)/\(item.announcement.detail ?? "")"
            ),
        ]
        guard invoice.status != LagoInvoice.Status.voided.rawValue, let (kind, what) = kinds[item.kind] else {
            return .nobody(because: "credits that are bought are told of when they are paid or declined")
        }
        let fees = if let fees = invoice.fees { fees } else { try await item.client.invoice(id: invoice.id).fees }
        guard let fee = fees?.first(where: { $0.transactionID != nil }), let id = fee.transactionID else {
            return .nobody(because: "its invoice names no credits")
        }
        let customer = CustomerID(rawValue: invoice.externalCustomerID)
        if try await self.store.isOurs(transaction: id) { return .nobody(because: "it is a top-up of ours") }
        // What we bought a moment ago may be this one.
        let inDoubt = try await self.store.openTopUps(of: customer).contains { $0.transactionID == nil }
        if inDoubt { return .notYet(.seconds(10)) }
        if kind == .topUpFailed {
            if invoice.isPaid { return .nobody(because: "it is paid") }
            // A payment that failed, or an operator who said so; a page to pay on that was refused is neither.
            let isDeclined = invoice.paymentStatus == LagoInvoice.PaymentStatus.failed.rawValue
            let attempt = isDeclined ? "" : try await self.failedPayment(of: invoice.id, item)
            guard attempt != nil else { return self.notListed(item) }
        }
        let reader = try await self.reader(item, customer)
        let arguments = PurchaseArguments(
            transaction: id,
            invoice: invoice.id,
            credits: fee.units ?? "0",
            customerName: reader.person.name
        )
        return .tell(try self.mail(kind, arguments, fact: "top_up/\(id)/\(what)", to: reader))
    }

    // MARK: - Credit notes

    func creditNote(_ item: Item) async throws -> Result {
        let id = item.announcement.id
        let note: LagoCreditNote
        if case .creditNote(let told) = item.payload {
            note = told
        } else {
            note = try await item.client.creditNote(id: id)
        }
        guard note.totalCents > 0 else { return .nobody(because: "the credit note is over nothing") }
        let customer: CustomerID
        if let named = item.named ?? note.externalCustomerID.map(CustomerID.init(rawValue:)) {
            customer = named
        } else {
            customer = CustomerID(rawValue: try await item.client.invoice(id: note.invoiceID).externalCustomerID)
        }
        let reader = try await self.reader(item, customer)
        let arguments = PaperArguments(id: id, customerName: reader.person.name)
        let (fact, thread) = ("credit_note/\(id)/issued", "invoice/\(note.invoiceID)/")
        return .tell(try self.mail(item.kind, arguments, fact: fact, to: reader, thread: thread))
    }
}
