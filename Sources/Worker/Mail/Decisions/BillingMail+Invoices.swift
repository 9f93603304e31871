private import Foundation
internal import LagoAPI
private import LagoEvents
internal import Mail
internal import Notices
internal import Store

// MARK: - Invoices and credit notes

extension BillingMail {
    func invoice(_ item: Item) async throws -> MailDecision {
        let arguments: PaperArguments = try item.arguments()
        let invoice = try await item.paperwork.needing { try await item.client.invoice(id: arguments.id) }
        let isVoided = invoice.status == LagoInvoice.Status.voided.rawValue
        guard isVoided || invoice.status == LagoInvoice.Status.finalized.rawValue else {
            return .end(.superseded, reason: "the invoice is \(invoice.status)")
        }
        if isVoided, item.kind != .invoiceVoided { return .end(.superseded, reason: "the invoice was voided") }
        let words = self.words(item, arguments.customerName)
        return switch item.kind {
        case .invoiceIssued: try await self.issued(invoice, arguments, words, item)
        case .paymentReceived: try await self.received(invoice, words, item)
        case .paymentOverdue: try await self.overdue(invoice, arguments, words, item)
        case .invoiceVoided: try await self.voided(invoice, isVoided: isVoided, words, item)
        default: try await self.unpaid(invoice, words, item)
        }
    }

    private func issued(
        _ invoice: LagoInvoice,
        _ arguments: PaperArguments,
        _ words: BillingWords,
        _ item: Item
    ) async throws -> MailDecision {
        guard invoice.totals.subTotalIncludingTaxesCents > 0 else {
            return .end(.superseded, reason: "the invoice is for nothing")
        }
        let paper = try await self.paper(of: invoice, item)
        let settlement: Notice.InvoiceIssued.Settlement
        if invoice.isPaid {
            settlement = .settled
        } else if arguments.hasProvider == true, invoice.paymentStatus != LagoInvoice.PaymentStatus.failed.rawValue {
            settlement = .collected
        } else {
            settlement = .due(try await self.payment(of: invoice, item))
        }
        let tellsOfPayment = settlement == .settled && invoice.totals.totalCents > 0
        return .send(
            words.issued(invoice, paper.document, settlement),
            attachments: paper.attachments,
            tellsOfPayment ? try self.withoutPaymentReceived(item, invoice) : .none
        )
    }

    /// The invoice's own mail says that it is paid: nobody needs to read it twice.
    private func withoutPaymentReceived(_ item: Item, _ invoice: LagoInvoice) throws -> MailSettlement {
        let message = item.message
        let told = NewMessage(
            kind: MessageKind.paymentReceived.rawValue,
            customer: message.customer,
            recipient: message.recipient,
            fact: "invoice/\(invoice.id)/paid",
            arguments: message.arguments,
            locale: message.locale,
            messageID: try MessageID.make(UUID().uuidString, like: message.messageID).rawValue,
            state: .superseded,
            reason: "the invoice's own mail says that it is paid"
        )
        return MailSettlement(
            sent: { [now = self.now()] transaction in try transaction.supersede(told, at: now) },
            givenUp: { _ in }
        )
    }

    private func received(_ invoice: LagoInvoice, _ words: BillingWords, _ item: Item) async throws -> MailDecision {
        guard invoice.isPaid else { return .end(.superseded, reason: "the invoice is not paid") }
        guard invoice.totals.totalCents > 0 else { return .end(.superseded, reason: "there was nothing to pay") }
        // The invoice goes first, and perhaps says it all.
        let issued = try await self.issuedMessage(invoice, item)
        if issued?.state == .queued, item.paperwork.isPatient { throw item.paperwork.wait }
        let paper = try await self.paper(of: invoice, item)
        let receipt = try await self.receipt(of: invoice, item)
        return .send(words.received(invoice, paper.document), attachments: paper.attachments + receipt)
    }

    /// The receipt, where this Lago makes them.
    private func receipt(of invoice: LagoInvoice, _ item: Item) async throws -> [MailAttachment] {
        if try await self.store.lagoEdition().isPremium == false { return [] }
        let paper = try await item.paperwork.paper(link: { "" }) { limit in
            try await item.client.receiptFile(invoiceID: invoice.id, upTo: limit)
        }
        return paper.attachments
    }

    /// A payment that failed, or that is to be confirmed.
    private func unpaid(_ invoice: LagoInvoice, _ words: BillingWords, _ item: Item) async throws -> MailDecision {
        guard !invoice.isPaid else { return .end(.superseded, reason: "the invoice is paid by now") }
        let link = Notice.Document.link(try item.links.invoice(invoice.id))
        let payment = try await self.payment(of: invoice, item)
        if item.kind == .paymentActionRequired { return .send(words.actionRequired(invoice, link, payment)) }
        let detail = try await self.store.detail(of: ["invoice/\(invoice.id)/payment_failed"])
        return .send(words.failed(invoice, link, detail: detail, payment))
    }

    private func overdue(
        _ invoice: LagoInvoice,
        _ arguments: PaperArguments,
        _ words: BillingWords,
        _ item: Item
    ) async throws -> MailDecision {
        if let reason = invoice.whyNotOverdue { return .end(.superseded, reason: reason) }
        let paper = try await self.paper(of: invoice, item)
        let payment = try await self.payment(of: invoice, item)
        return .send(
            words.overdue(invoice, paper.document, reminder: arguments.reminder ?? 0, payment),
            attachments: paper.attachments
        )
    }

    /// Who never got the invoice need not hear that it is void.
    private func voided(
        _ invoice: LagoInvoice,
        isVoided: Bool,
        _ words: BillingWords,
        _ item: Item
    ) async throws -> MailDecision {
        guard isVoided else { return .end(.superseded, reason: "the invoice is not voided") }
        let issued = try await self.issuedMessage(invoice, item)
        if issued?.state == .queued, item.paperwork.isPatient { throw item.paperwork.wait }
        if let issued, issued.state != .sent { return .end(.superseded, reason: "the invoice was never mailed") }
        if issued == nil, let origin = try await self.store.origin(ofFact: "invoice/\(invoice.id)/issued"),
            origin != .baseline
        {
            // It is news, too, and somebody is about to decide on its mail.
            if item.paperwork.isPatient { throw item.paperwork.wait }
            return .end(.superseded, reason: "the invoice was never mailed")
        }
        return .send(words.voided(invoice))
    }

    func creditNote(_ item: Item) async throws -> MailDecision {
        let arguments: PaperArguments = try item.arguments()
        let note = try await item.paperwork.needing { try await item.client.creditNote(id: arguments.id) }
        guard note.totalCents > 0 else { return .end(.superseded, reason: "the credit note is over nothing") }
        let paper = try await item.paperwork.paper(link: { try item.links.creditNote(note.id) }) { limit in
            try await item.client.creditNoteFile(id: note.id, upTo: limit)
        }
        let words = self.words(item, arguments.customerName)
        return .send(words.issued(note, paper.document), attachments: paper.attachments)
    }

    // MARK: - What they are made from

    private func issuedMessage(_ invoice: LagoInvoice, _ item: Item) async throws -> Message? {
        let kind = MessageKind.invoiceIssued.rawValue
        return try await self.store.message(kind: kind, fact: "invoice/\(invoice.id)/issued", beside: item.message)
    }

    private func paper(of invoice: LagoInvoice, _ item: Item) async throws -> Paperwork.Paper {
        try await item.paperwork.paper(link: { try item.links.invoice(invoice.id) }) { limit in
            try await item.client.invoiceFile(id: invoice.id, upTo: limit)
        }
    }

    private func payment(of invoice: LagoInvoice, _ item: Item) async throws -> Notice.Payment {
        try await item.paperwork.payment { try await item.client.invoicePaymentURL(id: invoice.id) }
    }
}
