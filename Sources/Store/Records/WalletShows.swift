private import Foundation
internal import GRDB
package import LagoEvents

/// A wallet as last seen, with what it is worth by the last look.
package struct ShownWallet: Hashable, Sendable {
    /// The whole object, as Lago sent it.
    package let object: [UInt8]
    package let isActive: Bool
    /// In the currency's smallest unit as Lago counts it; nil before the first look, as the credits, a decimal.
    package let liveCents: Int64?
    package let liveCredits: String?
    /// Of the last look; Unix milliseconds.
    package let liveAt: Int64?
}

extension Transaction {
    /// Keeps what a wallet is worth by a look, unless a later look has been kept.
    ///
    /// - Parameters:
    ///   - wallet: Lago's id of one that is mirrored.
    ///   - credits: a decimal in plain notation.
    package func save(live cents: Int64, credits: String, ofWallet wallet: String, at now: Int64) throws {
        try self.execute(
            """
            UPDATE wallet SET liveCents = :cents, liveCredits = :credits, liveAt = :now
            WHERE id = :id AND (liveAt IS NULL OR liveAt <= :now)
            """,
            ["id": wallet, "cents": cents, "credits": credits, "now": now]
        )
    }
}

extension Store {
    /// A customer's wallets as last seen, in no order.
    package func shownWallets(of customer: CustomerID) async throws -> [ShownWallet] {
        try self.keys.all(
            "SELECT object, status, liveCents, liveCredits, liveAt FROM wallet WHERE customer = ?",
            [customer.rawValue]
        ) { row in
            ShownWallet(
                object: [UInt8](row["object"] as Data),
                isActive: row["status"] == "active",
                liveCents: row["liveCents"],
                liveCredits: row["liveCredits"],
                liveAt: row["liveAt"]
            )
        }
    }

    /// Whether a customer of this id was ever seen at Lago.
    package func hasMirror(of customer: CustomerID) async throws -> Bool {
        try await self.read { db in
            try Bool.fetchOne(
                db.cachedStatement(sql: "SELECT EXISTS (SELECT 1 FROM customer WHERE id = ?)"),
                arguments: [customer.rawValue]
            ) ?? false
        }
    }
}
