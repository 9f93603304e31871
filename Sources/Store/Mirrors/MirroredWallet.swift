private import Foundation
internal import GRDB
package import LagoEvents

/// A wallet of Lago's as last seen.
package struct MirroredWallet: Hashable, Sendable {
    /// Lago's id of it.
    package let id: String
    package let customer: CustomerID
    /// `active` or `terminated`.
    package let status: String
    package let currency: String
    /// The settled balance in the currency's smallest unit, as Lago counts it.
    package let balanceCents: Int64
    /// The whole object, as Lago sent it.
    package let object: [UInt8]
    /// Unix milliseconds.
    package let seenAt: Int64

    package init(
        id: String,
        customer: CustomerID,
        status: String,
        currency: String,
        balanceCents: Int64,
        object: [UInt8],
        seenAt: Int64
    ) {
        self.id = id
        self.customer = customer
        self.status = status
        self.currency = currency
        self.balanceCents = balanceCents
        self.object = object
        self.seenAt = seenAt
    }
}

extension MirroredWallet: Mirror {
    static let saving = MirrorStatement(
        table: "wallet",
        columns: ["customer", "status", "currency", "balanceCents"]
    )

    var values: [(any DatabaseValueConvertible)?] {
        [self.customer.rawValue, self.status, self.currency, self.balanceCents]
    }
}

extension Transaction {
    /// Keeps a wallet as seen, unless a later look has been kept already.
    package func save(_ wallet: MirroredWallet) throws { try self.keep(wallet) }
}

extension Store {
    /// Whose wallet it is; nil for one that was never seen.
    package func owner(ofWallet id: String) async throws -> CustomerID? {
        try self.keys.first("SELECT customer FROM wallet WHERE id = ?", [id]) { CustomerID(rawValue: $0["customer"]) }
    }

    /// A customer's wallets as last seen, by id.
    package func wallets(of customer: CustomerID) async throws -> [MirroredWallet] {
        try await self.read { db in
            try Row.fetchAll(
                db,
                sql: "SELECT * FROM wallet WHERE customer = ? ORDER BY id",
                arguments: [customer.rawValue]
            ).map { row in
                MirroredWallet(
                    id: row["id"],
                    customer: customer,
                    status: row["status"],
                    currency: row["currency"],
                    balanceCents: row["balanceCents"],
                    object: [UInt8](row["object"] as Data),
                    seenAt: row["seenAt"]
                )
            }
        }
    }
}
