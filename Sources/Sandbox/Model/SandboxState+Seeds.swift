import Foundation
private import Money

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
            keys: keys,
            deliveriesKept: configuration.deliveriesKept
        )
        for seed in configuration.customers { self.add(seed, at: created) }
    }

    private mutating func add(_ seed: SandboxConfiguration.SeedCustomer, at created: Date) {
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
        guard let credits = seed.credits.flatMap({ FixedDecimal($0) }), let currency = Currency(seed.currency)
        else { return }
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
    }
}
