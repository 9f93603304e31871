internal import LagoAPI
internal import LagoEvents
internal import Money
internal import Notices
internal import Store

// MARK: - Subscriptions and wallets

extension Announcer {
    func subscription(_ item: Item) async throws -> Result {
        guard case .subscription(let subscription) = item.payload else {
            return .nobody(because: "the event has no subscription")
        }
        let reader = try await self.reader(item, CustomerID(rawValue: subscription.externalCustomerID))
        let name = try await self.name(of: subscription, item)
        guard
            let (arguments, word) = SubscriptionArguments.of(
                subscription,
                item.kind,
                planName: name,
                customerName: reader.person.name
            )
        else { return .nobody(because: "the event does not say enough") }
        var what = word
        if let detail = item.announcement.detail { what += "/\(detail)" }
        let fact = "subscription/\(subscription.id)/\(what)"
        return .tell(try self.mail(item.kind, arguments, fact: fact, to: reader))
    }

    /// What a sweep found comes without its plan.
    private func name(of subscription: LagoSubscription, _ item: Item) async throws -> String {
        if subscription.name?.isEmpty == false || subscription.plan != nil { return subscription.shownName(nil) }
        return subscription.shownName(try? await item.client.plan(code: subscription.planCode))
    }

    func wallet(_ item: Item) async throws -> Result {
        let wallet: LagoWallet
        if case .wallet(let told) = item.payload {
            wallet = told
        } else {
            wallet = try await item.client.wallet(id: item.announcement.id)
        }
        let reader = try await self.reader(item, CustomerID(rawValue: wallet.externalCustomerID))
        let expires = item.announcement.detail.flatMap { Int64($0) }
        let arguments = WalletArguments(wallet, customerName: reader.person.name, expiresAt: expires)
        let what = expires.map { "expiring/\($0)" } ?? "terminated"
        return .tell(try self.mail(item.kind, arguments, fact: "wallet/\(wallet.id)/\(what)", to: reader))
    }
}

extension SubscriptionArguments {
    /// What a mail of this kind is made from, and what happened, in the word of its fact; nil where the object lacks it.
    static func of(
        _ subscription: LagoSubscription,
        _ kind: MessageKind,
        planName: String,
        customerName: String?
    ) -> (arguments: Self, what: String)? {
        var arguments = Self(externalID: subscription.externalID, planName: planName, customerName: customerName)
        switch kind {
        case .subscriptionStarted:
            arguments.at = subscription.startedAt
            arguments.trialEndsAt = subscription.trialEndsAt
            return (arguments, "started")
        case .subscriptionEnding:
            arguments.at = subscription.endingAt
            return (arguments, "ending")
        case .subscriptionEnded:
            arguments.at = subscription.terminatedAt
            return (arguments, "terminated")
        case .trialEnded:
            arguments.at = subscription.trialEndedAt
            return (arguments, "trial_ended")
        default:
            guard let threshold = subscription.usageThreshold, let currency = subscription.plan?.currency else {
                return nil
            }
            arguments.threshold = .init(name: threshold.name, cents: threshold.amountCents, currency: currency.code)
            return (arguments, "usage_threshold")
        }
    }
}

extension WalletArguments {
    init(_ wallet: LagoWallet, customerName: String?, expiresAt: Int64?) {
        self.init(
            id: wallet.id,
            name: wallet.name,
            customerName: customerName,
            credits: wallet.credits.balance.description,
            cents: wallet.balanceCents,
            currency: wallet.currency.code,
            expiresAt: expiresAt
        )
    }
}

extension LagoSubscription {
    /// The name that the customer knows it by: its own, or the plan's on invoices.
    ///
    /// - Parameter plan: where it comes without its plan.
    func shownName(_ plan: LagoPlan?) -> String {
        if let name = self.name, !name.isEmpty { return name }
        let plan = self.plan ?? plan
        let shown = plan?.invoiceDisplayName ?? ""
        return shown.isEmpty ? plan?.name ?? self.planCode : shown
    }

    /// When the trial of a new one ends, in Unix milliseconds; nil without one.
    fileprivate var trialEndsAt: Int64? {
        guard let startedAt, let days = self.plan?.trialDays, days.units > 0, self.trialEndedAt == nil else {
            return nil
        }
        return startedAt + days.units * 864
    }
}
