package import LagoAPI
package import LagoEvents
private import Money
package import Rules

/// One customer's balance, and what Lago said that it is made of.
package struct BalanceLook: Sendable {
    package let customer: CustomerID
    package let wallets: [LagoWallet]
    package let subscriptions: [LagoSubscription]
    /// Those that were asked for, to see whether ended periods are billed.
    package let invoices: [LagoInvoice]
    package let balance: LiveBalance
    package let held: HeldUsage
    /// Unix milliseconds at which Lago was first asked: what was read was true then or later.
    package let readAt: Int64

    /// Lago's ids of the active wallets of an account.
    func wallets(of account: String) -> [String] {
        self.balance.accounts.first { $0.currency.code == account }?.walletIDs
            ?? self.balance.wallets.map(\.reading.id).filter { $0 == account }
    }
}

/// Asks Lago for all that a live balance is computed from.
package struct BalanceReader: Sendable {
    /// Invoices that are opened to see which periods they bill; more than a customer gets in a day.
    private static let invoicesOpened = 50
    private static let day: Int64 = 86_400_000

    let client: LagoClient
    private let plans: PlanCache
    let edition: Edition
    let now: @Sendable () -> Int64

    package init(client: LagoClient, now: @escaping @Sendable () -> Int64) {
        self.init(client: client, plans: PlanCache(client: client), edition: Edition(client: client), now: now)
    }

    private init(client: LagoClient, plans: PlanCache, edition: Edition, now: @escaping @Sendable () -> Int64) {
        self.client = client
        self.plans = plans
        self.edition = edition
        self.now = now
    }

    /// One that asks through another client, and shares what this one remembers.
    func asking(_ client: LagoClient) -> BalanceReader {
        BalanceReader(client: client, plans: self.plans, edition: self.edition, now: self.now)
    }

    /// Wallets first, then usage, then invoices: what is billed in between is missing from the balance for one look,
    /// rather than taken off twice.
    ///
    /// - Parameter kept: the usage that the last look kept.
    /// - Throws: `LagoError`.
    package func look(at customer: CustomerID, kept: [HeldUsage.Kept]) async throws -> BalanceLook {
        let readAt = self.now()
        let wallets = try await self.wallets(of: customer)
        let hasWallet = wallets.contains(where: \.isActive)
        let subscriptions =
            hasWallet ? try await self.client.subscriptions(externalCustomerID: customer.rawValue) : []
        var usages: [UsageReading] = []
        for subscription in subscriptions {
            let usage = try await self.usage(
                of: subscription.externalID,
                plan: subscription.planCode,
                customer,
                readAt: readAt
            )
            if let usage { usages.append(usage) }
        }
        // Without a wallet there is nothing to deduct from, and usage is not asked for.
        let kept = hasWallet ? kept : []
        var held = HeldUsage(previous: kept, current: usages, invoiced: [], now: readAt)
        var invoices: [LagoInvoice] = []
        let ended = (held.keep + held.overdue).compactMap(\.endedAt)
        if let first = ended.min() {
            invoices = try await self.invoices(of: customer, since: first)
            held = HeldUsage(
                previous: kept,
                current: usages,
                invoiced: invoices.flatMap(\.billed),
                now: readAt
            )
        }
        return BalanceLook(
            customer: customer,
            wallets: wallets,
            subscriptions: subscriptions,
            invoices: invoices,
            balance: LiveBalance(
                wallets: wallets.map(WalletReading.init(_:)),
                usages: held.deduct,
                isOngoingFresh: hasWallet ? try await self.edition.isPremium() : false
            ),
            held: held,
            readAt: readAt
        )
    }

    func wallets(of customer: CustomerID) async throws -> [LagoWallet] {
        do {
            return try await self.client.wallets(externalCustomerID: customer.rawValue)
        } catch LagoError.notFound {
            return []
        }
    }

    /// Nil for a subscription that ended while we looked.
    ///
    /// - Parameter known: whether charges are paid in advance, by Lago's ids of them; the plan is asked for others.
    func usage(
        of subscription: String,
        plan: String,
        known: [String: Bool] = [:],
        _ customer: CustomerID,
        readAt: Int64
    ) async throws -> UsageReading? {
        let usage: LagoUsage
        do {
            usage = try await self.client.currentUsage(
                externalCustomerID: customer.rawValue,
                externalSubscriptionID: subscription
            )
        } catch LagoError.conflict {
            return nil
        }
        let isKnown = usage.charges.allSatisfy { $0.isPaidInAdvance != nil || known[$0.chargeID] != nil }
        let advance = isKnown ? [] : try await self.plans.advanceCharges(ofPlan: plan)
        return UsageReading(
            subscriptionID: subscription,
            currency: usage.currency,
            from: usage.from,
            to: usage.to,
            charges: usage.charges.map { charge in
                UsageReading.Charge(
                    id: charge.chargeID,
                    metricCode: charge.metricCode,
                    amount: charge.amountCents,
                    isPayInAdvance: charge.isPaidInAdvance ?? known[charge.chargeID]
                        ?? advance.contains(charge.chargeID)
                )
            },
            taxes: usage.taxesAmountCents,
            readAt: readAt
        )
    }

    /// Issued invoices with their periods, which only an invoice by itself tells.
    private func invoices(of customer: CustomerID, since: Int64) async throws -> [LagoInvoice] {
        let filter = LagoInvoiceFilter(
            externalCustomerID: customer.rawValue,
            statuses: [.finalized, .voided],
            issuedFrom: since - Self.day
        )
        var invoices: [LagoInvoice] = []
        for try await listed in self.client.invoices(filter) {
            let billing = listed.filter { $0.kind != LagoInvoice.Kind.credit.rawValue && $0.createdAt >= since }
            for invoice in billing.prefix(Self.invoicesOpened - invoices.count) {
                invoices.append(try await self.client.invoice(id: invoice.id))
            }
        }
        return invoices
    }
}

extension LagoInvoice {
    fileprivate var billed: [BilledPeriod] {
        (self.billingPeriods ?? []).compactMap { period in
            period.chargesTo.map {
                BilledPeriod(
                    subscriptionID: period.externalSubscriptionID,
                    chargesTo: $0,
                    invoiceCreatedAt: self.createdAt
                )
            }
        }
    }
}

extension WalletReading {
    package init(_ wallet: LagoWallet) {
        self.init(
            id: wallet.id,
            name: wallet.name,
            code: wallet.code,
            currency: wallet.currency,
            balance: wallet.balanceCents,
            rate: wallet.rate,
            priority: Int(clamping: wallet.priority),
            createdAt: wallet.createdAt,
            feeTypes: wallet.restriction.feeTypes,
            metricCodes: wallet.restriction.metricCodes,
            isActive: wallet.isActive,
            ongoingBalance: wallet.ongoingBalanceCents
        )
    }
}
