private import Foundation
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

extension Transaction {
    /// Notes that Lago has no such invoice any more.
    package func forget(invoice id: String, at now: Int64) throws {
        try self.execute(
            "UPDATE invoice SET status = 'deleted', seenAt = :now WHERE id = :id",
            ["id": id, "now": now]
        )
    }
}

extension Store {
    /// Invoices as last seen, by id: the object and when, in Unix milliseconds.
    package func invoices(_ ids: [String]) async throws -> [String: (object: [UInt8], seenAt: Int64)] {
        try await self.read { db in
            let statement = try db.cachedStatement(sql: "SELECT object, seenAt FROM invoice WHERE id = ?")
            var found: [String: (object: [UInt8], seenAt: Int64)] = [:]
            for id in ids {
                guard let row = try Row.fetchOne(statement, arguments: [id]) else { continue }
                found[id] = ([UInt8](row["object"] as Data), row["seenAt"])
            }
            return found
        }
    }

    /// Whose an invoice is, where it is known.
    package func customer(ofInvoice id: String) async throws -> CustomerID? {
        try await self.read { db in
            try String.fetchOne(db, sql: "SELECT customer FROM invoice WHERE id = ?", arguments: [id])
                .map(CustomerID.init(rawValue:))
        }
    }

    /// Ids of invoices that are still to be paid, as last seen before `start`, in their order after `id`.
    package func openInvoices(notSeenSince start: Int64, after id: String = "", limit: Int) async throws -> [String] {
        try await self.read { db in
            try String.fetchAll(
                db,
                sql: """
                    SELECT id FROM invoice
                    WHERE status = 'finalized' AND paymentStatus <> 'succeeded' AND seenAt < :start AND id > :after
                    ORDER BY id LIMIT :limit
                    """,
                arguments: ["start": start, "after": id, "limit": limit]
            )
        }
    }
}
