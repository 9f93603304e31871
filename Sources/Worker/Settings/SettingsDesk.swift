private import Foundation
private import Jobs
package import LagoEvents
package import Rules
package import Store

/// Takes down what customers set, and has the worker act on it.
package struct SettingsDesk: Sendable {
    private let store: Store
    private let now: @Sendable () -> Int64

    package init(store: Store, now: @escaping @Sendable () -> Int64) {
        self.store = store
        self.now = now
    }

    /// Changes a part of a customer's settings, in one transaction with its audit entry and with what follows.
    ///
    /// A top-up acts on the level: whoever opts in while low is charged. So where thresholds or top-ups change, the customer
    /// is looked at at once, and what is under way is decided anew. What changes nothing leaves no trace.
    ///
    /// - Parameters:
    ///   - part: a JSON object of the keys that change, as `CustomerSettings.updated(with:within:)` takes it.
    ///   - actor: who wants it, for the audit: `cli`, `api`, a customer.
    /// - Returns: the settings as they are then.
    /// - Throws: `CustomerSettingsError` with all that is wrong with the part, and then nothing is written; what the store
    ///   throws.
    package func update(
        _ customer: CustomerID,
        with part: String,
        within bounds: CustomerSettingsBounds,
        actor: String
    ) async throws -> CustomerSettings {
        try await self.store.write { [now = self.now()] transaction in
            // Read where it is written, so that of two updates at once neither is lost.
            let before = try CustomerSettings(json: try transaction.settings(of: customer))
            let after = try before.updated(with: part, within: bounds)
            guard after != before else { return after }
            try transaction.save(settings: try after.json(), of: customer, at: now)
            try transaction.audit(
                "settings.update",
                subject: "customer \(customer.rawValue)",
                actor: actor,
                detail: try after.json(),
                at: now
            )
            if after.lowBalance != before.lowBalance || after.autoTopUp != before.autoTopUp {
                try transaction.enqueue(.look(at: customer), .replace(dueAt: now), at: now)
            }
            if after.autoTopUp != before.autoTopUp, try transaction.hasOpenTopUp(of: customer) {
                try transaction.enqueue(.topUp(of: customer), .replace(dueAt: now), at: now)
            }
            return after
        }
    }
}
