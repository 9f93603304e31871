import Foundation
import Money

/// Customers without the detour over REST.
extension Sandbox {
    /// Adds a customer, subscribed as `sub_` and its id to the standard plan of the currency: `api_calls` at 0.1 major
    /// units each (1 where there are none smaller), and `exports`, paid in advance.
    ///
    /// - Parameter credits: what a wallet at 1.0 per credit is granted, as decimal text; nil for no wallet.
    /// - Throws: `LagoFailure` 422 as REST would answer.
    package func createCustomer(
        _ externalID: String,
        name: String? = nil,
        email: String? = nil,
        currency: String = "EUR",
        credits: String? = nil
    ) throws(LagoFailure) {
        let now = self.clock.now
        try self.webhooks.change { state throws(LagoFailure) in
            guard let known = Currency(currency) else { throw .validation(["currency": ["value_is_invalid"]]) }
            let (customer, _) = try state.upsertCustomer(
                [
                    "external_id": .string(externalID), "name": .string(name ?? externalID), "email": .text(email),
                    "currency": .string(known.code),
                ],
                at: now
            )
            state.news.append(.init(type: .customerCreated, object: customer.json(of: state.organization)))
            let plan = state.standardPlan(in: known, at: now)
            _ = try state.subscribe(
                [
                    "external_customer_id": .string(externalID), "external_id": .string("sub_" + externalID),
                    "plan_code": .string(plan.code),
                ],
                at: now
            )
        }
        if let credits { try self.createWallet(for: externalID, currency: currency, granted: credits) }
    }

    /// Adds customers as the configuration would have, thousands at a time: no webhook tells of them.
    package func addCustomers(_ seeds: [SandboxConfiguration.SeedCustomer]) {
        let now = self.clock.now
        self.model.withLock { state in
            for seed in seeds { state.add(seed, at: now, now: now) }
        }
    }
}
