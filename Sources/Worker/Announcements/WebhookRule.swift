package import LagoEvents
package import Notices

/// Who is told of what a webhook of a type reports. A webhook only says that something happened: what Lago then says of
/// the object decides, so that any order of them, and any number, makes the same mails.
package enum WebhookRule: Hashable, Sendable {
    /// The customer, by mails of these kinds.
    case customer([MessageKind])
    /// The operator, under this title.
    case operators(title: String)
    /// Nobody, and why.
    case nobody(because: String)

    /// - Parameter type: one that is not known yet mails nobody.
    package init(_ type: WebhookType) {
        self =
            Self.customers[type.rawValue] ?? Self.troubles[type.rawValue]
            ?? Self.nobody(type.rawValue).map(Self.nobody)
            ?? .nobody(because: "of a type that this version does not know")
    }

    private static let customers: [String: WebhookRule] = [
        "invoice.created": .customer([.invoiceIssued]),
        "invoice.one_off_created": .customer([.invoiceIssued]),
        "invoice.payment_status_updated": .customer([.paymentReceived, .paymentFailed, .topUpSucceeded, .topUpFailed]),
        "invoice.payment_failure": .customer([.paymentFailed, .topUpFailed]),
        "payment.requires_action": .customer([.paymentActionRequired, .topUpActionRequired]),
        "invoice.payment_overdue": .customer([.paymentOverdue]),
        "invoice.voided": .customer([.invoiceVoided]),
        "credit_note.created": .customer([.creditNoteIssued]),
        "subscription.started": .customer([.subscriptionStarted]),
        "subscription.termination_alert": .customer([.subscriptionEnding]),
        "subscription.terminated": .customer([.subscriptionEnded]),
        "subscription.trial_ended": .customer([.trialEnded]),
        "subscription.usage_threshold_reached": .customer([.usageThresholdReached]),
        "wallet.terminated": .customer([.walletTerminated]),
    ]

    private static let troubles: [String: WebhookRule] = [
        "customer.accounting_provider_error": "Accounting integration: customers that could not be synced",
        "customer.crm_provider_error": "CRM integration: customers that could not be synced",
        "customer.payment_provider_error": "Payment provider: customers that could not be set up",
        "customer.tax_provider_error": "Tax integration: customers that could not be taxed",
        "fee.tax_provider_error": "Tax integration: fees that could not be taxed",
        "integration.provider_error": "Integrations that could not be set up",
        "payment_provider.error": "Payment provider: webhooks that could not be set up",
        "credit_note.provider_refund_failure": "Refunds that failed",
        "credit_note.refund_failure": "Refunds that failed",
        "invoice.payment_dispute_lost": "Disputed payments that were lost",
        "payment_request.payment_failure": "Payment requests whose payment failed",
        "dunning_campaign.finished": "Dunning campaigns that ended without payment",
        "event.error": "Usage events that Lago refused",
        "events.errors": "Usage events that Lago refused",
    ].mapValues { .operators(title: $0) }

    private static func nobody(_ type: String) -> String? {
        switch type {
        case "wallet.updated", "wallet.created", "wallet.depleted_ongoing_balance", "alert.triggered":
            "it leads to a look at the balance, and that decides"
        case "wallet_transaction.created", "wallet_transaction.updated", "wallet_transaction.payment_failure",
            "invoice.paid_credit_added":
            "a purchase of credits is told when its invoice is paid or declined"
        case "invoice.generated", "credit_note.generated", "payment_receipt.created", "payment_receipt.generated":
            "a file was made, for a mail of its own"
        case "invoice.drafted", "invoice.ready_to_finalize", "invoice.deleted", "invoice.resynced":
            "drafts and records are the operator's own business"
        case "payment.succeeded": "the invoice's payment status says so for every way to pay"
        case "payment_request.created", "payment_request.payment_status_updated":
            "Lago's premium edition mails payment requests itself"
        case "subscription.canceled", "subscription.incomplete": "it never began"
        case "subscription.updated": "the customer's plan is as agreed with the operator"
        case "fee.created": "fees are told with their invoice"
        default:
            Self.internalTopics.contains(String(type.prefix { $0 != "." })) && WebhookType(rawValue: type).isKnown
                ? "it is the operator's own business" : nil
        }
    }

    private static let internalTopics: Set = [
        "billable_metric", "customer", "feature", "order", "order_form", "plan", "quote",
    ]
}
