import Foundation
import Money

extension SandboxState {
    /// Where the customer's active wallets are, in the order in which they pay.
    func payingWallets(of customerID: String, in currency: Currency) -> [Int] {
        self.wallets.positions(in: customerID)
            .filter {
                let wallet = self.wallets[$0]
                return !wallet.isTerminated && wallet.currency == currency
            }
            // Indices are in the order of creation.
            .sorted { (self.wallets[$0].priority, $0) < (self.wallets[$1].priority, $1) }
    }

    /// Recomputes what of the current usage falls on each of the customer's active wallets, and tells of those that
    /// are then used up.
    ///
    /// - Source: Lago's rule from 1.51 on: each wallet up to its balance, the last one that may pay takes the rest.
    mutating func refreshWallets(of customerID: String, at now: Date) {
        let buckets = self.subscriptions.rows(in: customerID).filter { $0.status == .active }
            .flatMap { self.usage(of: $0, in: self.currentPeriod(of: $0, at: now)).charges }
            .filter { !$0.charge.isPaidInAdvance && $0.totalCents > 0 }
        var shares: [Int: Int64] = [:]
        for bucket in buckets {
            let payers = self.payingWallets(of: customerID, in: bucket.currency).filter {
                self.wallets[$0].pays(feeType: "charge", metricCode: bucket.charge.metric.code)
            }
            var rest = bucket.totalCents
            for index in payers {
                let room = max(0, self.wallets[index].balanceCents - shares[index, default: 0])
                let share = index == payers.last ? rest : min(rest, room)
                shares[index, default: 0] += share
                rest -= share
            }
        }
        for index in self.wallets.positions(in: customerID) where !self.wallets[index].isTerminated {
            self.wallets[index].ongoingUsageCents = shares[index] ?? 0
            let isDepleted = self.wallets[index].balanceCents <= self.wallets[index].ongoingUsageCents
            let wasDepleted = self.wallets[index].isDepleted
            self.wallets[index].isDepleted = isDepleted
            if isDepleted, !wasDepleted { self.tell(.walletDepletedOngoingBalance, wallet: index) }
        }
    }

    /// Whether a webhook would go anywhere.
    var isHeard: Bool { !self.endpoints.isEmpty }

    /// Adds a webhook about a wallet as it is now.
    mutating func tell(_ type: LagoWebhook, wallet index: Int) {
        let wallet = self.wallets[index]
        guard self.isHeard, let customer = self.customer(of: wallet) else { return }
        let object =
            type == .walletDepletedOngoingBalance
            ? wallet.nestedJSON(customer: customer, of: self.organization)
            : wallet.webhookJSON(customer: customer, of: self.organization)
        self.news.append(News(type: type, object: object))
    }

    /// Adds a webhook about a transaction and its wallet as they are now.
    mutating func tell(_ type: LagoWebhook, transaction: WalletTransaction) {
        guard self.isHeard, let wallet = self.wallets.row(id: transaction.walletID),
            let customer = self.customer(of: wallet)
        else { return }
        var object = transaction.json(of: self.organization, rate: wallet.rate)
        object["wallet"] = wallet.nestedJSON(customer: customer, of: self.organization)
        self.news.append(News(type: type, object: object))
    }

    /// Adds a webhook about a subscription as it is now.
    mutating func tell(_ type: LagoWebhook, subscription: Subscription, at now: Date) {
        guard self.isHeard, let customer = self.customer(id: subscription.customerID) else { return }
        let object = subscription.webhookJSON(
            customer: customer,
            of: self.organization,
            period: self.billing.calendar.period(containing: now)
        )
        self.news.append(News(type: type, object: object))
    }
}
