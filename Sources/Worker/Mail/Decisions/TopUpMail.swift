private import Foundation
internal import LagoAPI
internal import LagoEvents
internal import Mail
private import Money
internal import Notices
private import Rules
internal import Store

/// Decides anew about a queued mail on a top-up, and finds what it says: the balance, the invoice, the payment link.
struct TopUpMail: Sendable {
    /// How long a mail waits for somebody to configure Lago, in milliseconds.
    private static let unconfigured: Int64 = 60_000

    let store: Store
    let looks: Looks?
    /// Line by line, for who cannot be given a link.
    let instructions: [String]
    let billingURL: @Sendable (_ customer: String) -> String
    let now: @Sendable () -> Int64

    func decide(_ message: Message, _ links: MailLinks) async throws -> MailDecision {
        guard let looks = self.looks, let customer = message.customer.map(CustomerID.init(rawValue:)) else {
            return .putOff(until: self.now() + Self.unconfigured)
        }
        let json = Data(message.arguments.utf8)
        if message.kind == MessageKind.topUpLimit.rawValue {
            return self.limit(try JSONDecoder().decode(TopUpLimitArguments.self, from: json), of: customer)
        }
        let arguments = try JSONDecoder().decode(TopUpArguments.self, from: json)
        guard let topUp = try await self.store.topUp(arguments.topUp), let record = TopUpRecord(topUp) else {
            return .end(.superseded, reason: "the top-up is not in this file")
        }
        let item = Item(
            paperwork: Paperwork(
                message: message,
                client: looks.reader.client,
                instructions: self.instructions,
                now: self.now
            ),
            links: links,
            arguments: arguments,
            topUp: topUp,
            record: record,
            looks: looks
        )
        do {
            switch MessageKind(rawValue: message.kind) {
            case .topUpSucceeded: return try await self.succeeded(item)
            case .topUpFailed: return try await self.failed(item)
            case .topUpActionRequired: return try await self.actionRequired(item)
            default: return try await self.paused(item)
            }
        } catch let wait as Paperwork.Wait {
            return .putOff(until: wait.until)
        } catch let closed as Paperwork.Closed {
            return .end(.superseded, reason: closed.reason)
        }
    }

    /// All that a mail is made from.
    private struct Item: Sendable {
        let paperwork: Paperwork
        let links: MailLinks
        let arguments: TopUpArguments
        let topUp: TopUp
        let record: TopUpRecord
        let looks: Looks

        var client: LagoClient { self.paperwork.client }
    }
}

// MARK: - What each mail says

extension TopUpMail {
    private func succeeded(_ item: Item) async throws -> MailDecision {
        guard item.topUp.stands == .settled else { return .end(.superseded, reason: "it is not paid") }
        let invoice = try await self.invoice(item, withFile: true)
        let notice = Notice.TopUpSucceeded(
            topUp: self.topUp(item, invoice),
            balance: await self.balance(item),
            invoiceURL: invoice.file == nil ? invoice.url : nil,
            isInvoiceAttached: invoice.file != nil
        )
        return .send(.topUpSucceeded(notice), attachments: invoice.file.map { [$0] } ?? [])
    }

    private func failed(_ item: Item) async throws -> MailDecision {
        guard item.topUp.stands == .failed else { return .end(.superseded, reason: "it is \(item.topUp.state) by now") }
        let cause = item.arguments.failure ?? .declined
        if cause == .declined, !item.record.isDeclined { return .end(.superseded, reason: "its invoice is closed") }
        let invoice = try await self.invoice(item, withFile: false)
        let keys = [
            item.topUp.transactionID.map { "wallet_transaction/\($0)/failed" },
            item.topUp.invoiceID.map { "invoice/\($0)/payment_failed" },
        ]
        let notice = Notice.TopUpFailed(
            topUp: self.topUp(item, invoice),
            cause: cause,
            detail: try await self.store.detail(of: keys.compactMap { $0 }),
            payment: try await self.payment(item),
            nextAttemptAt: try await self.nextAttempt(item)
        )
        return .send(.topUpFailed(notice))
    }

    private func actionRequired(_ item: Item) async throws -> MailDecision {
        guard item.topUp.stands == .submitted else {
            return .end(.superseded, reason: "it is \(item.topUp.state) by now")
        }
        let cause = item.arguments.action ?? .confirmation
        let payment = try await self.payment(item)
        // Who cannot follow a link needs the invoice to pay it.
        let invoice = try await self.invoice(item, withFile: cause == .payment)
        let notice = Notice.TopUpActionRequired(
            topUp: self.topUp(item, invoice),
            cause: cause,
            payment: payment,
            invoiceURL: invoice.file == nil ? invoice.url : nil,
            isInvoiceAttached: invoice.file != nil
        )
        return .send(.topUpActionRequired(notice), attachments: invoice.file.map { [$0] } ?? [])
    }

    private func paused(_ item: Item) async throws -> MailDecision {
        guard try await self.decision(item)?.reason == TopUpReason.pausedAfterFailures.rawValue else {
            return .end(.superseded, reason: "top-ups are no longer paused")
        }
        let (customer, account) = (item.topUp.customer.rawValue, item.topUp.account)
        let invoice = try await self.invoice(item, withFile: false)
        let notice = Notice.TopUpPaused(
            topUp: self.topUp(item, invoice),
            failures: item.arguments.failures ?? AutoTopUp.pauseAfter,
            resumeURL: try item.links.resume(customer: customer, account: account),
            payment: item.record.isDeclined ? try await self.payment(item) : Notice.Payment(url: nil)
        )
        return .send(.topUpPaused(notice))
    }

    private func limit(_ arguments: TopUpLimitArguments, of customer: CustomerID) -> MailDecision {
        guard self.now() < arguments.endsAt, let currency = Currency(arguments.account) else {
            return .end(.superseded, reason: "the limit has begun anew")
        }
        func money(_ cents: Int64) -> Amount { Amount(minorUnits: cents, currency: currency) }
        let (used, limit) = (arguments.used, arguments.limit)
        let notice = Notice.TopUpLimit(
            customerName: arguments.customerName,
            limit: arguments.span == .month
                ? .perMonth(used: money(used), limit: money(limit))
                : .perDay(used: Int(clamping: used), limit: Int(clamping: limit)),
            percent: arguments.percent,
            endsAt: arguments.endsAt,
            billingURL: self.billingURL(customer.rawValue)
        )
        return .send(.topUpLimit(notice))
    }
}

// MARK: - What is asked for

extension TopUpMail {
    /// An invoice as a mail shows it.
    private struct Invoice: Sendable {
        var number: String?
        var url: String?
        var file: MailAttachment?
    }

    private func topUp(_ item: Item, _ invoice: Invoice) -> Notice.TopUp {
        Notice.TopUp(
            customerName: item.arguments.customerName,
            credits: item.record.credits,
            amount: item.record.money,
            isAutomatic: item.record.origin == .automatic,
            invoiceNumber: invoice.number,
            billingURL: self.billingURL(item.topUp.customer.rawValue)
        )
    }

    /// The invoice, waited for as long as a mail may wait: then the mail goes without what is missing.
    private func invoice(_ item: Item, withFile: Bool) async throws -> Invoice {
        guard let id = item.topUp.invoiceID else {
            if item.topUp.transactionID != nil, item.paperwork.isPatient { throw item.paperwork.wait }
            return Invoice()
        }
        var invoice = Invoice(url: try item.links.invoice(id))
        do {
            invoice.number = try await item.client.invoice(id: id).number
        } catch let error as LagoError {
            if error.canRetryHelp, item.paperwork.isPatient { throw item.paperwork.wait }
            return invoice
        }
        guard withFile else { return invoice }
        let paper = try await item.paperwork.paper(link: { try item.links.invoice(id) }) { limit in
            try await item.client.invoiceFile(id: id, upTo: limit)
        }
        invoice.file = paper.attachments.first
        if case .none = paper.document { invoice.url = nil }
        return invoice
    }

    /// How the customer can pay: by Lago's link, else as the operator says.
    private func payment(_ item: Item) async throws -> Notice.Payment {
        guard let id = item.topUp.transactionID else { return Notice.Payment(url: nil) }
        return try await item.paperwork.payment { try await item.client.transactionPaymentURL(id: id) }
    }

    /// The live balance with what was paid; nil where Lago cannot be asked.
    private func balance(_ item: Item) async -> Notice.Balance? {
        let result = try? await item.looks.look(at: item.topUp.customer)
        return result?.judged.readings[item.topUp.account].map { .both($0.credits, $0.amount) }
    }

    private func decision(_ item: Item) async throws -> TopUpDecisionRecord? {
        try await self.store.topUpDecision(of: item.topUp.customer, account: item.topUp.account)
    }

    /// When a declined one is tried again; nil where that is not known, or not to be.
    private func nextAttempt(_ item: Item) async throws -> Int64? {
        guard item.record.origin == .automatic, let decision = try await self.decision(item),
            decision.reason == TopUpReason.declineBackoff.rawValue
        else { return nil }
        return decision.nextLookAt
    }
}
