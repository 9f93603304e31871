/// What a webhook about trouble says, as far as a person needs it.
///
/// - Source: the webhooks `*.error`, `*_error`, `events.errors`, `credit_note.refund_failure`,
///   `payment_request.payment_failure`, `invoice.payment_dispute_lost` and `dunning_campaign.finished`.
package struct LagoTrouble: Hashable, Sendable {
    /// The operator's id.
    package var customer: String?
    /// `stripe_eu`: the code, else the name of what Lago talked to.
    package var provider: String?
    /// What that said, or Lago itself.
    package var words: String?
    package var code: String?
    /// An invoice's number.
    package var invoice: String?
    /// In the currency's smallest unit as Lago counts it, with its code.
    package var overdue: (cents: Int64, currency: String)?
    /// Usage events that were not counted, by what is wrong with them.
    package var events: [(what: String, ids: [String])] = []

    package static func == (left: Self, right: Self) -> Bool {
        left.customer == right.customer && left.provider == right.provider && left.words == right.words
            && left.code == right.code && left.invoice == right.invoice
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(self.customer)
        hasher.combine(self.words)
    }

    /// Nil for what is no webhook. Fields that are not as expected are left out: trouble is told in any case.
    package init?(webhook body: [UInt8]) {
        guard let envelope = try? LagoFields(body), let type = try? envelope.read("object_type", as: .text),
            let object = try? envelope.object(type)
        else { return nil }
        func text(_ name: String, in fields: LagoFields? = object) -> String? {
            guard let value = (try? fields?.readIfAny(name, as: .text)) ?? nil, !value.isEmpty else { return nil }
            return value
        }
        let (invoice, error) = (try? object.object("invoice"), try? object.object("provider_error"))
        let customer = try? invoice?.object("customer")
        self.customer = text("external_customer_id") ?? text("external_id", in: customer)
        self.provider =
            ["payment_provider_code", "provider_code", "payment_provider", "provider"].lazy
            .compactMap { text($0) }.first
        self.words = text("message", in: error) ?? text("message") ?? text("error")
        self.code = text("error_code", in: error) ?? text("source")
        self.invoice = text("number", in: invoice)
        if let cents = try? object.readIfAny("overdue_balance_cents", as: .integer),
            let currency = text("overdue_balance_currency")
        {
            self.overdue = (cents, currency)
        }
        if type == "events_errors" {
            let kinds = ["invalid_code", "missing_aggregation_property", "missing_group_key", "invalid_filter_values"]
            self.events = kinds.compactMap { kind in
                let ids = (try? object.readIfAny(kind, as: .texts)) ?? nil
                return ids.flatMap { $0.isEmpty ? nil : (kind, $0) }
            }
        }
    }
}
