internal import LagoAPI
private import LagoEvents
private import Money
internal import Notices
internal import Store

// MARK: - Subscriptions and wallets

extension BillingMail {
    func subscription(_ item: Item) async throws -> MailDecision {
        let arguments: SubscriptionArguments = try item.arguments()
        let active = try await self.activeSubscription(arguments.externalID, item)
        if item.kind == .subscriptionEnded {
            // Lago ends the old one when a customer changes the plan; the new one has a mail of its own.
            if active != nil { return .end(.superseded, reason: "it goes on under another plan") }
        } else {
            guard let active else { return .end(.superseded, reason: "the subscription is not active") }
            if item.kind == .subscriptionEnding, active.endingAt != arguments.at {
                return .end(.superseded, reason: "it no longer ends then")
            }
        }
        let words = self.words(item, arguments.customerName)
        guard let notice = words.subscription(item.kind, arguments) else {
            return .end(.failed, reason: "the webhook did not say enough")
        }
        return .send(notice)
    }

    /// - Parameter externalID: of any form: one that fits no path of Lago's is looked for in the customer's list.
    private func activeSubscription(_ externalID: String, _ item: Item) async throws -> LagoSubscription? {
        try await item.paperwork.needing {
            try await item.client.subscriptions(externalCustomerID: item.customer.rawValue)
                .first { $0.externalID == externalID && $0.isActive }
        }
    }

    func walletTerminated(_ item: Item) throws -> MailDecision {
        let arguments: WalletArguments = try item.arguments()
        return .send(self.words(item, arguments.customerName).terminated(arguments))
    }

    func creditsExpiring(_ item: Item) async throws -> MailDecision {
        let arguments: WalletArguments = try item.arguments()
        let wallet = try await item.paperwork.needing { try await item.client.wallet(id: arguments.id) }
        guard wallet.isActive, let expiresAt = wallet.expiresAt, expiresAt == arguments.expiresAt else {
            return .end(.superseded, reason: "the wallet no longer expires then")
        }
        guard wallet.balanceCents > 0, expiresAt > self.now() else {
            return .end(.superseded, reason: "there is nothing left to expire")
        }
        return .send(self.words(item, arguments.customerName).expiring(wallet, at: expiresAt))
    }
}
