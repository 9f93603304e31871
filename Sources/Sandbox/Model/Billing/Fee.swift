import Foundation
import Money

/// One line of an invoice.
struct Fee: Sendable {
    enum Item: Sendable {
        case charge(ChargeUsage)
        /// The plan's base fee.
        case subscription(Plan)
        case credit(WalletTransaction)
    }

    let id: String
    let item: Item
    /// Minor units without taxes.
    let amountCents: Int64
    let taxesCents: Int64
    /// Per cent.
    let taxRate: FixedDecimal
    let subscription: Subscription?
    let period: DateInterval?
    let createdAt: Date
    /// The event that caused a fee paid in advance.
    var eventTransactionID: String?

    var totalCents: Int64 { self.amountCents + self.taxesCents }

    /// The word of `item.type`, which wallets may be restricted to.
    var type: String {
        switch self.item {
        case .charge: "charge"
        case .subscription: "subscription"
        case .credit: "credit"
        }
    }

    var metricCode: String? {
        if case .charge(let usage) = self.item { usage.charge.metric.code } else { nil }
    }

    init(
        _ item: Item,
        subscription: Subscription? = nil,
        period: DateInterval? = nil,
        taxRate: FixedDecimal,
        at now: Date
    ) {
        self.id = LagoID.new()
        self.item = item
        self.subscription = subscription
        self.period = period
        self.createdAt = now
        switch item {
        case .charge(let usage): self.amountCents = usage.amountCents
        case .subscription(let plan): self.amountCents = plan.amountCents
        case .credit(let transaction): self.amountCents = transaction.cents
        }
        self.taxRate = taxRate
        self.taxesCents = ChargeUsage.taxes(on: self.amountCents, rate: taxRate)
    }
}

extension Fee {
    /// The object inside invoices, and of `fee.created`.
    func json(customer: Customer, currency: Currency, invoice: SandboxInvoice?) -> JSONValue {
        func major(_ cents: Int64) -> JSONValue {
            .string(Amount(minorUnits: cents, currency: currency).major.description)
        }
        let quantity = self.quantity(in: currency)
        let cents = FixedDecimal(units: self.amountCents * 100_000).description
        var json: JSONValue = [
            "lago_id": .string(self.id), "lago_charge_id": .text(self.charge?.id), "lago_charge_filter_id": nil,
            "lago_fixed_charge_id": nil, "lago_invoice_id": .text(invoice?.id), "lago_true_up_fee_id": nil,
            "lago_true_up_parent_fee_id": nil, "lago_original_fee_id": nil,
            "lago_subscription_id": .text(self.subscription?.id),
            "external_subscription_id": .text(self.subscription?.externalID),
            "lago_customer_id": .string(customer.id), "external_customer_id": .string(customer.externalID),
            "item": self.itemJSON, "pay_in_advance": .bool(self.charge?.isPaidInAdvance ?? false),
            "invoiceable": true, "amount_cents": .integer(self.amountCents),
            "amount_currency": .string(currency.code), "precise_amount": major(self.amountCents),
            "precise_total_amount": major(self.totalCents), "taxes_amount_cents": .integer(self.taxesCents),
            "taxes_precise_amount": major(self.taxesCents), "taxes_rate": .number(self.taxRate.description),
            "total_aggregated_units": self.charge == nil ? nil : .string(quantity.units),
            "total_amount_cents": .integer(self.totalCents), "total_amount_currency": .string(currency.code),
            "units": .string(quantity.units), "description": nil, "precise_unit_amount": .string(quantity.price),
            "precise_coupons_amount_cents": "0.0",
            "sub_total_excluding_taxes_amount_cents": .integer(self.amountCents),
            "sub_total_excluding_taxes_precise_amount_cents": .string(cents), "events_count": quantity.events,
        ]
        let status = invoice?.paymentStatus ?? .pending
        let paidAt = status == .succeeded ? invoice?.paidAt : nil
        json["payment_status"] = .string(status.rawValue)
        json["created_at"] = .string(LagoTime.seconds(self.createdAt))
        json["succeeded_at"] = .text(paidAt.map(LagoTime.seconds))
        for key in ["failed_at", "refunded_at"] { json[key] = .null }
        json["amount_details"] = [:]
        json["self_billed"] = false
        json["pricing_unit_details"] = .null
        json["presentation_breakdowns"] = []
        if let period {
            json["from_date"] = .string(LagoTime.offset(period.start))
            json["to_date"] = .string(LagoTime.offset(period.lastSecond))
        }
        if let eventTransactionID { json["event_transaction_id"] = .string(eventTransactionID) }
        return json
    }

    var charge: Charge? {
        if case .charge(let usage) = self.item { usage.charge } else { nil }
    }

    private func quantity(in currency: Currency) -> (units: String, price: String, events: JSONValue) {
        switch self.item {
        case .charge(let usage):
            (usage.units.description, usage.charge.unitPrice.description, .integer(usage.eventsCount))
        case .subscription:
            ("1.0", Amount(minorUnits: self.amountCents, currency: currency).major.description, nil)
        case .credit(let transaction):
            (
                transaction.credits.description,
                FixedDecimal(ratio: self.amountCents, credits: transaction.credits, currency: currency).description, nil
            )
        }
    }

    private var itemJSON: JSONValue {
        let (code, name, id, kind): (String, String, String, String) =
            switch self.item {
            case .charge(let usage):
                (usage.charge.metric.code, usage.charge.metric.name, usage.charge.metric.id, "BillableMetric")
            case .subscription(let plan): (plan.code, plan.name, self.subscription?.id ?? plan.id, "Subscription")
            case .credit(let transaction):
                ("credit", transaction.name ?? "credit", transaction.id, "WalletTransaction")
            }
        return [
            "type": .string(self.type), "code": .string(code), "name": .string(name),
            "description": self.type == "credit" ? "credit" : nil, "invoice_display_name": .string(name),
            "filters": nil, "filter_invoice_display_name": nil, "lago_item_id": .string(id),
            "item_type": .string(kind), "grouped_by": [:],
        ]
    }
}

extension FixedDecimal {
    /// The price of one credit in major units, to five decimals; zero for no credits.
    fileprivate init(ratio cents: Int64, credits: FixedDecimal, currency: Currency) {
        self.init(cents: cents, rate: credits, currency: currency)
    }
}
