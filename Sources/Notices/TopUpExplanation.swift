package import Money

/// Why an account was charged or not, with what a sentence about it needs; the words are the customer's.
package enum TopUpExplanation: Hashable, Sendable {
    case charged
    case aboveThreshold(FixedDecimal?)
    case disabled
    case notOptedIn
    case pendingTopUp
    case cooldown(Duration)
    case dailyLimit(Int)
    case monthlyLimit(Amount?)
    case pausedAfterFailures
    /// Until when, in milliseconds since 1970.
    case declineBackoff(until: Int64?)
    case walletTerminated
    case walletLimits
    case noPaymentProvider
    case lagoRuleActive
    case lagoTooOld
    case currencyNotAllowed(Currency)
    case historyUnknown
    case lagoRefused
    /// What would have been charged.
    case shadow(Amount?)
    case abandoned

    /// The values of the policy and of the decision that sentences name.
    package struct Facts: Hashable, Sendable {
        package var currency: Currency
        package var threshold: FixedDecimal?
        package var cooldown: Duration
        package var maxPerDay: Int
        package var maxPerMonth: Amount?
        /// In milliseconds since 1970.
        package var nextLookAt: Int64?
        package var shadowed: Amount?

        package init(
            currency: Currency,
            threshold: FixedDecimal? = nil,
            cooldown: Duration,
            maxPerDay: Int,
            maxPerMonth: Amount? = nil,
            nextLookAt: Int64? = nil,
            shadowed: Amount? = nil
        ) {
            self.currency = currency
            self.threshold = threshold
            self.cooldown = cooldown
            self.maxPerDay = maxPerDay
            self.maxPerMonth = maxPerMonth
            self.nextLookAt = nextLookAt
            self.shadowed = shadowed
        }
    }

    /// - Parameter reason: the name of the reason in the store and in the API, as `daily_limit`.
    /// - Returns: nil for a name that is none.
    package init?(reason: String, facts: Facts) {
        switch reason {
        case "charged": self = .charged
        case "above_threshold": self = .aboveThreshold(facts.threshold)
        case "disabled": self = .disabled
        case "not_opted_in": self = .notOptedIn
        case "pending_top_up": self = .pendingTopUp
        case "cooldown": self = .cooldown(facts.cooldown)
        case "daily_limit": self = .dailyLimit(facts.maxPerDay)
        case "monthly_limit": self = .monthlyLimit(facts.maxPerMonth)
        case "paused_after_failures": self = .pausedAfterFailures
        case "decline_backoff": self = .declineBackoff(until: facts.nextLookAt)
        case "wallet_terminated": self = .walletTerminated
        case "wallet_limits": self = .walletLimits
        case "no_payment_provider": self = .noPaymentProvider
        case "lago_rule_active": self = .lagoRuleActive
        case "lago_too_old": self = .lagoTooOld
        case "currency_not_allowed": self = .currencyNotAllowed(facts.currency)
        case "history_unknown": self = .historyUnknown
        case "lago_refused": self = .lagoRefused
        case "shadow": self = .shadow(facts.shadowed)
        case "abandoned": self = .abandoned
        default: return nil
        }
    }
}

/// What happens to an account once automatic top-ups are switched on for it.
package struct TopUpPlan: Hashable, Sendable {
    package enum Purchase: Hashable, Sendable {
        case credits(FixedDecimal)
        case target(FixedDecimal)
    }

    package var threshold: FixedDecimal
    package var purchase: Purchase
    package var maxPerDay: Int
    package var maxPerMonth: Amount?
    /// What is charged at once, as the account is at or below the threshold already.
    package var now: Amount?

    package init(
        threshold: FixedDecimal,
        purchase: Purchase,
        maxPerDay: Int,
        maxPerMonth: Amount? = nil,
        now: Amount? = nil
    ) {
        self.threshold = threshold
        self.purchase = purchase
        self.maxPerDay = maxPerDay
        self.maxPerMonth = maxPerMonth
        self.now = now
    }
}
