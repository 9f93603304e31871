/// Why an account was charged, or why not; the raw value is its name in the store, in commands and in the API.
package enum TopUpReason: String, Hashable, Codable, Sendable, CaseIterable {
    case charged
    case aboveThreshold = "above_threshold"
    /// The operator allows none, or nothing says at which level, or how much.
    case disabled
    case notOptedIn = "not_opted_in"
    /// One is under way, or what is pending at Lago will lift the account above its threshold.
    case pendingTopUp = "pending_top_up"
    case cooldown
    case dailyLimit = "daily_limit"
    case monthlyLimit = "monthly_limit"
    case pausedAfterFailures = "paused_after_failures"
    case declineBackoff = "decline_backoff"
    /// No active wallet is left to take the credits.
    case walletTerminated = "wallet_terminated"
    /// No amount fits the wallet's own limits, or is a whole minor unit at its rate.
    case walletLimits = "wallet_limits"
    /// Lago could never collect the money.
    case noPaymentProvider = "no_payment_provider"
    /// A wallet of the account has a threshold rule of Lago's own.
    case lagoRuleActive = "lago_rule_active"
    /// Its transactions have no metadata, by which one is found again.
    case lagoTooOld = "lago_too_old"
    /// The operator, or the customer, has no monthly limit for the currency.
    case currencyNotAllowed = "currency_not_allowed"
    /// What Lago knows of the account's top-ups was not read yet, or shows several that hold its one place.
    case historyUnknown = "history_unknown"
    /// Lago does not take our key.
    case lagoRefused = "lago_refused"
    /// It would have been charged; the operator only watches.
    case shadow
    /// A purchase whose caller did not come back; never of a decision.
    case abandoned
}
