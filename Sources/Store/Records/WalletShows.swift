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

/// All that the store knows of a customer's balance, of one moment.
package struct CustomerStanding: Sendable {
    /// The newest of each account.
    package let balances: [BalanceReading]
    package let forecasts: [ForecastTimes]
    /// What the customer has set, as JSON; nil where nothing was ever set.
    package let settings: String?
    /// In no order.
    package let wallets: [ShownWallet]
}

extension Store {
    /// How a customer stands, as last seen.
    package func standing(of customer: CustomerID) async throws -> CustomerStanding {
        try self.keys.together { transaction in
            CustomerStanding(
                balances: try transaction.balances(of: customer),
                forecasts: try transaction.forecastTimes(of: customer),
                settings: try transaction.settings(of: customer),
                wallets: try transaction.shownWallets(of: customer)
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

extension Transaction {
    fileprivate func shownWallets(of customer: CustomerID) throws -> [ShownWallet] {
        try self.rows(
            "SELECT object, status, liveCents, liveCredits, liveAt FROM wallet WHERE customer = ?",
            [customer.rawValue]
        ).map { row in
            ShownWallet(
                object: [UInt8](row["object"] as Data),
                isActive: row["status"] == "active",
                liveCents: row["liveCents"],
                liveCredits: row["liveCredits"],
                liveAt: row["liveAt"]
            )
        }
    }
}
