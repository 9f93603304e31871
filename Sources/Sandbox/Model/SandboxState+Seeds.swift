import Foundation
import Money

extension SandboxState {
    /// The state at the start: the configured customers, each with one wallet, under ids that are always the same.
    init(seededFrom configuration: SandboxConfiguration, keys: WebhookKeys) {
        let now = configuration.now()
        let created = now.addingTimeInterval(-90 * 86_400)
        self.init(
            organization: Organization(
                id: configuration.organizationID,
                name: configuration.organizationName,
                defaultCurrency: "EUR",
                createdAt: created
            ),
            billing: BillingRules(configuration, anchor: now),
            payments: PaymentRules(configuration),
            keys: keys,
            deliveriesKept: configuration.deliveriesKept
        )
        for seed in configuration.customers { self.add(seed, at: created, now: now) }
    }

    /// Adds a customer with what belongs to it; a known one would be there twice.
    mutating func add(_ seed: SandboxConfiguration.SeedCustomer, at created: Date, now: Date) {
        var customer = Customer(
            id: LagoID.stable("customer " + seed.externalID),
            externalID: seed.externalID,
            sequentialID: self.customers.count + 1,
            createdAt: created
        )
        customer.texts = [.name: seed.name, .legalName: seed.name, .currency: seed.currency, .customerType: "company"]
        customer.texts[.email] = seed.email
        if let provider = seed.paymentProvider {
            customer.billing.provider = provider
            customer.billing.providerCode = provider + "_eu"
            customer.billing.providerCustomerID = "cus_" + customer.id.prefix(8)
        }
        self.customers.append(customer)
        guard let currency = Currency(seed.currency) else { return }
        self.subscribe(seed, customer: customer, in: currency, at: created, now: now)
        guard let credits = seed.credits.flatMap({ FixedDecimal($0) }) else { return }
        var wallet = SandboxWallet(
            id: LagoID.stable("wallet " + seed.externalID),
            customerID: customer.id,
            name: "Prepaid",
            code: "prepaid",
            currency: currency,
            rate: FixedDecimal(units: 100_000),
            credits: credits,
            createdAt: created
        )
        wallet.ongoingUsageCents = seed.ongoingUsageCents
        wallet.lastBalanceSyncAt = created
        self.wallets.append(wallet)
        guard credits > .zero else { return }
        self.keep(
            WalletTransaction(
                id: LagoID.stable("grant " + seed.externalID),
                .granted,
                credits: credits,
                cents: wallet.balanceCents,
                wallet: wallet,
                at: created
            )
        )
    }

    /// Subscribes the customer to the plan of its currency; what it used so far is one event.
    private mutating func subscribe(
        _ seed: SandboxConfiguration.SeedCustomer,
        customer: Customer,
        in currency: Currency,
        at created: Date,
        now: Date
    ) {
        let plan = self.standardPlan(in: currency, at: created)
        var subscription = Subscription(
            id: LagoID.stable("subscription " + customer.id),
            externalID: "sub_" + seed.externalID,
            customerID: customer.id,
            plan: plan,
            startsAt: created,
            createdAt: created
        )
        subscription.startedAt = created
        subscription.billedUntil = self.billing.calendar.period(containing: now).start
        self.subscriptions.append(subscription)
        guard seed.ongoingUsageCents > 0, let price = plan.charges.first?.unitPrice else { return }
        let units = FixedDecimal(cents: seed.ongoingUsageCents, rate: price, currency: currency)
        let event: JSONValue = [
            "transaction_id": .string("seed-" + seed.externalID), "code": .string(Self.standardMetric),
            "external_subscription_id": .string(subscription.externalID),
            "properties": ["calls": .string(units.description)],
        ]
        if let event = try? UsageEvent(event, at: now) { self.usage.append(event) }
    }
}

extension SandboxState {
    /// The metric of the standard plans that is billed at the end of a period; `calls` is summed.
    static let standardMetric = "api_calls"
    /// The metric of the standard plans that is billed at once; each event is one.
    static let advanceMetric = "exports"

    /// The plan that customers of this currency have unless another is named: a price for each call, and one for each
    /// export, paid in advance. 0.1 and 0.5 major units; 1 and 5 where there are none smaller.
    mutating func standardPlan(in currency: Currency, at now: Date) -> Plan {
        let code = currency.code == "EUR" ? "scale_monthly" : "scale_monthly_" + currency.code.lowercased()
        if let plan = self.plans.first(where: { $0.code == code }) { return plan }
        let isWhole = currency.subunits == 1
        let calls = self.addMetric(
            code: Self.standardMetric,
            name: "API calls",
            fieldName: "calls",
            id: "1d7384ce-94a2-42f5-886d-c3e4f50617a1",
            at: now
        )
        let exports = self.addMetric(code: Self.advanceMetric, name: "Exports", fieldName: nil, at: now)
        let isFirst = currency.code == "EUR"
        let plan = Plan(
            id: isFirst ? "fb5162ac-7280-40d3-964b-a1c2d3e4f581" : LagoID.stable("plan " + code),
            code: code,
            name: "Scale",
            currency: currency,
            amountCents: 0,
            taxRate: nil,
            charges: [
                Charge(
                    id: isFirst ? "0c6273bd-8391-41e4-a75c-b2d3e4f50691" : LagoID.stable("calls " + code),
                    metric: calls,
                    unitPrice: FixedDecimal(units: isWhole ? 100_000 : 10_000),
                    isPaidInAdvance: false
                ),
                Charge(
                    id: LagoID.stable("exports " + code),
                    metric: exports,
                    unitPrice: FixedDecimal(units: isWhole ? 500_000 : 50_000),
                    isPaidInAdvance: true
                ),
            ],
            createdAt: now
        )
        self.plans.append(plan)
        return plan
    }
}
