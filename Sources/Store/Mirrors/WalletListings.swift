internal import GRDB
package import LagoEvents

/// A wallet whose transactions a sweep is to list.
package struct UnlistedWallet: Hashable, Sendable {
    /// Lago's id of it.
    package let id: String
    package let customer: CustomerID
    /// How the sweep saw it.
    package let mark: String?
    /// When the oldest transaction was made that may be other than it is known, in Unix milliseconds; nil for all.
    package let from: Int64?
}

extension Transaction {
    /// Notes how a sweep saw a wallet that is mirrored.
    package func mark(wallet id: String, as mark: String) throws {
        try self.execute("UPDATE wallet SET mark = :mark WHERE id = :id", ["id": id, "mark": mark])
    }

    /// Has the transactions of a customer's wallets listed again, however the wallets look.
    package func relist(walletsOf customer: CustomerID) throws {
        try self.execute(
            "UPDATE wallet SET listedMark = NULL WHERE customer = :customer",
            ["customer": customer.rawValue]
        )
    }

    /// Notes that a wallet's transactions were listed.
    ///
    /// - Parameters:
    ///   - mark: how the wallet was before; nil where the list could not be read, so that the next sweep tries again.
    ///   - newest: when the newest of them was made, in Unix milliseconds.
    package func listed(wallet id: String, mark: String?, newest: Int64?, at now: Int64) throws {
        try self.execute(
            """
            UPDATE wallet SET listedAt = :now, listedMark = coalesce(:mark, listedMark),
                listedTo = coalesce(max(listedTo, :newest), :newest, listedTo)
            WHERE id = :id
            """,
            ["id": id, "now": now, "mark": mark, "newest": newest]
        )
    }
}

extension Store {
    /// Wallets that are not as they were when their transactions were last listed, and those with a transaction that
    /// has been pending since then.
    ///
    /// - Parameters:
    ///   - start: when the sweep began; what it has listed already is left out.
    ///   - pendingSince: older pending transactions are not waited for, both in Unix milliseconds.
    ///   - after: the id after which to go on.
    package func unlistedWallets(
        start: Int64,
        pendingSince: Int64,
        after id: String = "",
        limit: Int
    ) async throws -> [UnlistedWallet] {
        try await self.read { db in
            try Row.fetchAll(
                db,
                sql: """
                    SELECT id, customer, mark, listedTo, (
                        SELECT min(createdAt) FROM walletTransaction
                        WHERE wallet = wallet.id AND type = 'inbound' AND status = 'pending') AS since
                    FROM wallet
                    WHERE id IN (
                            SELECT id FROM wallet WHERE mark IS NOT listedMark
                            UNION
                            SELECT wallet FROM walletTransaction WHERE status = 'pending' AND createdAt >= :pendingSince)
                        AND (listedAt IS NULL OR listedAt < :start) AND id > :after
                    ORDER BY id LIMIT :limit
                    """,
                arguments: ["start": start, "pendingSince": pendingSince, "after": id, "limit": limit]
            ).map { row in
                let (listedTo, since): (Int64?, Int64?) = (row["listedTo"], row["since"])
                return UnlistedWallet(
                    id: row["id"],
                    customer: CustomerID(rawValue: row["customer"]),
                    mark: row["mark"],
                    from: listedTo.map { min($0, since ?? $0) }
                )
            }
        }
    }
}
