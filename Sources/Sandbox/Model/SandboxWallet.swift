package import Foundation
package import Money

/// A customer's wallet.
///
/// - Unit: credits are decimals; cents are minor units of `currency`; `rate` is major units per credit.
/// - Shape: settled balance, and next to it the usage that is not billed yet, as Lago last computed it.
package struct SandboxWallet: Sendable {
    package let id: String
    package let customerID: String
    package var name: String?
    package var code: String
    package let currency: Currency
    package let rate: FixedDecimal
    package var isTerminated: Bool { self.terminatedAt != nil }
    package var creditsBalance: FixedDecimal
    package var balanceCents: Int64
    package var ongoingUsageCents: Int64 = 0
    package var consumedCredits = FixedDecimal.zero
    /// 1 is used first, 50 is the default.
    package var priority = 50
    package let createdAt: Date
    package var expirationAt: Date?
    package var lastBalanceSyncAt: Date?
    package var lastConsumedCreditAt: Date?
    package var terminatedAt: Date?
    package var invoiceRequiresSuccessfulPayment = false
    package var paidTopUpMinAmountCents: Int64?
    package var paidTopUpMaxAmountCents: Int64?
    /// The types of fees that it may pay; with `metricCodes` empty as well, it pays any.
    package var feeTypes: [String] = []
    /// The billable metrics whose charges it may pay.
    package var metricCodes: [String] = []
    /// Whether Lago itself tops it up at a threshold, which only its licensed edition lets anybody set.
    package var hasThresholdRule = false
    /// Whether the last refresh left nothing: the webhook about it is sent when this turns true.
    package internal(set) var isDepleted = false
    /// Keys and values in the order in which they were set; left out of the JSON while empty.
    package var metadata = JSONObject()

    package init(
        id: String = LagoID.new(),
        customerID: String,
        name: String?,
        code: String,
        currency: Currency,
        rate: FixedDecimal,
        credits: FixedDecimal,
        createdAt: Date
    ) {
        self.id = id
        self.customerID = customerID
        self.name = name
        self.code = code
        self.currency = currency
        self.rate = rate
        self.creditsBalance = credits
        self.balanceCents = credits.cents(rate: rate, currency: currency)
        self.createdAt = createdAt
    }

    package var creditsOngoingUsage: FixedDecimal {
        FixedDecimal(cents: self.ongoingUsageCents, rate: self.rate, currency: self.currency)
    }

    /// Whether it may pay for what has this type and metric.
    package func pays(feeType: String, metricCode: String?) -> Bool {
        (self.feeTypes.isEmpty && self.metricCodes.isEmpty) || self.feeTypes.contains(feeType)
            || metricCode.map { self.metricCodes.contains($0) } ?? false
    }

    /// Adds credits that were granted or paid.
    package mutating func add(_ credits: FixedDecimal, cents: Int64, at now: Date) {
        self.creditsBalance = self.creditsBalance + credits
        self.balanceCents += cents
        self.lastBalanceSyncAt = now
    }

    /// Takes out so many minor units, at most what is there, as credits; the last unit takes what the rate left over.
    package mutating func consume(cents: Int64, at now: Date) -> FixedDecimal {
        let share = FixedDecimal(cents: cents, rate: self.rate, currency: self.currency)
        let taken = cents >= self.balanceCents ? self.creditsBalance : min(share, self.creditsBalance)
        self.creditsBalance = self.creditsBalance - taken
        self.balanceCents -= min(cents, self.balanceCents)
        self.consumedCredits = self.consumedCredits + taken
        self.lastConsumedCreditAt = now
        self.lastBalanceSyncAt = now
        return taken
    }

    /// Takes credits out as billing does, never below zero; returns what was taken.
    @discardableResult
    package mutating func consume(_ credits: FixedDecimal, at now: Date) -> FixedDecimal {
        let taken = max(.zero, min(credits, self.creditsBalance))
        self.creditsBalance = self.creditsBalance - taken
        self.balanceCents = self.creditsBalance.cents(rate: self.rate, currency: self.currency)
        self.consumedCredits = self.consumedCredits + taken
        self.lastConsumedCreditAt = now
        self.lastBalanceSyncAt = now
        return taken
    }
}

extension SandboxWallet {
    private var rules: JSONValue {
        guard self.hasThresholdRule else { return [] }
        return [["lago_id": .string(self.id), "trigger": "threshold", "threshold_credits": "10.0", "status": "active"]]
    }

    /// The object as webhooks nest it, without `recurring_transaction_rules`.
    func nestedJSON(customer: Customer, of organization: Organization) -> JSONValue {
        func time(_ date: Date?) -> JSONValue { .text(date.map(LagoTime.seconds)) }
        let ongoing = self.creditsBalance - self.creditsOngoingUsage
        var json: JSONValue = [
            "lago_id": .string(self.id), "lago_customer_id": .string(customer.id),
            "external_customer_id": .string(customer.externalID),
            "billing_entity_code": .string(organization.billingEntity),
            "status": .string(self.isTerminated ? "terminated" : "active"), "currency": .string(self.currency.code),
            "name": .text(self.name), "code": .string(self.code), "purchase_order_number": nil,
            "rate_amount": .string(self.rate.description),
            "credits_balance": .string(self.creditsBalance.description),
            "credits_ongoing_balance": .string(ongoing.description),
            "credits_ongoing_usage_balance": .string(self.creditsOngoingUsage.description),
            "balance_cents": .integer(self.balanceCents),
            "ongoing_balance_cents": .integer(self.balanceCents - self.ongoingUsageCents),
            "ongoing_usage_balance_cents": .integer(self.ongoingUsageCents),
            "consumed_credits": .string(self.consumedCredits.description), "created_at": time(self.createdAt),
            "expiration_at": time(self.expirationAt), "last_balance_sync_at": time(self.lastBalanceSyncAt),
            "last_consumed_credit_at": time(self.lastConsumedCreditAt),
            "terminated_at": .text(self.terminatedAt.map(LagoTime.milliseconds)),
            "invoice_requires_successful_payment": .bool(self.invoiceRequiresSuccessfulPayment),
            "paid_top_up_min_amount_cents": self.paidTopUpMinAmountCents.map { .integer($0) } ?? nil,
            "paid_top_up_max_amount_cents": self.paidTopUpMaxAmountCents.map { .integer($0) } ?? nil,
            "priority": .integer(self.priority),
            "payment_method": ["payment_method_id": nil, "payment_method_type": "provider"],
        ]
        if !self.metadata.members.isEmpty { json["metadata"] = .object(self.metadata) }
        return json
    }

    /// The object of the wallet webhooks.
    func webhookJSON(customer: Customer, of organization: Organization) -> JSONValue {
        let nested = self.nestedJSON(customer: customer, of: organization)
        guard case .object(var object) = nested else { return nested }
        object.insert("recurring_transaction_rules", self.rules, before: "payment_method")
        return .object(object)
    }

    /// The object of the wallet routes, which alone show what the wallet may pay for.
    func restJSON(customer: Customer, of organization: Organization) -> JSONValue {
        var json = self.webhookJSON(customer: customer, of: organization)
        json["applies_to"] = [
            "fee_types": .array(self.feeTypes.map { .string($0) }),
            "billable_metric_codes": .array(self.metricCodes.map { .string($0) }),
        ]
        json["applied_invoice_custom_sections"] = []
        return json
    }
}
