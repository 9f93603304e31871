internal import GRDB
package import LagoEvents

/// A credit note of Lago's as last seen.
package struct MirroredCreditNote: Hashable, Sendable {
    /// Lago's id of it.
    package let id: String
    package let customer: CustomerID
    /// Of the credit: `available`, `consumed` or `voided`; empty where it gives none.
    package let status: String
    package let currency: String
    /// In the currency's smallest unit, as Lago counts it.
    package let totalCents: Int64
    /// The midnight UTC of its date, in Unix milliseconds.
    package let issuedAt: Int64?
    /// The whole object, as Lago sent it.
    package let object: [UInt8]
    /// Unix milliseconds.
    package let seenAt: Int64

    package init(
        id: String,
        customer: CustomerID,
        status: String,
        currency: String,
        totalCents: Int64,
        issuedAt: Int64?,
        object: [UInt8],
        seenAt: Int64
    ) {
        self.id = id
        self.customer = customer
        self.status = status
        self.currency = currency
        self.totalCents = totalCents
        self.issuedAt = issuedAt
        self.object = object
        self.seenAt = seenAt
    }
}

extension MirroredCreditNote: Mirror {
    static let saving = MirrorStatement(
        table: "creditNote",
        columns: ["customer", "status", "currency", "totalCents", "issuedAt"]
    )

    var values: [(any DatabaseValueConvertible)?] {
        [self.customer.rawValue, self.status, self.currency, self.totalCents, self.issuedAt]
    }
}

extension Transaction {
    /// Keeps a credit note as seen, unless a later look has been kept already.
    package func save(_ note: MirroredCreditNote) throws { try self.keep(note) }
}
