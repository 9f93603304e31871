internal import LagoAPI
private import Logging
internal import Rules
internal import Store

// What became of a top-up that Lago has.

extension TopUpHandler {
    /// What Lago says of one that it has, and what there is to tell of it.
    func learnOutcome(_ topUp: TopUp) async throws -> Duration? {
        guard let id = topUp.transactionID else { return nil }
        var next = topUp
        let transaction = try await self.client.walletTransaction(id: id)
        next.apply(transaction, at: self.now())
        if next.stands != .settled, let invoiceID = next.invoiceID {
            let invoice = try await self.client.invoice(id: invoiceID)
            if invoice.status == LagoInvoice.Status.voided.rawValue {
                next = next.moved(to: .failed, reason: "voided", at: self.now()).with(invoice: .closed)
            }
        }
        let hasChanged =
            next.state != topUp.state || next.invoiceState != topUp.invoiceState || next.invoiceID != topUp.invoiceID
        let news = try await self.news.news(of: next, before: topUp)
        if hasChanged || !news.isEmpty {
            let (after, now) = (next, self.now())
            try await self.store.write { transaction in
                if hasChanged { guard try transaction.move(after, from: topUp.state) else { return } }
                for message in news { try transaction.send(message, at: now) }
            }
        }
        guard TopUpRecord(next)?.isOpen == true else { return nil }
        return Self.patience(since: topUp.created.at, at: self.now())
    }

    /// Events bring word sooner; this is for those that are lost. A sweep finds what is paid after two months.
    private static func patience(since: Int64, at now: Int64) -> Duration? {
        switch now - since {
        case ..<60_000: .seconds(5)
        case ..<600_000: .seconds(30)
        case ..<86_400_000: .seconds(300)
        case ..<(62 * 86_400_000): .seconds(3600)
        default: nil
        }
    }

    /// Has the provider try a declined one's invoice again.
    func retry(_ topUp: TopUp?) async throws -> Duration? {
        guard let topUp, let invoiceID = topUp.invoiceID else { return .seconds(60) }
        let invoice = try await self.client.invoice(id: invoiceID)
        guard invoice.paymentStatus != LagoInvoice.PaymentStatus.succeeded.rawValue,
            invoice.status == LagoInvoice.Status.finalized.rawValue
        else { return try await self.learnOutcome(topUp) }
        // Counted before it is asked for: a crash must not make it a second time at once.
        let tried = topUp.failedOnce(at: self.now())
        guard try await self.store.write({ try $0.move(tried, from: topUp.state) }) else { return .milliseconds(50) }
        do {
            try await self.client.retryPayment(invoiceID: invoiceID)
        } catch let error as LagoError where error.effect == .none {
            // Nothing was tried.
            _ = try await self.store.write { try $0.move(topUp.onceMoved, from: topUp.state) }
            throw error
        } catch let error as LagoError {
            self.logger.warning("payment not tried again", metadata: ["top_up": "\(topUp.id)", "error": "\(error)"])
        }
        return .seconds(5)
    }
}
