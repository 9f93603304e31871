package import Money

/// An invoice, as far as Sluice reads it, and as it was received.
///
/// - Unit: times are Unix milliseconds; the two dates stand for their midnight UTC.
/// - Source: `invoices` of `GET /invoices`, `invoice` of `GET /invoices/{id}`, and the webhooks `invoice.*`.
package struct LagoInvoice: LagoObject, Identifiable {
    package static let member = "invoice"

    package enum Status: String, CaseIterable, Sendable {
        case draft, finalized, voided, failed, pending
    }

    package enum PaymentStatus: String, CaseIterable, Sendable {
        case pending, succeeded, failed
    }

    package enum Kind: String, CaseIterable, Sendable {
        case subscription, credit
        case addOn = "add_on"
        case oneOff = "one_off"
        case advanceCharges = "advance_charges"
        case progressiveBilling = "progressive_billing"
    }

    package let id: String
    /// Empty or a preliminary one while it is a draft.
    package let number: String
    /// `invoice_type`: one of `Kind`.
    package let kind: String
    /// One of `Status`.
    package let status: String
    /// One of `PaymentStatus`; a total of zero is `succeeded` at once.
    package let paymentStatus: String
    package let isPaymentOverdue: Bool
    package let currency: Currency
    package let totals: LagoInvoiceTotals
    package let externalCustomerID: String
    package let issuingDate: Int64?
    package let paymentDueDate: Int64?
    /// Which stretches of which subscriptions it bills; nil in lists, which do not tell.
    package let billingPeriods: [LagoBillingPeriod]?
    /// nil in lists, which do not tell.
    package let subscriptions: [LagoSubscription]?
    /// What it bills, line by line; nil in lists, which do not tell.
    package let fees: [LagoFee]?
    /// Where the PDF is, once it is made. Needs no key and never expires: a secret.
    package let fileURL: String?
    package let createdAt: Int64
    package let updatedAt: Int64?
    package let voidedAt: Int64?
    /// When the customer won a dispute over the payment, at the provider.
    package let paymentDisputeLostAt: Int64?
    /// The whole JSON object, byte for byte.
    package let json: [UInt8]

    package init(_ fields: LagoFields) throws(LagoError) {
        self.id = try fields.read("lago_id", as: .text)
        self.number = try fields.readIfAny("number", as: .text) ?? ""
        self.kind = try fields.read("invoice_type", as: .text)
        self.status = try fields.read("status", as: .text)
        self.paymentStatus = try fields.read("payment_status", as: .text)
        self.isPaymentOverdue = try fields.readIfAny("payment_overdue", as: .flag) ?? false
        self.currency = try fields.read("currency", as: .currency)
        self.totals = try LagoInvoiceTotals(fields)
        self.externalCustomerID = try fields.object("customer").read("external_id", as: .text)
        self.issuingDate = try fields.readIfAny("issuing_date", as: .time)
        self.paymentDueDate = try fields.readIfAny("payment_due_date", as: .time)
        self.billingPeriods = try fields.objectsIfAny("billing_periods", as: LagoBillingPeriod.init)
        self.subscriptions = try fields.objectsIfAny("subscriptions", as: LagoSubscription.init(_:))
        self.fees = try fields.objectsIfAny("fees", as: LagoFee.init)
        self.fileURL = try fields.readIfAny("file_url", as: .text)
        self.createdAt = try fields.read("created_at", as: .time)
        self.updatedAt = try fields.readIfAny("updated_at", as: .time)
        self.voidedAt = try fields.readIfAny("voided_at", as: .time)
        self.paymentDisputeLostAt = try fields.readIfAny("payment_dispute_lost_at", as: .time)
        self.json = fields.json
    }
}

/// An invoice's sums, in the smallest unit of its currency as Lago counts it.
package struct LagoInvoiceTotals: Hashable, Sendable {
    package let feesCents: Int64
    package let taxesCents: Int64
    /// Inside the sub-totals already.
    package let couponsCents: Int64
    package let creditNotesCents: Int64
    /// Paid from wallets.
    package let prepaidCreditCents: Int64
    /// Billed before, within the same period.
    package let progressiveBillingCreditCents: Int64
    package let subTotalExcludingTaxesCents: Int64
    package let subTotalIncludingTaxesCents: Int64
    /// Sub-total with taxes, less credit notes and prepaid credits.
    package let totalCents: Int64
    /// nil before Lago gave it. Stays above zero on an invoice that was only marked as paid.
    package let dueCents: Int64?
    /// nil before Lago 1.41.
    package let paidCents: Int64?

    init(_ fields: LagoFields) throws(LagoError) {
        self.feesCents = try fields.read("fees_amount_cents", as: .integer)
        self.taxesCents = try fields.read("taxes_amount_cents", as: .integer)
        self.couponsCents = try fields.readIfAny("coupons_amount_cents", as: .integer) ?? 0
        self.creditNotesCents = try fields.readIfAny("credit_notes_amount_cents", as: .integer) ?? 0
        self.prepaidCreditCents = try fields.readIfAny("prepaid_credit_amount_cents", as: .integer) ?? 0
        self.progressiveBillingCreditCents =
            try fields.readIfAny("progressive_billing_credit_amount_cents", as: .integer) ?? 0
        self.subTotalExcludingTaxesCents = try fields.read("sub_total_excluding_taxes_amount_cents", as: .integer)
        self.subTotalIncludingTaxesCents = try fields.read("sub_total_including_taxes_amount_cents", as: .integer)
        self.totalCents = try fields.read("total_amount_cents", as: .integer)
        self.dueCents = try fields.readIfAny("total_due_amount_cents", as: .integer)
        self.paidCents = try fields.readIfAny("total_paid_amount_cents", as: .integer)
    }
}

/// A line of an invoice.
package struct LagoFee: Hashable, Sendable {
    /// As the invoice shows it.
    package let name: String
    /// Without taxes, in the currency's smallest unit as Lago counts it.
    package let amountCents: Int64
    /// A decimal; of a purchase of credits, how many.
    package let units: String?
    /// Lago's id of the wallet transaction, where the line sells credits.
    package let transactionID: String?

    init(_ fields: LagoFields) throws(LagoError) {
        let item = try fields.object("item")
        let shown = try item.readIfAny("invoice_display_name", as: .text) ?? ""
        self.name = try shown.isEmpty ? item.readIfAny("name", as: .text) ?? "" : shown
        self.amountCents = try fields.read("amount_cents", as: .integer)
        self.units = try fields.readIfAny("units", as: .quantity)
        let isSale = try item.readIfAny("item_type", as: .text) == "WalletTransaction"
        self.transactionID = isSale ? try item.readIfAny("lago_item_id", as: .text) : nil
    }
}

/// A stretch of a subscription that an invoice bills.
package struct LagoBillingPeriod: Hashable, Sendable {
    package let subscriptionID: String
    package let externalSubscriptionID: String
    /// Of the fee for the subscription itself.
    package let from: Int64?
    package let to: Int64?
    /// Of the usage, which is billed afterwards.
    package let chargesFrom: Int64?
    package let chargesTo: Int64?
    /// `subscription_starting`, `subscription_periodic`, `subscription_terminating`, …
    package let reason: String?

    init(_ fields: LagoFields) throws(LagoError) {
        self.subscriptionID = try fields.read("lago_subscription_id", as: .text)
        self.externalSubscriptionID = try fields.read("external_subscription_id", as: .text)
        self.from = try fields.readIfAny("subscription_from_datetime", as: .time)
        self.to = try fields.readIfAny("subscription_to_datetime", as: .time)
        self.chargesFrom = try fields.readIfAny("charges_from_datetime", as: .time)
        self.chargesTo = try fields.readIfAny("charges_to_datetime", as: .time)
        self.reason = try fields.readIfAny("invoicing_reason", as: .text)
    }
}
