internal import LagoAPI
internal import LagoEvents
internal import Money
internal import Notices
internal import Rules
internal import Store

// MARK: - Credits that were bought at Lago itself

extension BillingMail {
    func purchase(_ item: Item) async throws -> MailDecision {
        let arguments: PurchaseArguments = try item.arguments()
        let invoice = try await item.paperwork.needing { try await item.client.invoice(id: arguments.invoice) }
        guard invoice.status == LagoInvoice.Status.finalized.rawValue else {
            return .end(.superseded, reason: "the invoice is \(invoice.status)")
        }
        guard let credits = FixedDecimal(arguments.credits) else {
            return .end(.failed, reason: "its credits are no number")
        }
        let topUp = Notice.TopUp(
            customerName: arguments.customerName,
            credits: credits,
            amount: invoice.money(invoice.totals.totalCents),
            isAutomatic: false,
            invoiceNumber: invoice.number.isEmpty ? nil : invoice.number,
            billingURL: item.billingURL
        )
        if item.kind == .topUpSucceeded {
            guard invoice.isPaid else { return .end(.superseded, reason: "it is not paid") }
            return try await self.bought(topUp, invoice, item)
        }
        guard !invoice.isPaid else { return .end(.superseded, reason: "it is paid by now") }
        let payment = try await item.paperwork.payment {
            try await item.client.transactionPaymentURL(id: arguments.transaction)
        }
        if item.kind == .topUpActionRequired {
            let link = try item.links.invoice(invoice.id)
            return .send(
                .topUpActionRequired(
                    Notice.TopUpActionRequired(topUp: topUp, cause: .confirmation, payment: payment, invoiceURL: link)
                )
            )
        }
        let keys = ["wallet_transaction/\(arguments.transaction)/failed", "invoice/\(invoice.id)/payment_failed"]
        let detail = try await self.store.detail(of: keys)
        return .send(
            .topUpFailed(Notice.TopUpFailed(topUp: topUp, cause: .declined, detail: detail, payment: payment))
        )
    }

    private func bought(_ topUp: Notice.TopUp, _ invoice: LagoInvoice, _ item: Item) async throws -> MailDecision {
        let paper = try await item.paperwork.paper(link: { try item.links.invoice(invoice.id) }) { limit in
            try await item.client.invoiceFile(id: invoice.id, upTo: limit)
        }
        let look = try? await item.looks.look(at: item.customer)
        let reading = look?.judged.readings[invoice.currency.code]
        var notice = Notice.TopUpSucceeded(topUp: topUp, balance: reading.map { .both($0.credits, $0.amount) })
        notice.isInvoiceAttached = paper.document == .attached
        if case .link(let url) = paper.document { notice.invoiceURL = url }
        return .send(.topUpSucceeded(notice), attachments: paper.attachments)
    }
}
