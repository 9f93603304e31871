/// What a webhook reports: the value of its `webhook_type`, as `wallet.updated`.
///
/// Lago grows new types with its releases, so any text is a value; `isKnown` tells the ones that this version of
/// Sluice was written for.
package struct WebhookType: RawRepresentable, Hashable, Codable, Sendable {
    package let rawValue: String

    package init(rawValue: String) { self.rawValue = rawValue }

    /// Whether Lago is known to send this type.
    package var isKnown: Bool { Self.known.contains(self.rawValue) }

    /// Whether it is about an object whose facts are kept.
    package var tellsFacts: Bool {
        let topic = self.rawValue.prefix { $0 != "." }
        return ["wallet", "wallet_transaction", "invoice", "subscription", "credit_note", "payment"].contains(topic)
    }

    /// Every type that Lago registers, and `credit_note.refund_failure`, which it sends for the registered name
    /// `credit_note.provider_refund_failure`.
    package static let known: Set<String> = [
        "alert.triggered",
        "billable_metric.created", "billable_metric.updated", "billable_metric.deleted",
        "customer.created", "customer.updated", "customer.accounting_provider_created",
        "customer.accounting_provider_error", "customer.crm_provider_created", "customer.crm_provider_error",
        "customer.payment_provider_created", "customer.payment_provider_error", "customer.checkout_url_generated",
        "customer.tax_provider_error", "customer.vies_check",
        "credit_note.created", "credit_note.generated", "credit_note.provider_refund_failure",
        "credit_note.refund_failure",
        "dunning_campaign.finished",
        "event.error", "events.errors",
        "feature.created", "feature.updated", "feature.deleted",
        "fee.created", "fee.tax_provider_error",
        "integration.provider_error",
        "invoice.created", "invoice.one_off_created", "invoice.paid_credit_added", "invoice.generated",
        "invoice.drafted", "invoice.ready_to_finalize", "invoice.voided", "invoice.deleted",
        "invoice.payment_dispute_lost", "invoice.payment_status_updated", "invoice.payment_overdue",
        "invoice.payment_failure", "invoice.resynced",
        "order.created", "order.executed",
        "order_form.created", "order_form.signed", "order_form.expired", "order_form.voided",
        "payment.requires_action", "payment.succeeded",
        "payment_provider.error",
        "payment_receipt.created", "payment_receipt.generated",
        "payment_request.created", "payment_request.payment_failure", "payment_request.payment_status_updated",
        "plan.created", "plan.updated", "plan.deleted",
        "quote.created", "quote.approved", "quote.voided",
        "subscription.started", "subscription.updated", "subscription.terminated", "subscription.canceled",
        "subscription.incomplete", "subscription.termination_alert", "subscription.trial_ended",
        "subscription.usage_threshold_reached",
        "wallet.created", "wallet.updated", "wallet.terminated", "wallet.depleted_ongoing_balance",
        "wallet_transaction.created", "wallet_transaction.updated", "wallet_transaction.payment_failure",
    ]
}
