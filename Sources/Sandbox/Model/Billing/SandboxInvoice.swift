import Foundation
import Money

/// An invoice: of a period's usage, of usage paid in advance, or of purchased credits.
struct SandboxInvoice: Sendable {
    enum Kind: String, Sendable {
        case subscription, credit
    }

    enum PaymentStatus: String, Sendable {
        case pending, succeeded, failed
    }

    let id: String
    let customerID: String
    let kind: Kind
    let currency: Currency
    /// Counted per customer, and part of `number`.
    let sequentialID: Int
    let number: String
    let fees: [Fee]
    let createdAt: Date
    var updatedAt: Date
    let paymentTerm: Int64
    /// The subscriptions that were billed, with the period of each.
    var lines: [(subscription: Subscription, period: DateInterval)] = []
    /// Why it exists: `subscription_periodic`, `subscription_terminating` or `in_advance_charge`.
    var reason = "subscription_periodic"
    var paymentStatus = PaymentStatus.pending
    var paidAt: Date?
    /// What was really paid, by a provider; marking an invoice as paid does not count.
    var paidCents: Int64 = 0
    var grantedCreditCents: Int64 = 0
    var purchasedCreditCents: Int64 = 0
    /// Whether it is still unpaid on a day after the one on which it was due.
    var isOverdue = false
    var voidedAt: Date?
    var fileURL: String?
    var metadata: [Customer.Metadata] = []

    var feesCents: Int64 { self.fees.reduce(0) { $0 + $1.amountCents } }
    var taxesCents: Int64 { self.fees.reduce(0) { $0 + $1.taxesCents } }
    var prepaidCents: Int64 { self.grantedCreditCents + self.purchasedCreditCents }
    var totalCents: Int64 { self.feesCents + self.taxesCents - self.prepaidCents }
    var dueDate: Date { self.createdAt.addingTimeInterval(Double(self.paymentTerm) * 86_400) }

    var status: String { self.voidedAt == nil ? "finalized" : "voided" }

    /// When it will be overdue: on the day after the one on which it is due. nil for one that is paid or voided.
    var overdueFrom: Date? {
        guard self.paymentStatus != .succeeded, self.voidedAt == nil else { return nil }
        let day = (self.dueDate.timeIntervalSince1970 / 86_400).rounded(.down)
        return Date(timeIntervalSince1970: (day + 1) * 86_400)
    }
}

extension SandboxInvoice {
    /// The fields that every answer and webhook about an invoice has.
    func json(customer: Customer, of organization: Organization) -> JSONValue {
        let entity = JSONValue.string(organization.billingEntity)
        let prepaid: (Int64) -> JSONValue = { self.prepaidCents == 0 ? .null : .integer($0) }
        return [
            "lago_id": .string(self.id), "billing_entity_code": entity,
            "sequential_id": .integer(self.sequentialID), "number": .string(self.number),
            "purchase_order_number": nil, "issuing_date": .string(LagoTime.day(self.createdAt)),
            "payment_due_date": .string(LagoTime.day(self.dueDate)), "net_payment_term": .integer(self.paymentTerm),
            "invoice_type": .string(self.kind.rawValue), "status": .string(self.status),
            "payment_status": .string(self.paymentStatus.rawValue), "payment_dispute_lost_at": nil,
            "payment_overdue": .bool(self.isOverdue), "currency": .string(self.currency.code),
            "fees_amount_cents": .integer(self.feesCents), "taxes_amount_cents": .integer(self.taxesCents),
            "progressive_billing_credit_amount_cents": 0, "coupons_amount_cents": 0, "credit_notes_amount_cents": 0,
            "sub_total_excluding_taxes_amount_cents": .integer(self.feesCents),
            "sub_total_including_taxes_amount_cents": .integer(self.feesCents + self.taxesCents),
            "total_amount_cents": .integer(self.totalCents),
            "total_due_amount_cents": .integer(self.voidedAt == nil ? self.totalCents - self.paidCents : 0),
            "total_paid_amount_cents": .integer(self.paidCents), "total_offsetted_credit_note_amount_cents": 0,
            "prepaid_credit_amount_cents": .integer(self.prepaidCents),
            "prepaid_granted_credit_amount_cents": prepaid(self.grantedCreditCents),
            "prepaid_purchased_credit_amount_cents": prepaid(self.purchasedCreditCents),
            "file_url": .text(self.fileURL), "xml_url": nil,
            "web_url": .string(
                "https://app.getlago.com/\(organization.billingEntity)/customer/\(customer.id)/invoice/\(self.id)/overview"
            ),
            "version_number": 4, "self_billed": false, "created_at": .string(LagoTime.seconds(self.createdAt)),
            "updated_at": .string(LagoTime.seconds(self.updatedAt)),
            "voided_at": .text(self.voidedAt.map(LagoTime.seconds)),
        ]
    }

    var appliedTaxesJSON: JSONValue {
        guard let rate = self.fees.first?.taxRate, rate > .zero else { return [] }
        return [
            [
                "lago_id": .string(LagoID.stable("applied tax " + self.id)), "lago_invoice_id": .string(self.id),
                "lago_tax_id": .string(LagoID.stable("tax " + rate.description)), "tax_name": "VAT",
                "tax_code": "vat", "tax_rate": .number(rate.description), "tax_description": nil,
                "amount_cents": .integer(self.taxesCents), "amount_currency": .string(self.currency.code),
                "fees_amount_cents": .integer(self.feesCents), "created_at": .string(LagoTime.seconds(self.createdAt)),
            ]
        ]
    }

    func feesJSON(customer: Customer) -> JSONValue {
        .array(self.fees.map { $0.json(customer: customer, currency: self.currency, invoice: self) })
    }

    /// `subscriptions`, as they were when billed.
    func subscriptionsJSON(customer: Customer, calendar: BillingCalendar) -> JSONValue {
        .array(
            self.lines.map {
                $0.subscription.json(customer: customer, period: calendar.period(containing: self.createdAt))
            }
        )
    }

    func billingPeriodsJSON(calendar: BillingCalendar) -> JSONValue {
        .array(
            self.lines.map { line in
                let current = calendar.period(containing: self.createdAt)
                let start = JSONValue.string(LagoTime.seconds(line.period.start))
                let end = JSONValue.string(LagoTime.seconds(line.period.lastSecond))
                return [
                    "lago_subscription_id": .string(line.subscription.id),
                    "external_subscription_id": .string(line.subscription.externalID),
                    "lago_plan_id": .string(line.subscription.plan.id),
                    "subscription_from_datetime": .string(LagoTime.seconds(current.start)),
                    "subscription_to_datetime": .string(LagoTime.seconds(current.lastSecond)),
                    "charges_from_datetime": start, "charges_to_datetime": end,
                    "fixed_charges_from_datetime": start, "fixed_charges_to_datetime": end,
                    "invoicing_reason": .string(self.reason),
                ]
            }
        )
    }

    var metadataJSON: JSONValue {
        .array(
            self.metadata.map {
                [
                    "lago_id": .string($0.id), "key": .string($0.key), "value": .string($0.value),
                    "created_at": .string(LagoTime.seconds($0.createdAt)),
                ]
            }
        )
    }
}
