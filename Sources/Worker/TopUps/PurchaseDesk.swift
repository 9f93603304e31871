private import Foundation
internal import Jobs
package import LagoAPI
package import LagoEvents
package import Logging
package import Money
internal import Rules
package import Store

/// Buys credits for somebody who waits for it, by the same steps as automatic top-ups: written down first, found again at
/// Lago before anything is sent twice.
package struct PurchaseDesk: Sendable {
    /// How long its caller waits for Lago's word.
    private static let patience = Duration.seconds(20)
    /// How long its caller waits for the page where it is paid: Lago makes the invoice by a job.
    private static let pagePatience = Duration.seconds(2)

    private let client: LagoClient
    private let store: Store
    private let patience: Duration
    private let logger: Logger
    private let now: @Sendable () -> Int64

    /// What is to be bought.
    package struct Order: Sendable {
        /// A UUID; the same order again, after a failure, has the same.
        package let id: String
        package let customer: CustomerID
        package let wallet: LagoWallet
        package let credits: FixedDecimal
        /// A JSON object of Lago's members that go along, as `name`; nil for none.
        package let extras: [UInt8]?

        package init(id: String, customer: CustomerID, wallet: LagoWallet, credits: FixedDecimal, extras: [UInt8]?) {
            self.id = id
            self.customer = customer
            self.wallet = wallet
            self.credits = credits
            self.extras = extras
        }
    }

    /// What was bought.
    package struct Purchase: Sendable {
        package let transaction: LagoWalletTransaction
        /// Where it is paid; nil where Lago gives no such page, or none yet.
        package let paymentURL: String?
    }

    /// It is not known yet what becomes of it: whoever orders the same again learns it.
    package struct Pending: Error, Sendable {}

    package init(
        client: LagoClient,
        store: Store,
        patience: Duration = Self.patience,
        logger: Logger,
        now: @escaping @Sendable () -> Int64
    ) {
        self.client = client.on(.proxy)
        self.store = store
        self.patience = patience
        self.logger = logger
        self.now = now
    }

    /// Buys it, or goes on with it where it was ordered before.
    ///
    /// - Throws: `LagoError` with Lago's refusal, and nothing was bought; `Pending`.
    package func buy(_ order: Order) async throws -> Purchase {
        try await self.plan(order)
        let wakeups = Wakeups(topic: .topUps, of: self.store, every: .milliseconds(250))
        let end = try await wakeups.first(within: self.patience) { try await self.end(of: order.id) }
        guard let end else { throw Pending() }
        let transaction = try await self.client.walletTransaction(id: try end.get())
        return Purchase(transaction: transaction, paymentURL: await self.paymentURL(of: transaction))
    }

    /// Writes it down and has the worker take it up.
    private func plan(_ order: Order) async throws {
        let time = try await TopUpLookUp(client: self.client).time()
        let now = self.now()
        var topUp = TopUp(
            id: order.id,
            customer: order.customer,
            account: order.wallet.currency.code,
            wallet: order.wallet.id,
            origin: TopUpOrigin.purchase.rawValue,
            state: TopUpState.planned.rawValue,
            credits: order.credits.description,
            cents: order.credits.cents(rate: order.wallet.rate, currency: order.wallet.currency),
            at: now
        )
        topUp.listedFrom = time - TopUpLookUp.margin
        topUp.askedAt = now
        topUp.extras = order.extras.map { String(decoding: $0, as: UTF8.self) }
        let planned = topUp
        try await self.store.write { transaction in
            if let known = try transaction.topUp(planned.id) {
                guard let asked = known.asked(at: now) else { return }
                _ = try transaction.move(asked, from: known.state)
            } else {
                _ = try transaction.plan(planned)
            }
            try transaction.enqueue(.topUp(of: planned.customer), .replace(dueAt: now), at: now)
        }
    }

    /// Lago's id of the transaction, or its refusal; nil while that is not known.
    private func end(of id: String) async throws -> Result<String, LagoError>? {
        guard let topUp = try await self.store.topUp(id) else { return nil }
        if let transaction = topUp.transactionID { return .success(transaction) }
        switch topUp.stands {
        case .failed:
            return .failure(topUp.refusal.flatMap(TopUpRefusal.init(json:))?.error ?? .unreadable(what: "its refusal"))
        // It waits for the operator to mend the key.
        case .planned where topUp.reason == TopUpReason.lagoRefused.rawValue: return .failure(.unauthorized)
        case .planned, .submitting, .submitted, .settled, .unknown: return nil
        }
    }

    private func paymentURL(of transaction: LagoWalletTransaction) async -> String? {
        guard transaction.status != LagoWalletTransaction.Status.settled.rawValue else { return nil }
        let end = ContinuousClock.now + Self.pagePatience
        while true {
            do {
                return try await self.client.transactionPaymentURL(id: transaction.id)
            } catch let error as LagoError
                where error.codes.contains("wallet_transaction_has_no_attached_invoice") && ContinuousClock.now < end
            {
                guard (try? await Task.sleep(for: .milliseconds(200))) != nil else { return nil }
            } catch {
                // The purchase stands without it: the invoice has one, too.
                self.logger.info("no page to pay at", metadata: ["error": "\(error)"])
                return nil
            }
        }
    }
}

extension TopUp {
    /// The same, asked for once more by its caller; nil where that changes nothing.
    fileprivate func asked(at now: Int64) -> TopUp? {
        let isAbandoned = self.stands == .failed && self.reason == TopUpReason.abandoned.rawValue
        guard self.stands == .planned || isAbandoned else { return nil }
        var asked = self.moved(to: .planned, at: now)
        asked.askedAt = now
        return asked
    }
}
