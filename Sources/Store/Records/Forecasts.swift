internal import GRDB
package import LagoEvents

/// When an account runs out, and what tells it.
package struct ForecastRecord: Hashable, Sendable {
    package let account: String
    /// JSON, as `Rules` reads and writes it.
    package let history: String
    /// Unix milliseconds, as the two below; nil where there is no telling.
    package let runsOutAt: Int64?
    package let earliest: Int64?
    package let latest: Int64?
    /// The look that it is from, in Unix milliseconds.
    package let at: Int64

    package init(account: String, history: String, runsOutAt: Int64?, earliest: Int64?, latest: Int64?, at: Int64) {
        self.account = account
        self.history = history
        self.runsOutAt = runsOutAt
        self.earliest = earliest
        self.latest = latest
        self.at = at
    }
}

extension Transaction {
    /// Keeps a forecast, unless one of a later look is there.
    package func save(_ forecast: ForecastRecord, of customer: CustomerID) throws {
        try self.execute(
            """
            INSERT INTO forecast (customer, account, history, runsOutAt, earliest, latest, at)
            VALUES (:customer, :account, :history, :runsOutAt, :earliest, :latest, :at)
            ON CONFLICT (customer, account) DO UPDATE SET
                history = excluded.history, runsOutAt = excluded.runsOutAt, earliest = excluded.earliest,
                latest = excluded.latest, at = excluded.at
            WHERE excluded.at >= forecast.at
            """,
            [
                "customer": customer.rawValue, "account": forecast.account, "history": forecast.history,
                "runsOutAt": forecast.runsOutAt, "earliest": forecast.earliest, "latest": forecast.latest,
                "at": forecast.at,
            ]
        )
    }
}

extension ForecastRecord {
    init(row: Row) {
        self.init(
            account: row["account"],
            history: row["history"],
            runsOutAt: row["runsOutAt"],
            earliest: row["earliest"],
            latest: row["latest"],
            at: row["at"]
        )
    }

    static let ofCustomer = "SELECT * FROM forecast WHERE customer = :customer ORDER BY account"
}

extension Store {
    /// The forecasts of a customer's accounts.
    package func forecasts(of customer: CustomerID) async throws -> [ForecastRecord] {
        try await self.read { db in
            try Row.fetchAll(db, sql: ForecastRecord.ofCustomer, arguments: ["customer": customer.rawValue])
                .map(ForecastRecord.init(row:))
        }
    }
}
