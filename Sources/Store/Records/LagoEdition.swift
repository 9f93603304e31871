internal import GRDB

/// Which Lago it is: what decides how it is to be dealt with.
package struct LagoEdition: Hashable, Sendable {
    /// As it says itself, `1.50.0`; nil where it does not.
    package var version: String?
    /// Whether it has a licence, and keeps ongoing balances fresh by itself; nil while that is not known.
    package var isPremium: Bool?
    /// Whether wallet transactions carry metadata, as they do from 1.9 on; nil before one was seen.
    package var hasTransactionMetadata: Bool?

    package init(version: String? = nil, isPremium: Bool? = nil, hasTransactionMetadata: Bool? = nil) {
        self.version = version
        self.isPremium = isPremium
        self.hasTransactionMetadata = hasTransactionMetadata
    }
}

extension Transaction {
    /// Keeps what was found out; what was not stays as it is known.
    package func save(_ edition: LagoEdition, at now: Int64) throws {
        try self.execute(
            """
            INSERT INTO lagoEdition (id, version, isPremium, hasTransactionMetadata, seenAt)
            VALUES (1, :version, :isPremium, :hasMetadata, :now)
            ON CONFLICT (id) DO UPDATE SET
                version = coalesce(excluded.version, version), isPremium = coalesce(excluded.isPremium, isPremium),
                hasTransactionMetadata = coalesce(excluded.hasTransactionMetadata, hasTransactionMetadata),
                seenAt = excluded.seenAt
            """,
            [
                "version": edition.version, "isPremium": edition.isPremium,
                "hasMetadata": edition.hasTransactionMetadata, "now": now,
            ]
        )
    }
}

extension Store {
    /// Which Lago it is, as last found.
    package func lagoEdition() async throws -> LagoEdition {
        try await self.read { db in
            guard let row = try Row.fetchOne(db, sql: "SELECT * FROM lagoEdition") else { return LagoEdition() }
            return LagoEdition(
                version: row["version"],
                isPremium: row["isPremium"],
                hasTransactionMetadata: row["hasTransactionMetadata"]
            )
        }
    }
}
