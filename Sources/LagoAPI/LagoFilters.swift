package import Money

/// Which transactions of a wallet to list; nil lets all through.
package struct LagoTransactionFilter: Sendable {
    package var status: LagoWalletTransaction.Status?
    package var direction: LagoWalletTransaction.Direction?
    package var cause: LagoWalletTransaction.Cause?
    /// A pair that must stand in the metadata. Lago before 1.51 ignores it: compare each row.
    package var metadata: (key: String, value: String)?

    package init(
        status: LagoWalletTransaction.Status? = nil,
        direction: LagoWalletTransaction.Direction? = nil,
        cause: LagoWalletTransaction.Cause? = nil,
        metadata: (key: String, value: String)? = nil
    ) {
        self.status = status
        self.direction = direction
        self.cause = cause
        self.metadata = metadata
    }

    var query: [Query.Item] {
        let items: [(name: String, value: String?)] = [
            ("status", self.status?.rawValue), ("transaction_type", self.direction?.rawValue),
            ("transaction_status", self.cause?.rawValue),
            ("metadata[\(self.metadata?.key ?? "")]", self.metadata?.value),
        ]
        return items.compactMap { item in item.value.map { (item.name, $0) } }
    }
}

/// Which credit notes to list; nil lets all through.
package struct LagoCreditNoteFilter: Sendable {
    package var externalCustomerID: String?
    /// Unix milliseconds; only their day in UTC counts, and it belongs to the range.
    package var issuedFrom: Int64?
    package var issuedTo: Int64?

    package init(externalCustomerID: String? = nil, issuedFrom: Int64? = nil, issuedTo: Int64? = nil) {
        self.externalCustomerID = externalCustomerID
        self.issuedFrom = issuedFrom
        self.issuedTo = issuedTo
    }

    var query: [Query.Item] {
        let items: [(name: String, value: String?)] = [
            ("external_customer_id", self.externalCustomerID),
            ("issuing_date_from", self.issuedFrom.map(LagoTime.date)),
            ("issuing_date_to", self.issuedTo.map(LagoTime.date)),
        ]
        return items.compactMap { item in item.value.map { (item.name, $0) } }
    }
}

/// Which invoices to list; nil and the empty list let all through.
package struct LagoInvoiceFilter: Sendable {
    package var externalCustomerID: String?
    package var statuses: [LagoInvoice.Status]
    package var paymentStatuses: [LagoInvoice.PaymentStatus]
    package var isPaymentOverdue: Bool?
    package var kind: LagoInvoice.Kind?
    package var currency: Currency?
    /// Unix milliseconds; only their day in UTC counts, and it belongs to the range.
    package var issuedFrom: Int64?
    package var issuedTo: Int64?

    package init(
        externalCustomerID: String? = nil,
        statuses: [LagoInvoice.Status] = [],
        paymentStatuses: [LagoInvoice.PaymentStatus] = [],
        isPaymentOverdue: Bool? = nil,
        kind: LagoInvoice.Kind? = nil,
        currency: Currency? = nil,
        issuedFrom: Int64? = nil,
        issuedTo: Int64? = nil
    ) {
        self.externalCustomerID = externalCustomerID
        self.statuses = statuses
        self.paymentStatuses = paymentStatuses
        self.isPaymentOverdue = isPaymentOverdue
        self.kind = kind
        self.currency = currency
        self.issuedFrom = issuedFrom
        self.issuedTo = issuedTo
    }

    var query: [Query.Item] {
        let items: [(name: String, value: String?)] = [
            ("external_customer_id", self.externalCustomerID),
            ("payment_overdue", self.isPaymentOverdue.map { "\($0)" }), ("invoice_type", self.kind?.rawValue),
            ("currency", self.currency?.code), ("issuing_date_from", self.issuedFrom.map(LagoTime.date)),
            ("issuing_date_to", self.issuedTo.map(LagoTime.date)),
        ]
        return items.compactMap { item in item.value.map { (item.name, $0) } }
            + self.statuses.map { ("statuses[]", $0.rawValue) }
            + self.paymentStatuses.map { ("payment_statuses[]", $0.rawValue) }
    }
}
