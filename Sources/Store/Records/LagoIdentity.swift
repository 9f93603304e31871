internal import GRDB
package import LagoEvents

/// What the store knows of the Lago that it belongs to.
package struct LagoIdentity: Hashable, Sendable {
    /// A public key of Lago's, in PEM form.
    package struct Key: Hashable, Sendable {
        package let pem: String
        /// Unix milliseconds at which a newer key took its place; nil for the current one.
        package let supersededAt: Int64?
    }

    package var organization: OrganizationID?
    /// The address that the organisation was asked from.
    package var apiURL: String?
    /// The current key first.
    package var keys: [Key] = []
}

extension Transaction {
    /// Keeps the organisation that Lago named.
    package func save(organization: OrganizationID, name: String?, apiURL: String, at now: Int64) throws {
        try self.execute(
            """
            INSERT INTO lagoOrganization (id, organization, name, apiUrl, learntAt)
            VALUES (1, :organization, :name, :apiURL, :now)
            ON CONFLICT (id) DO UPDATE SET
                organization = excluded.organization, name = excluded.name, apiUrl = excluded.apiUrl,
                learntAt = excluded.learntAt
            """,
            ["organization": organization.rawValue, "name": name, "apiURL": apiURL, "now": now]
        )
    }

    /// Makes `pem` the current public key; the one before it is marked with the time, older ones are forgotten.
    package func save(publicKey pem: String, at now: Int64) throws {
        let current = try self.row("SELECT pem FROM lagoKey WHERE supersededAt IS NULL")
        guard current?["pem"] != pem else { return }
        try self.execute("DELETE FROM lagoKey WHERE supersededAt IS NOT NULL")
        try self.execute("UPDATE lagoKey SET supersededAt = :now", ["now": now])
        try self.execute(
            "INSERT INTO lagoKey (pem, learntAt) VALUES (:pem, :now)",
            ["pem": pem, "now": now]
        )
    }
}

extension Store {
    /// The organisation and keys as last learnt.
    package func lagoIdentity() async throws -> LagoIdentity {
        try await self.read { db in
            let organization = try Row.fetchOne(db, sql: "SELECT organization, apiUrl FROM lagoOrganization")
            let keys = try Row.fetchAll(
                db,
                sql: "SELECT pem, supersededAt FROM lagoKey ORDER BY supersededAt IS NOT NULL, learntAt DESC"
            )
            return LagoIdentity(
                organization: (organization?["organization"] as String?).map(OrganizationID.init(rawValue:)),
                apiURL: organization?["apiUrl"],
                keys: keys.map { LagoIdentity.Key(pem: $0["pem"], supersededAt: $0["supersededAt"]) }
            )
        }
    }
}
