internal import Jobs
package import LagoEvents
private import Rules
package import Store

/// Has a customer's automatic top-ups go on after failures.
package struct TopUpResume: Sendable {
    /// How long Lago may take to make an invoice, in milliseconds.
    private static let invoiceMayTake: Int64 = 24 * 3_600_000

    /// Who wants it.
    package enum Actor: String, Sendable {
        /// The operator, who also gives up what Lago made no invoice for.
        case operatorAtCommandLine = "cli"
        /// Somebody with the link that was mailed.
        case customerByLink = "link"
    }

    /// A top-up that somebody else moved meanwhile.
    package struct Overtaken: Error, CustomStringConvertible {
        let id: String

        package var description: String { "top-up \(self.id) has moved on; try again" }
    }

    private let store: Store

    package init(store: Store) { self.store = store }

    /// The customer's top-ups as they would be; those that stay as they are are left out.
    ///
    /// - Parameter account: a currency's code; nil for all.
    package func changes(
        of customer: CustomerID,
        account: String? = nil,
        by actor: Actor,
        at now: Int64
    ) async throws -> [(before: TopUp, after: TopUp)] {
        try await self.store.topUps(TopUpFilter(customer: customer.rawValue), limit: .max)
            .filter { account == nil || $0.account == account }
            .compactMap { topUp in Self.resumed(topUp, by: actor, at: now).map { (topUp, $0) } }
    }

    /// Forgives failures, puts that on record, and has the customer's top-ups decided anew.
    ///
    /// - Returns: what was changed; where that is nothing, nothing is put on record.
    /// - Throws: `Overtaken`, and then nothing is changed.
    package func resume(
        _ customer: CustomerID,
        account: String? = nil,
        by actor: Actor,
        at now: Int64
    ) async throws -> [TopUp] {
        let changes = try await self.changes(of: customer, account: account, by: actor, at: now)
        guard !changes.isEmpty else { return [] }
        try await self.store.write { transaction in
            for (before, after) in changes {
                guard try transaction.move(after, from: before.state) else { throw Overtaken(id: after.id) }
            }
            let subject = "customer \(customer.rawValue)"
            try transaction.audit("top_ups.resume", subject: subject, actor: actor.rawValue, at: now)
            try transaction.enqueue(.topUp(of: customer), .replace(dueAt: now), at: now)
        }
        return changes.map(\.after)
    }

    /// The same without what keeps others from being made; nil where there is nothing of that.
    private static func resumed(_ topUp: TopUp, by actor: Actor, at now: Int64) -> TopUp? {
        var resumed = topUp
        if topUp.failures.count > topUp.forgiven {
            resumed.forgiven = topUp.failures.count
        } else if actor == .operatorAtCommandLine, topUp.state == TopUpState.submitted.rawValue,
            topUp.invoiceID == nil, now - topUp.created.at >= Self.invoiceMayTake
        {
            resumed.state = TopUpState.failed.rawValue
            resumed.reason = "no_invoice"
            resumed.invoiceState = TopUpRecord.Invoice.closed.rawValue
        } else {
            return nil
        }
        resumed.updatedAt = now
        return resumed
    }
}
