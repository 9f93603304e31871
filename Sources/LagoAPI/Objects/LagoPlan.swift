package import Money

/// A plan: what a subscription costs.
///
/// - Unit: `…Cents` count the currency's smallest unit as Lago does; times are Unix milliseconds.
/// - Source: `plan` of `GET /plans/{code}` and of one subscription. A subscription with overrides has a plan of its own
///   under the same code, so prefer the one that comes with the subscription.
package struct LagoPlan: LagoObject, Identifiable {
    package static let member = "plan"

    package let id: String
    package let code: String
    package let name: String
    /// What invoices call it, where that is another name.
    package let invoiceDisplayName: String?
    /// `weekly`, `monthly`, `quarterly`, `semiannual`, `yearly`.
    package let interval: String
    /// The fee for the subscription itself.
    package let amountCents: Int64
    package let currency: Currency
    /// Whether that fee is due when the period begins.
    package let isPaidInAdvance: Bool
    /// Days before the fee is due; 0 for no trial.
    package let trialDays: FixedDecimal
    package let charges: [LagoPlanCharge]

    package init(_ fields: LagoFields) throws(LagoError) {
        self.id = try fields.read("lago_id", as: .text)
        self.code = try fields.read("code", as: .text)
        self.name = try fields.read("name", as: .text)
        self.invoiceDisplayName = try fields.readIfAny("invoice_display_name", as: .text)
        self.interval = try fields.read("interval", as: .text)
        self.amountCents = try fields.read("amount_cents", as: .integer)
        self.currency = try fields.read("amount_currency", as: .currency)
        self.isPaidInAdvance = try fields.readIfAny("pay_in_advance", as: .flag) ?? false
        self.trialDays = try fields.readIfAny("trial_period", as: .decimal) ?? FixedDecimal(units: 0)
        self.charges = try fields.objectsIfAny("charges", as: LagoPlanCharge.init) ?? []
    }
}

/// A charge of a plan: what usage of one metric costs.
package struct LagoPlanCharge: Hashable, Sendable, Identifiable {
    /// The same as in current usage.
    package let id: String
    package let metricCode: String
    /// `standard`, `graduated`, `package`, `percentage`, `volume`, `dynamic`, …
    package let model: String
    /// Whether each use is invoiced at once: then current usage still counts what is paid already.
    package let isPaidInAdvance: Bool
    /// Whether it comes onto invoices at all.
    package let isInvoiceable: Bool
    /// What a period costs at least.
    package let minimumCents: Int64

    init(_ fields: LagoFields) throws(LagoError) {
        self.id = try fields.read("lago_id", as: .text)
        self.metricCode = try fields.read("billable_metric_code", as: .text)
        self.model = try fields.read("charge_model", as: .text)
        self.isPaidInAdvance = try fields.readIfAny("pay_in_advance", as: .flag) ?? false
        self.isInvoiceable = try fields.readIfAny("invoiceable", as: .flag) ?? true
        self.minimumCents = try fields.readIfAny("min_amount_cents", as: .integer) ?? 0
    }
}
