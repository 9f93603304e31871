extension Notice {
    /// Whom it greets; nil where nobody is known by name.
    package var customerName: String? {
        switch self {
        case .lowBalance(let notice): notice.customerName
        case .balanceRecovered(let notice): notice.customerName
        case .topUpSucceeded(let notice): notice.topUp.customerName
        case .topUpFailed(let notice): notice.topUp.customerName
        case .topUpActionRequired(let notice): notice.topUp.customerName
        case .topUpPaused(let notice): notice.topUp.customerName
        case .topUpLimit(let notice): notice.customerName
        case .invoiceIssued(let notice): notice.invoice.customerName
        case .paymentReceived(let notice): notice.invoice.customerName
        case .paymentFailed(let notice): notice.invoice.customerName
        case .paymentActionRequired(let notice): notice.invoice.customerName
        case .paymentOverdue(let notice): notice.invoice.customerName
        case .invoiceVoided(let notice): notice.invoice.customerName
        case .creditNoteIssued(let notice): notice.customerName
        case .subscriptionStarted(let notice): notice.subscription.customerName
        case .subscriptionEnding(let notice): notice.subscription.customerName
        case .subscriptionEnded(let notice): notice.subscription.customerName
        case .trialEnded(let notice): notice.subscription.customerName
        case .usageThresholdReached(let notice): notice.subscription.customerName
        case .walletTerminated(let notice): notice.customerName
        case .creditsExpiring(let notice): notice.customerName
        case .customerDigest(let notice): notice.customerName
        case .signInLink(let notice): notice.customerName
        case .operatorDigest, .operatorAlert: nil
        }
    }
}
