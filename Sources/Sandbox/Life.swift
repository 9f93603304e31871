import Foundation
private import Money
import ServiceLifecycle

/// Lets things happen by themselves, for the demo: several kinds of webhooks about several customers.
struct Life: Service {
    let model: SandboxModel
    let webhooks: Webhooks
    let perSecond: Double
    let now: @Sendable () -> Date
    let random: @Sendable () -> Double

    /// What may happen, with how often it does in a hundred.
    private static let events: [(type: LagoWebhook, variant: String?, weight: Double)] = [
        (.walletUpdated, nil, 40), (.walletTransactionCreated, "outbound", 15), (.feeCreated, nil, 12),
        (.customerUpdated, nil, 8), (.invoiceCreated, nil, 6), (.invoiceGenerated, nil, 6),
        (.subscriptionUpdated, nil, 5), (.invoicePaymentStatusUpdated, nil, 4), (.subscriptionStarted, nil, 2),
        (.eventsErrors, nil, 1), (.paymentRequiresAction, nil, 1),
    ]

    func run() async throws {
        try? await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                // Between half and one and a half of the mean, so that it looks like nobody's clock.
                try await Task.sleep(for: .seconds((0.5 + self.random()) / self.perSecond))
                self.happen()
            }
        }
    }

    /// Makes one thing happen; customers without a wallet are left out of what concerns wallets.
    func happen() {
        let customers = self.model.withLock { $0.customers }
        guard !customers.isEmpty else { return }
        let customer = customers[min(customers.count - 1, Int(self.random() * Double(customers.count)))]
        var rest = self.random() * Self.events.reduce(0) { $0 + $1.weight }
        for event in Self.events {
            rest -= event.weight
            guard rest < 0 else { continue }
            if event.type == .walletUpdated { self.use(of: customer) }
            _ = try? self.webhooks.emit(
                .init(type: event.type, customer: customer.externalID, variant: event.variant)
            )
            return
        }
    }

    /// Bills up to two credits of usage to the customer's first wallet.
    private func use(of customer: Customer) {
        self.model.withLock { state in
            guard let id = state.firstWallet(of: customer)?.id,
                let index = state.wallets.firstIndex(where: { $0.id == id })
            else { return }
            state.wallets[index].consume(FixedDecimal(units: Int64(self.random() * 200) * 1_000), at: self.now())
        }
    }
}
