/// A kind of webhook that Lago registers, by its registered name.
package enum LagoWebhook: String, CaseIterable, Sendable {
    case alertTriggered = "alert.triggered"

    case billableMetricCreated = "billable_metric.created"
    case billableMetricUpdated = "billable_metric.updated"
    case billableMetricDeleted = "billable_metric.deleted"

    case customerCreated = "customer.created"
    case customerUpdated = "customer.updated"
    case customerAccountingProviderCreated = "customer.accounting_provider_created"
    case customerAccountingProviderError = "customer.accounting_provider_error"
    case customerCRMProviderCreated = "customer.crm_provider_created"
    case customerCRMProviderError = "customer.crm_provider_error"
    case customerPaymentProviderCreated = "customer.payment_provider_created"
    case customerPaymentProviderError = "customer.payment_provider_error"
    case customerCheckoutURLGenerated = "customer.checkout_url_generated"
    case customerTaxProviderError = "customer.tax_provider_error"
    case customerViesCheck = "customer.vies_check"

    case creditNoteCreated = "credit_note.created"
    case creditNoteGenerated = "credit_note.generated"
    case creditNoteProviderRefundFailure = "credit_note.provider_refund_failure"

    case dunningCampaignFinished = "dunning_campaign.finished"

    case eventError = "event.error"
    case eventsErrors = "events.errors"

    case featureCreated = "feature.created"
    case featureUpdated = "feature.updated"
    case featureDeleted = "feature.deleted"

    case feeCreated = "fee.created"
    case feeTaxProviderError = "fee.tax_provider_error"

    case invoiceCreated = "invoice.created"
    case invoiceOneOffCreated = "invoice.one_off_created"
    case invoicePaidCreditAdded = "invoice.paid_credit_added"
    case invoiceGenerated = "invoice.generated"
    case invoiceDrafted = "invoice.drafted"
    case invoiceReadyToFinalize = "invoice.ready_to_finalize"
    case invoiceVoided = "invoice.voided"
    case invoiceDeleted = "invoice.deleted"
    case invoicePaymentDisputeLost = "invoice.payment_dispute_lost"
    case invoicePaymentStatusUpdated = "invoice.payment_status_updated"
    case invoicePaymentOverdue = "invoice.payment_overdue"
    case invoicePaymentFailure = "invoice.payment_failure"
    case invoiceResynced = "invoice.resynced"

    case integrationProviderError = "integration.provider_error"

    case orderCreated = "order.created"
    case orderExecuted = "order.executed"

    case orderFormCreated = "order_form.created"
    case orderFormSigned = "order_form.signed"
    case orderFormExpired = "order_form.expired"
    case orderFormVoided = "order_form.voided"

    case paymentRequiresAction = "payment.requires_action"
    case paymentSucceeded = "payment.succeeded"

    case paymentProviderError = "payment_provider.error"

    case paymentReceiptCreated = "payment_receipt.created"
    case paymentReceiptGenerated = "payment_receipt.generated"

    case paymentRequestCreated = "payment_request.created"
    case paymentRequestPaymentFailure = "payment_request.payment_failure"
    case paymentRequestPaymentStatusUpdated = "payment_request.payment_status_updated"

    case planCreated = "plan.created"
    case planUpdated = "plan.updated"
    case planDeleted = "plan.deleted"

    case quoteCreated = "quote.created"
    case quoteApproved = "quote.approved"
    case quoteVoided = "quote.voided"

    case subscriptionStarted = "subscription.started"
    case subscriptionUpdated = "subscription.updated"
    case subscriptionTerminated = "subscription.terminated"
    case subscriptionCanceled = "subscription.canceled"
    case subscriptionIncomplete = "subscription.incomplete"
    case subscriptionTerminationAlert = "subscription.termination_alert"
    case subscriptionTrialEnded = "subscription.trial_ended"
    case subscriptionUsageThresholdReached = "subscription.usage_threshold_reached"

    case walletCreated = "wallet.created"
    case walletUpdated = "wallet.updated"
    case walletTerminated = "wallet.terminated"
    case walletDepletedOngoingBalance = "wallet.depleted_ongoing_balance"

    case walletTransactionCreated = "wallet_transaction.created"
    case walletTransactionUpdated = "wallet_transaction.updated"
    case walletTransactionPaymentFailure = "wallet_transaction.payment_failure"
}

extension LagoWebhook {
    /// What the payload says in `webhook_type`: the registered name, but for one type.
    package var payloadName: String {
        self == .creditNoteProviderRefundFailure ? "credit_note.refund_failure" : self.rawValue
    }

    /// The payload's `object_type`, which is also the name of the key that holds the object.
    package var objectType: String {
        switch self {
        case .alertTriggered: "triggered_alert"
        case .customerAccountingProviderError: "accounting_provider_customer_error"
        case .customerCRMProviderError: "crm_provider_customer_error"
        case .customerPaymentProviderError: "payment_provider_customer_error"
        case .customerCheckoutURLGenerated: "payment_provider_customer_checkout_url"
        case .customerTaxProviderError: "tax_provider_customer_error"
        case .creditNoteProviderRefundFailure: "credit_note_payment_provider_refund_error"
        case .eventError: "event_error"
        case .eventsErrors: "events_errors"
        case .feeTaxProviderError: "tax_provider_fee_error"
        case .invoicePaymentDisputeLost: "payment_dispute_lost"
        case .invoicePaymentFailure: "payment_provider_invoice_payment_error"
        case .integrationProviderError: "provider_error"
        case .paymentProviderError: "payment_provider_error"
        case .paymentRequestPaymentFailure: "payment_provider_payment_request_payment_error"
        case .walletTransactionPaymentFailure: "payment_provider_wallet_transaction_payment_error"
        default: String(self.rawValue.prefix { $0 != "." })
        }
    }
}
