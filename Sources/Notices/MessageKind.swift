/// What a message is about; the raw value is its name in the store, in settings and in templates.
package enum MessageKind: String, Hashable, Codable, Sendable, CaseIterable {
    case lowBalance = "low_balance"
    case balanceRecovered = "balance_recovered"
    case topUpSucceeded = "top_up_succeeded"
    case topUpFailed = "top_up_failed"
    case topUpActionRequired = "top_up_action_required"
    case topUpPaused = "top_up_paused"
    case topUpLimit = "top_up_limit"
    case invoiceIssued = "invoice_issued"
    case paymentReceived = "payment_received"
    case paymentFailed = "payment_failed"
    case paymentActionRequired = "payment_action_required"
    case paymentOverdue = "payment_overdue"
    case invoiceVoided = "invoice_voided"
    case creditNoteIssued = "credit_note_issued"
    case subscriptionStarted = "subscription_started"
    case subscriptionEnding = "subscription_ending"
    case subscriptionEnded = "subscription_ended"
    case trialEnded = "trial_ended"
    case usageThresholdReached = "usage_threshold_reached"
    case walletTerminated = "wallet_terminated"
    case creditsExpiring = "credits_expiring"
    case customerDigest = "customer_digest"
    case signInLink = "sign_in_link"
    case operatorDigest = "operator_digest"
    case operatorAlert = "operator_alert"

    /// Whether its reader can unsubscribe from it.
    package var isOptional: Bool {
        switch self {
        case .lowBalance, .balanceRecovered, .subscriptionStarted, .trialEnded, .usageThresholdReached,
            .creditsExpiring, .customerDigest:
            true
        default: false
        }
    }
}
