private import Foundation
internal import GRDB
package import LagoEvents

/// A customer of Lago's as last seen.
package struct MirroredCustomer: Hashable, Sendable {
    /// The operator's id of it.
    package let id: String
    /// What it calls itself, where Lago knows.
    package let name: String?
    /// As Lago has it: perhaps several addresses with commas between.
    package let email: String?
    /// The language of its documents, where one is set.
    package let locale: String?
    /// The whole object, as Lago sent it.
    package let object: [UInt8]
    /// Unix milliseconds.
    package let seenAt: Int64

    package init(
        id: String,
        name: String?,
        email: String?,
        locale: String?,
        object: [UInt8],
        seenAt: Int64
    ) {
        self.id = id
        self.name = name
        self.email = email
        self.locale = locale
        self.object = object
        self.seenAt = seenAt
    }
}

extension MirroredCustomer: Mirror {
    static let saving = MirrorStatement(table: "customer", columns: ["name", "email", "locale"])

    var values: [(any DatabaseValueConvertible)?] { [self.name, self.email, self.locale] }
}

extension Transaction {
    /// Keeps a customer as seen, unless a later look has been kept already.
    package func save(_ customer: MirroredCustomer) throws { try self.keep(customer) }
}

extension Store {
    /// A customer as last seen.
    package func customer(_ id: CustomerID) async throws -> MirroredCustomer? {
        try await self.read { db in
            try Row.fetchOne(db, sql: "SELECT * FROM customer WHERE id = ?", arguments: [id.rawValue]).map { row in
                MirroredCustomer(
                    id: row["id"],
                    name: row["name"],
                    email: row["email"],
                    locale: row["locale"],
                    object: [UInt8](row["object"] as Data),
                    seenAt: row["seenAt"]
                )
            }
        }
    }
}
