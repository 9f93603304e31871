internal import GRDB
package import LagoEvents

/// An invoice of Lago's as last seen.
package struct MirroredInvoice: Hashable, Sendable {
    /// Lago's id of it.
    package let id: String
    package let customer: CustomerID
    /// `subscription`, `credit`, `one_off`, …
    package let type: String
    /// `draft`, `finalized`, `voided`, …
    package let status: String
    /// `pending`, `succeeded` or `failed`.
    package let paymentStatus: String
    package let currency: String
    /// In the currency's smallest unit, as Lago counts it.
    package let totalCents: Int64
    /// The midnight UTC of its date, in Unix milliseconds; nil while it is a draft.
    package let issuedAt: Int64?
    /// The whole object, as Lago sent it.
    package let object: [UInt8]
    /// Unix milliseconds.
    package let seenAt: Int64

    package init(
        id: String,
        customer: CustomerID,
        type: String,
        status: String,
        paymentStatus: String,
        currency: String,
        totalCents: Int64,
        issuedAt: Int64?,
        object: [UInt8],
        seenAt: Int64
    ) {
        self.id = id
        self.customer = customer
        self.type = type
        self.status = status
        self.paymentStatus = paymentStatus
        self.currency = currency
        self.totalCents = totalCents
        self.issuedAt = issuedAt
        self.object = object
        self.seenAt = seenAt
    }
}

extension MirroredInvoice: Mirror {
    static let saving = MirrorStatement(
        table: "invoice",
        columns: ["customer", "type", "status", "paymentStatus", "currency", "totalCents", "issuedAt"]
    )

    var values: [(any DatabaseValueConvertible)?] {
        [
            self.customer.rawValue, self.type, self.status, self.paymentStatus, self.currency, self.totalCents,
            self.issuedAt,
        ]
    }
}

extension Transaction {
    /// Keeps an invoice as seen, unless a later look has been kept already.
    package func save(_ invoice: MirroredInvoice) throws { try self.keep(invoice) }
}
