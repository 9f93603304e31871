internal import GRDB
package import LagoEvents

extension Transaction {
    /// What a customer has set, as JSON of the set keys only; nil where nothing was ever set.
    package func settings(of customer: CustomerID) throws -> String? {
        try self.row("SELECT settings FROM customerSetting WHERE customer = ?", [customer.rawValue])?["settings"]
    }

    /// Keeps what a customer has set, instead of what was.
    ///
    /// - Parameter settings: JSON of the set keys only.
    package func save(settings: String, of customer: CustomerID, at now: Int64) throws {
        try self.execute(
            """
            INSERT INTO customerSetting (customer, settings, at) VALUES (:customer, :settings, :now)
            ON CONFLICT (customer) DO UPDATE SET settings = excluded.settings, at = excluded.at
            """,
            ["customer": customer.rawValue, "settings": settings, "now": now]
        )
    }
}
