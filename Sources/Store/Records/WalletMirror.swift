internal import Foundation
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

extension Transaction {
    /// Keeps a wallet as seen, unless a later look has been kept already.
    package func save(_ wallet: MirroredWallet) throws {
        try self.execute(
            """
            INSERT INTO wallet (id, customer, status, currency, balanceCents, object, seenAt)
            VALUES (:id, :customer, :status, :currency, :balanceCents, :object, :seenAt)
            ON CONFLICT (id) DO UPDATE SET
                customer = excluded.customer, status = excluded.status, currency = excluded.currency,
                balanceCents = excluded.balanceCents, object = excluded.object, seenAt = excluded.seenAt
            WHERE excluded.seenAt >= wallet.seenAt
            """,
            [
                "id": wallet.id, "customer": wallet.customer.rawValue, "status": wallet.status,
                "currency": wallet.currency, "balanceCents": wallet.balanceCents, "object": Data(wallet.object),
                "seenAt": wallet.seenAt,
            ]
        )
    }
}

extension Store {
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
