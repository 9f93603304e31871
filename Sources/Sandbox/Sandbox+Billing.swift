package import Foundation
import Money

// MARK: - Lago's work in one line, for tests and demos in the same process

extension Sandbox {
    /// The time that Lago goes by.
    package var now: Date { self.clock.now }

    /// Sets the clock ahead, and lets happen what is due then.
    package func advance(by duration: Duration) {
        self.clock.advance(by: duration / .seconds(1))
        self.catchUp()
    }

    /// Sets the clock to the end of the current billing period: current usage is zero, its invoice not made yet, unless
    /// `billingDelay` is zero.
    package func advanceToPeriodEnd() {
        self.catchUp()
        let now = self.clock.now
        self.clock.advance(to: self.model.withLock { $0.billing.calendar.period(containing: now).end })
        self.catchUp()
    }

    /// Sets the clock to where the oldest unbilled period is invoiced, which it then is.
    package func advanceToBilling() {
        let due = self.model.withLock { state in
            state.nextPeriodEnd?.addingTimeInterval(state.billing.calendar.delay)
        }
        if let due { self.clock.advance(to: due) }
        self.catchUp()
    }

    /// Lets happen what is due by the clock.
    package func catchUp() {
        self.webhooks.change { $0.catchUp(at: self.clock.now) }
    }

    /// Adds a plan with one charge, of a metric of the same code as the plan unless another is named.
    ///
    /// - Parameters:
    ///   - unitPrice: major units for one unit, as decimal text.
    ///   - metric: its events carry their units in the property `units`.
    ///   - baseCents: the fee of each period, in minor units.
    ///   - taxPercent: nil takes the organisation's.
    /// - Throws: `LagoFailure` 422 for a price, a currency or a rate that is none, or a code that is taken.
    package func createPlan(
        _ code: String,
        currency: String = "EUR",
        unitPrice: String,
        metric: String? = nil,
        isPaidInAdvance: Bool = false,
        baseCents: Int64 = 0,
        taxPercent: String? = nil
    ) throws(LagoFailure) {
        let now = self.clock.now
        guard let price = FixedDecimal(unitPrice), let known = Currency(currency),
            taxPercent == nil || taxPercent.flatMap({ FixedDecimal($0) }) != nil
        else { throw .validation(["plan": ["value_is_invalid"]]) }
        try self.webhooks.change { state throws(LagoFailure) in
            guard !state.plans.contains(where: { $0.code == code }) else {
                throw .validation(["code": ["value_already_exist"]])
            }
            let charge = Charge(
                id: LagoID.new(),
                metric: state.addMetric(code: metric ?? code, fieldName: "units", at: now),
                unitPrice: price,
                isPaidInAdvance: isPaidInAdvance
            )
            let plan = Plan(
                id: LagoID.new(),
                code: code,
                name: code,
                currency: known,
                amountCents: baseCents,
                taxRate: taxPercent.flatMap { FixedDecimal($0) },
                charges: [charge],
                createdAt: now
            )
            state.plans.append(plan)
            state.news.append(.init(type: .planCreated, object: plan.json))
        }
    }

    /// Subscribes a customer to a plan; the subscription's id is `sub_`, the customer's and the plan's code.
    ///
    /// - Returns: the subscription's external id.
    /// - Throws: `LagoFailure` as REST would answer.
    @discardableResult
    package func subscribe(
        _ customer: String,
        to plan: String,
        as externalID: String? = nil
    ) throws(LagoFailure) -> String {
        let id = externalID ?? "sub_\(customer)_\(plan)"
        let body: JSONValue = [
            "external_customer_id": .string(customer), "external_id": .string(id), "plan_code": .string(plan),
        ]
        _ = try self.webhooks.change { state throws(LagoFailure) in try state.subscribe(body, at: self.clock.now) }
        return id
    }

    /// Ends an active subscription, which bills it.
    ///
    /// - Throws: `LagoFailure` 404.
    package func endSubscription(_ externalID: String) throws(LagoFailure) {
        _ = try self.webhooks.change { state throws(LagoFailure) in
            try state.endSubscription(externalID: externalID, at: self.clock.now)
        }
    }

    /// Adds one usage event; usage alone sends no webhook, unless it is paid in advance.
    ///
    /// - Parameters:
    ///   - units: decimal text.
    ///   - subscription: nil takes the customer's oldest active one, whose plan's first charge it counts for.
    ///   - code: another metric of that plan.
    /// - Throws: `LagoFailure` 405 without an active subscription.
    package func recordUsage(
        customer: String,
        units: String,
        subscription: String? = nil,
        code: String? = nil
    ) throws(LagoFailure) {
        let now = self.clock.now
        try self.webhooks.change { state throws(LagoFailure) in
            try state.recordUsage(of: customer, units: units, subscription: subscription, code: code, at: now)
        }
    }
}

// MARK: - Wallets

extension Sandbox {
    /// Adds a wallet.
    ///
    /// - Parameters:
    ///   - rate: major units per credit; `granted`: credits; both decimal text.
    ///   - code: nil makes one up.
    ///   - feeTypes: what it is restricted to, together with `metricCodes`; both empty for no restriction.
    /// - Throws: `LagoFailure` as REST would answer.
    @discardableResult
    package func createWallet(
        for customer: String,
        currency: String = "EUR",
        rate: String = "1.0",
        code: String? = nil,
        granted: String? = nil,
        priority: Int = 50,
        feeTypes: [String] = [],
        metricCodes: [String] = []
    ) throws(LagoFailure) -> SandboxWallet {
        let body: JSONValue = [
            "currency": .string(currency), "rate_amount": .string(rate), "granted_credits": .text(granted),
            "code": .string(code ?? "wallet_" + LagoID.new().prefix(8)),
            "priority": .integer(priority),
            "applies_to": [
                "fee_types": .array(feeTypes.map { .string($0) }),
                "billable_metric_codes": .array(metricCodes.map { .string($0) }),
            ],
        ]
        let now = self.clock.now
        return try self.webhooks.change { state throws(LagoFailure) in
            let wallet = try state.createWallet(body, for: customer, at: now)
            state.fillWallet(wallet.id, body, at: now)
            return state.wallets[try state.walletIndex(id: wallet.id)]
        }
    }

    /// Grants credits, which are there at once; returns the transaction's id.
    @discardableResult
    package func grant(_ credits: String, wallet: String) throws(LagoFailure) -> String {
        try self.move("granted_credits", credits, wallet: wallet)
    }

    /// Sells credits, which are there once they are paid; returns the transaction's id.
    @discardableResult
    package func purchase(_ credits: String, wallet: String) throws(LagoFailure) -> String {
        try self.move("paid_credits", credits, wallet: wallet)
    }

    /// Takes credits away; returns the transaction's id.
    @discardableResult
    package func void(_ credits: String, wallet: String) throws(LagoFailure) -> String {
        try self.move("voided_credits", credits, wallet: wallet)
    }

    private func move(_ field: String, _ credits: String, wallet: String) throws(LagoFailure) -> String {
        let body: JSONValue = ["wallet_id": .string(wallet), field: .string(credits)]
        return try self.webhooks.change { state throws(LagoFailure) in
            let created = try state.createTransactions(body, at: self.clock.now)
            state.invoicePurchases(created, at: self.clock.now)
            guard let first = created.first else { throw .validation([field: ["invalid_amount"]]) }
            return first.id
        }
    }

    /// Lets the provider's charge for purchased credits succeed, which settles them.
    ///
    /// - Throws: `LagoFailure` 404 for a transaction that no invoice belongs to.
    package func settle(_ transactionID: String) throws(LagoFailure) {
        try self.webhooks.change { state throws(LagoFailure) in
            let invoice = try state.invoiceID(ofTransaction: transactionID)
            state.collect(invoice: invoice, as: .automatic, at: self.clock.now)
        }
    }

    /// Lets the provider's charge for purchased credits be refused.
    ///
    /// - Throws: `LagoFailure` 404 for a transaction that no invoice belongs to.
    package func decline(_ transactionID: String) throws(LagoFailure) {
        try self.webhooks.change { state throws(LagoFailure) in
            state.decline(invoice: try state.invoiceID(ofTransaction: transactionID), at: self.clock.now)
        }
    }

    /// Ends a wallet.
    ///
    /// - Throws: `LagoFailure` 404.
    package func terminateWallet(_ id: String) throws(LagoFailure) {
        _ = try self.webhooks.change { state throws(LagoFailure) in
            try state.terminateWallet(id: id, at: self.clock.now)
        }
    }
}

extension SandboxState {
    /// Adds an event for the first charge of a subscription's plan, or another metric of it.
    ///
    /// - Throws: `LagoFailure` 405 without an active subscription, 422 for a metric that the plan lacks.
    mutating func recordUsage(
        of customer: String,
        units: String,
        subscription: String? = nil,
        code: String? = nil,
        at now: Date
    ) throws(LagoFailure) {
        let owner = try self.customer(externalID: customer)
        let found = self.subscriptions.rows(in: owner.id).first {
            $0.status == .active && (subscription == nil || $0.externalID == subscription)
        }
        guard let found else { throw .notAllowed("no_active_subscription") }
        let metrics = found.plan.charges.map(\.metric)
        guard let metric = metrics.first(where: { code == nil || $0.code == code }) else {
            throw .validation(["code": ["value_is_invalid"]])
        }
        let event: JSONValue = [
            "transaction_id": .string(LagoID.new()), "external_subscription_id": .string(found.externalID),
            "code": .string(metric.code), "properties": [metric.fieldName ?? "count": .string(units)],
        ]
        _ = try self.record(event, at: now)
    }

    /// - Throws: `LagoFailure` 404.
    func invoiceID(ofTransaction id: String) throws(LagoFailure) -> String {
        guard let invoice = self.transactions.row(id: id)?.invoiceID else {
            throw .notFound("wallet_transaction")
        }
        return invoice
    }
}
