import Foundation
import Money

/// What usage is measured in.
struct BillableMetric: Sendable {
    let id: String
    let name: String
    let code: String
    /// The event property that is summed; nil counts the events.
    let fieldName: String?
    let createdAt: Date

    /// What one event adds; nil for an event without a usable number, which Lago stores and never bills.
    func units(of event: UsageEvent) -> FixedDecimal? {
        guard let fieldName else { return FixedDecimal(units: 100_000) }
        switch event.properties[fieldName] {
        case .string(let text)?: return FixedDecimal(text)
        case .number(let digits)?: return FixedDecimal(digits)
        default: return nil
        }
    }

    var json: JSONValue {
        [
            "lago_id": .string(self.id), "name": .string(self.name), "code": .string(self.code), "description": nil,
            "aggregation_type": self.fieldName == nil ? "count_agg" : "sum_agg", "weighted_interval": nil,
            "recurring": false, "rounding_function": nil, "rounding_precision": nil,
            "created_at": .string(LagoTime.seconds(self.createdAt)), "field_name": .text(self.fieldName),
            "expression": nil, "active_subscriptions_count": 0, "draft_invoices_count": 0, "plans_count": 0,
            "filters": [],
        ]
    }
}

/// The price of one metric in a plan, by the standard model: so much for each unit.
struct Charge: Sendable {
    let id: String
    let metric: BillableMetric
    /// Major units of the plan's currency for one unit.
    let unitPrice: FixedDecimal
    /// Whether each event is invoiced at once, not at the end of the period.
    let isPaidInAdvance: Bool

    func json(createdAt: Date) -> JSONValue {
        [
            "lago_id": .string(self.id), "lago_billable_metric_id": .string(self.metric.id),
            "code": .string(self.metric.code), "invoice_display_name": nil,
            "billable_metric_code": .string(self.metric.code), "created_at": .string(LagoTime.seconds(createdAt)),
            "charge_model": "standard", "invoiceable": true, "regroup_paid_fees": nil,
            "pay_in_advance": .bool(self.isPaidInAdvance), "prorated": false, "min_amount_cents": 0,
            "accepts_target_wallet": false, "properties": ["amount": .string(self.unitPrice.description)],
            "applied_pricing_unit": nil, "lago_parent_id": nil, "filters": [], "taxes": [],
        ]
    }
}

/// What a subscription costs: a base fee at the end of each period, and what its charges add up to.
struct Plan: Sendable {
    let id: String
    let code: String
    let name: String
    let currency: Currency
    /// The base fee of a period, in minor units; not prorated.
    let amountCents: Int64
    /// Per cent; nil takes the organisation's.
    let taxRate: FixedDecimal?
    let charges: [Charge]
    let createdAt: Date

    var json: JSONValue {
        [
            "lago_id": .string(self.id), "name": .string(self.name), "invoice_display_name": nil,
            "created_at": .string(LagoTime.seconds(self.createdAt)), "code": .string(self.code),
            "interval": "monthly", "description": nil, "amount_cents": .integer(self.amountCents),
            "amount_currency": .string(self.currency.code), "trial_period": .number("0.0"), "pay_in_advance": false,
            "bill_charges_monthly": nil, "bill_fixed_charges_monthly": false, "customers_count": 0,
            "active_subscriptions_count": 0, "draft_invoices_count": 0, "parent_id": nil, "pending_deletion": false,
            "charges": .array(self.charges.map { $0.json(createdAt: self.createdAt) }), "usage_thresholds": [],
            "applicable_usage_thresholds": [], "taxes": [],
        ]
    }

    /// The object of the plan routes.
    var restJSON: JSONValue {
        var json = self.json
        json["fixed_charges"] = []
        json["entitlements"] = []
        return json
    }
}
