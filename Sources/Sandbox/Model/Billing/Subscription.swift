import Foundation
import Money

/// A customer's subscription to a plan.
struct Subscription: Sendable {
    enum Status: String, CaseIterable, Sendable {
        case pending, active, terminated, canceled, incomplete
    }

    let id: String
    /// The caller's own id, which events name; free again once the subscription has ended.
    let externalID: String
    let customerID: String
    var plan: Plan
    var name: String?
    let billingTime: String
    let subscriptionAt: Date
    let createdAt: Date
    var status = Status.active
    var startedAt: Date?
    var endingAt: Date?
    var endedAt: Date?
    var previousPlanCode: String?
    /// Up to where usage and base fee are invoiced.
    var billedUntil: Date

    init(
        id: String = LagoID.new(),
        externalID: String,
        customerID: String,
        plan: Plan,
        name: String? = nil,
        billingTime: String = "calendar",
        startsAt: Date,
        createdAt: Date
    ) {
        self.id = id
        self.externalID = externalID
        self.customerID = customerID
        self.plan = plan
        self.name = name
        self.billingTime = billingTime
        self.subscriptionAt = startsAt
        self.createdAt = createdAt
        self.billedUntil = startsAt
    }

    /// Whether usage at `date` is this subscription's.
    func covers(_ date: Date) -> Bool {
        guard let startedAt else { return false }
        return date >= startedAt && self.endedAt.map { date <= $0 } ?? true
    }
}

extension Subscription {
    /// The fields that every answer and webhook about a subscription has.
    ///
    /// - Parameter period: the current billing period; nil leaves it open.
    func json(customer: Customer, period: DateInterval?) -> JSONValue {
        func time(_ date: Date?) -> JSONValue { .text(date.map(LagoTime.seconds)) }
        func fineTime(_ date: Date?) -> JSONValue { .text(date.map(LagoTime.milliseconds)) }
        let current = self.status == .active ? period : nil
        return [
            "lago_id": .string(self.id), "external_id": .string(self.externalID),
            "lago_customer_id": .string(customer.id), "external_customer_id": .string(customer.externalID),
            "name": .text(self.name), "plan_code": .string(self.plan.code),
            "plan_amount_cents": .integer(self.plan.amountCents),
            "plan_amount_currency": .string(self.plan.currency.code), "status": .string(self.status.rawValue),
            "billing_time": .string(self.billingTime), "subscription_at": time(self.subscriptionAt),
            "started_at": fineTime(self.startedAt), "trial_ended_at": nil, "ending_at": time(self.endingAt),
            "terminated_at": fineTime(self.status == .terminated ? self.endedAt : nil),
            "canceled_at": fineTime(self.status == .canceled ? self.endedAt : nil), "created_at": time(self.createdAt),
            "previous_plan_code": .text(self.previousPlanCode), "next_plan_code": nil, "downgrade_plan_date": nil,
            "current_billing_period_started_at": time(current?.start),
            "current_billing_period_ending_at": time(current?.lastSecond), "on_termination_credit_note": nil,
            "on_termination_invoice": "generate", "progressive_billing_disabled": false, "consolidate_invoice": true,
            "purchase_order_number": nil, "cancellation_reason": nil, "activated_at": time(self.startedAt),
            "payment_method": ["payment_method_id": nil, "payment_method_type": "provider"], "activation_rules": [],
        ]
    }

    /// The object of the subscription webhooks, with plan and customer; entitlements only while it is active.
    func webhookJSON(customer: Customer, of organization: Organization, period: DateInterval?) -> JSONValue {
        var json = self.json(customer: customer, period: period)
        json["plan"] = self.plan.json
        json["customer"] = customer.json(of: organization)
        if self.status == .active { json["entitlements"] = [] }
        return json
    }

    /// The object of the routes that show one subscription.
    func restJSON(customer: Customer, period: DateInterval?) -> JSONValue {
        var json = self.json(customer: customer, period: period)
        json["plan"] = self.plan.json
        json["entitlements"] = []
        json["applicable_usage_thresholds"] = []
        return json
    }
}
