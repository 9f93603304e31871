internal import Jobs
internal import LagoAPI
private import Logging
internal import Rules
internal import Store

// What became of a top-up that Lago has.

extension TopUpHandler {
    /// How long a retry waits that Lago refuses as things stand, as while another one is under way.
    private static let refusedRetryWaits = Duration.seconds(900)

    /// What Lago says of one that it has, and what there is to tell of it.
    func learnOutcome(_ topUp: TopUp) async throws -> Duration? {
        guard let id = topUp.transactionID else { return nil }
        var next = topUp
        let transaction = try await self.client.walletTransaction(id: id)
        next.apply(transaction, at: self.now())
        if next.stands != .settled, let invoiceID = next.invoiceID {
            if try await self.invoice(invoiceID)?.status == LagoInvoice.Status.voided.rawValue {
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
                // The credits are there, also where no webhook says so.
                if hasChanged, after.stands == .settled {
                    try transaction.enqueue(.look(at: after.customer), .keep(dueAt: now), at: now)
                }
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
        guard let invoice = try await self.invoice(invoiceID),
            invoice.paymentStatus != LagoInvoice.PaymentStatus.succeeded.rawValue,
            invoice.status == LagoInvoice.Status.finalized.rawValue
        else { return try await self.learnOutcome(topUp) }
        // Counted before it is asked for: a crash must not make it a second time at once.
        let tried = topUp.failedOnce(at: self.now())
        guard try await self.store.write({ try $0.move(tried, from: topUp.state) }) else { return .milliseconds(50) }
        do {
            try await self.client.retryPayment(invoiceID: invoiceID)
            try await self.store.write { try $0.forget(.topUpsRefused) }
        } catch let error as LagoError {
            self.logger.warning("payment not tried again", metadata: ["top_up": "\(topUp.id)", "error": "\(error)"])
            guard error.effect != .unknown else { return .seconds(5) }
            // Nothing was tried.
            _ = try await self.store.write { try $0.move(topUp.onceMoved, from: topUp.state) }
            switch error {
            case .unauthorized, .forbidden: return try await self.refuseKey()
            default:
                guard error.effect == .refused else { throw error }
                return Self.refusedRetryWaits
            }
        }
        return .seconds(5)
    }

    /// Nil where Lago shows none: it is not made yet, or is finalized only once it is paid.
    private func invoice(_ id: String) async throws -> LagoInvoice? {
        do {
            return try await self.client.invoice(id: id)
        } catch LagoError.notFound {
            return nil
        }
    }
}
