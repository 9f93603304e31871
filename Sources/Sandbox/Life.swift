import Foundation
private import Money
import ServiceLifecycle

/// Lets things happen by themselves, for the demo: usage that runs balances down, grants to customers whom nobody can
/// charge, and payments of those whose cards were declined.
///
/// Usage alone sends no webhook, as at Lago; what is paid in advance does, with its fee, its invoice and what it took
/// from the wallet.
struct Life: Service {
    let webhooks: Webhooks
    /// How many things happen per second.
    let perSecond: Double
    let now: @Sendable () -> Date
    let random: @Sendable () -> Double

    /// For how many steps something has been so.
    struct Memory {
        /// By customer: having had next to nothing.
        var dry: [String: Int] = [:]
        /// By customer: owing for an invoice whose charge was declined.
        var owing: [String: Int] = [:]
    }

    /// How many steps a customer goes without before credits are granted: half a minute of the demo.
    private static let patience = 60
    /// How many steps a customer takes to open the mail about a declined charge, and to pay by its link: a minute of the
    /// demo.
    private static let reluctance = 120

    func run() async throws {
        try? await cancelWhenGracefulShutdown {
            var memory = Memory()
            while !Task.isCancelled {
                // Between half and one and a half of the mean, so that it looks like nobody's clock.
                try await Task.sleep(for: .seconds((0.5 + self.random()) / self.perSecond))
                self.happen(&memory)
            }
        }
    }

    /// Makes one thing happen: half of it is usage of the first customer, who runs dry within a minute of the demo.
    func happen(_ memory: inout Memory) {
        let customers = self.webhooks.model.withLock { state in
            state.customers.filter { state.firstWallet(of: $0) != nil }
        }
        guard let first = customers.first else { return }
        let other = customers[min(customers.count - 1, Int(self.random() * Double(customers.count)))]
        let chance = self.random()
        switch chance {
        case ..<0.5: self.use(of: first, percent: 5)
        case ..<0.85: self.use(of: other, percent: other.id == first.id ? 5 : other.billing.provider == nil ? 1 : 3)
        case ..<0.97: self.export(by: other)
        default: self.touch(other)
        }
        for customer in customers {
            if customer.billing.provider == nil {
                self.help(customer, &memory.dry)
            } else {
                self.mend(customer, &memory.owing)
            }
        }
    }

    /// Uses so much of what the customer has left, and a quarter of a unit of currency on top, give or take half of it.
    private func use(of customer: Customer, percent: Int64) {
        let share = Int64(self.random() * 100) + 50
        self.webhooks.change { state in
            guard let wallet = state.firstWallet(of: customer),
                let price = state.price(of: customer), price > .zero
            else { return }
            let least = max(1, wallet.currency.subunits / 4)
            let cents = (max(0, state.liveCents(of: customer, at: self.now())) * percent / 100 + least) * share / 100
            let units = FixedDecimal(cents: cents, rate: price, currency: wallet.currency)
            try? state.recordUsage(of: customer.externalID, units: units.description, at: self.now())
        }
    }

    /// One event that is paid in advance.
    private func export(by customer: Customer) {
        self.webhooks.change { state in
            try? state.recordUsage(
                of: customer.externalID,
                units: "1",
                code: SandboxState.advanceMetric,
                at: self.now()
            )
        }
    }

    /// Saves the customer unchanged, as a nightly synchronisation does.
    private func touch(_ customer: Customer) {
        self.webhooks.change { state in
            let saved = try? state.upsertCustomer(["external_id": .string(customer.externalID)], at: self.now())
            guard let saved else { return }
            var object = saved.customer.json(of: state.organization)
            object["integration_customers"] = []
            state.news.append(.init(type: .customerUpdated, object: object))
        }
    }

    /// Grants credits to a customer who has had less than a tenth of them for long enough.
    private func help(_ customer: Customer, _ dry: inout [String: Int]) {
        let waited = dry[customer.id, default: 0]
        let isLow = self.webhooks.change { state -> Bool in
            guard let wallet = state.firstWallet(of: customer) else { return false }
            let gift = SandboxState.gift(for: wallet)
            guard state.liveCents(of: customer, at: self.now()) < gift.cents / 10 else { return false }
            guard waited >= Self.patience else { return true }
            let body: JSONValue = ["wallet_id": .string(wallet.id), "granted_credits": .string(gift.credits)]
            _ = try? state.createTransactions(body, at: self.now())
            return false
        }
        dry[customer.id] = isLow ? waited + 1 : 0
    }

    /// Has a customer pay by the links what was declined, once the oldest has been so for long enough.
    private func mend(_ customer: Customer, _ owing: inout [String: Int]) {
        let waited = owing[customer.id, default: 0]
        let owes = self.webhooks.change { state -> Bool in
            let declined = state.invoices.rows(in: customer.id).filter {
                $0.paymentStatus == .failed && $0.voidedAt == nil
            }
            guard waited >= Self.reluctance else { return !declined.isEmpty }
            for invoice in declined { state.collect(invoice: invoice.id, as: .link, at: self.now()) }
            return false
        }
        owing[customer.id] = owes ? waited + 1 : 0
    }
}

extension SandboxState {
    /// What the customer has left: settled balances without the current usage that will be billed.
    func liveCents(of customer: Customer, at now: Date) -> Int64 {
        guard let currency = self.firstWallet(of: customer)?.currency else { return 0 }
        let balance = self.payingWallets(of: customer.id, in: currency).reduce(0) { $0 + self.wallets[$1].balanceCents }
        let used = self.subscriptions.rows(in: customer.id).filter { $0.status == .active }
            .flatMap { self.usage(of: $0, in: self.currentPeriod(of: $0, at: now)).charges }
            .filter { !$0.charge.isPaidInAdvance }
        return balance - used.reduce(0) { $0 + $1.totalCents }
    }

    /// What the customer pays for one unit of usage.
    fileprivate func price(of customer: Customer) -> FixedDecimal? {
        self.subscriptions.rows(in: customer.id).first { $0.status == .active }?.plan.charges.first?.unitPrice
    }

    /// A hundred credits, or ten thousand where a credit is a yen or the like.
    fileprivate static func gift(for wallet: SandboxWallet) -> (credits: String, cents: Int64) {
        let credits = wallet.currency.subunits == 1 ? "10000.0" : "100.0"
        let cents = FixedDecimal(credits)?.cents(rate: wallet.rate, currency: wallet.currency) ?? 0
        return (credits, cents)
    }
}
