package import LagoEvents
package import Rules
package import Store

/// Whose past is played, when, and by which policy.
package struct SimulationPlan: Sendable {
    /// nil for everybody.
    package let customer: CustomerID?
    /// Unix milliseconds.
    package let period: Range<Int64>
    /// The operator's; a customer may have other thresholds.
    package let lowBalance: LowBalance
    /// The operator's; a customer may have chosen otherwise within it.
    package let allowance: TopUpAllowance
    package let payments: Simulation.Payments
    /// Kinds of mail that are switched off for everybody.
    package let noticesOff: Set<String>

    package init(
        customer: CustomerID? = nil,
        period: Range<Int64>,
        lowBalance: LowBalance,
        allowance: TopUpAllowance,
        payments: Simulation.Payments = .succeed,
        noticesOff: Set<String> = []
    ) {
        self.customer = customer
        self.period = period
        self.lowBalance = lowBalance
        self.allowance = allowance
        self.payments = payments
        self.noticesOff = noticesOff
    }
}

/// What would have happened to an account, and what had to be taken for granted.
package struct SimulatedAccount: Sendable {
    package enum Assumption: String, Hashable, Sendable, CaseIterable {
        /// It is not known here whether the customer has a payment provider.
        case paymentProvider
        /// No wallet is left, and the last one's price and limits were taken.
        case terminatedWallet
        /// No wallet was ever seen, and so nothing was charged.
        case noWallet
    }

    package let known: KnownAccount
    package let run: SimulatedRun
    package let assumed: Set<Assumption>
}

/// Plays the stored past of accounts by a policy. It only reads the store.
package struct Simulator: Sendable {
    private let plan: SimulationPlan
    private let reader: PastReader

    package init(store: Store, plan: SimulationPlan) {
        self.plan = plan
        self.reader = PastReader(store: store, period: plan.period)
    }

    /// Plays account by account, in the order of customers.
    ///
    /// - Throws: what the store throws, or what is wrong with a customer's settings.
    package func run(_ body: (SimulatedAccount) throws -> Void) async throws {
        let looks = try await self.reader.looks(of: self.plan.customer)
        let hasMetadata = try await self.reader.hasTransactionMetadata()
        for known in try await self.reader.accounts(of: self.plan.customer) {
            let settings = try await self.reader.settings(of: known.customer)
            guard let found = try await self.reader.past(of: known, settings, looks: looks[known.customer] ?? []) else {
                continue
            }
            let simulation = Simulation(
                lowBalance: LowBalance(
                    policy: try settings.policy(default: self.plan.lowBalance.policy),
                    minimumInterval: self.plan.lowBalance.minimumInterval
                ),
                topUps: try settings.topUpPolicy(within: self.plan.allowance),
                lago: TopUpFacts(
                    historyIsKnown: true,
                    hasTransactionMetadata: hasMetadata,
                    hasPaymentProvider: found.hasPaymentProvider ?? true
                ),
                payments: self.plan.payments,
                unwanted: self.plan.noticesOff.union(settings.mail?.filter { !$0.value }.keys.map { $0 } ?? []),
                period: self.plan.period
            )
            var assumed = found.assumed
            if found.hasPaymentProvider == nil { assumed.insert(.paymentProvider) }
            try body(SimulatedAccount(known: known, run: simulation.run(found.past), assumed: assumed))
        }
    }
}
