package import Money

extension Notice {
    /// A subscription that a mail is about. Times are in milliseconds since 1970.
    package struct Subscription: Hashable, Sendable {
        /// As Lago has it; any text, or nil.
        package var customerName: String?
        /// The subscription's own name, else its plan's as invoices show it.
        package var planName: String
        package var billingURL: String

        package init(customerName: String?, planName: String, billingURL: String) {
            self.customerName = customerName
            self.planName = planName
            self.billingURL = billingURL
        }
    }

    package struct SubscriptionStarted: Hashable, Sendable {
        package var subscription: Subscription
        package var startedAt: Int64?
        /// nil without a trial.
        package var trialEndsAt: Int64?

        package init(subscription: Subscription, startedAt: Int64? = nil, trialEndsAt: Int64? = nil) {
            self.subscription = subscription
            self.startedAt = startedAt
            self.trialEndsAt = trialEndsAt
        }
    }

    package struct SubscriptionEnding: Hashable, Sendable {
        package var subscription: Subscription
        package var endsAt: Int64

        package init(subscription: Subscription, endsAt: Int64) {
            self.subscription = subscription
            self.endsAt = endsAt
        }
    }

    package struct SubscriptionEnded: Hashable, Sendable {
        package var subscription: Subscription
        package var endedAt: Int64?
        /// The plan that follows; nil where nothing does.
        package var nextPlanName: String?

        package init(subscription: Subscription, endedAt: Int64? = nil, nextPlanName: String? = nil) {
            self.subscription = subscription
            self.endedAt = endedAt
            self.nextPlanName = nextPlanName
        }
    }

    package struct TrialEnded: Hashable, Sendable {
        package var subscription: Subscription
        package var endedAt: Int64?

        package init(subscription: Subscription, endedAt: Int64? = nil) {
            self.subscription = subscription
            self.endedAt = endedAt
        }
    }

    /// The use of this billing period, or of all time, has reached a level that the plan names.
    package struct UsageThresholdReached: Hashable, Sendable {
        package var subscription: Subscription
        package var thresholdName: String?
        package var threshold: Amount
        /// What was used; nil where Lago does not say.
        package var used: Amount?

        package init(subscription: Subscription, thresholdName: String? = nil, threshold: Amount, used: Amount? = nil) {
            self.subscription = subscription
            self.thresholdName = thresholdName
            self.threshold = threshold
            self.used = used
        }
    }

    /// A wallet was closed; its credits count no more.
    package struct WalletTerminated: Hashable, Sendable {
        package var customerName: String?
        package var walletName: String?
        /// What was left in it; nil where that is not known.
        package var left: Balance?
        package var billingURL: String

        package init(customerName: String?, walletName: String? = nil, left: Balance? = nil, billingURL: String) {
            self.customerName = customerName
            self.walletName = walletName
            self.left = left
            self.billingURL = billingURL
        }
    }

    /// Credits will be lost unless they are used before.
    package struct CreditsExpiring: Hashable, Sendable {
        package var customerName: String?
        package var credits: Balance
        package var expiresAt: Int64
        /// When this was found, in milliseconds since 1970.
        package var now: Int64
        package var billingURL: String

        package init(customerName: String?, credits: Balance, expiresAt: Int64, now: Int64, billingURL: String) {
            self.customerName = customerName
            self.credits = credits
            self.expiresAt = expiresAt
            self.now = now
            self.billingURL = billingURL
        }
    }
}
