internal import GRDB
package import LagoEvents

/// What is kept of a customer's accounts, all of it as of one moment.
package struct BalanceSheet: Sendable {
    /// A wallet that was seen, by what tells whether its account is still one.
    package struct Wallet: Hashable, Sendable {
        /// Lago's id of it.
        package let id: String
        package let currency: String
        package let isActive: Bool
    }

    package let customer: CustomerID
    /// Grows with each new reading of the customer and stays over restarts; 0 before the first.
    package let revision: Int64
    /// The newest of each account.
    package let readings: [BalanceReading]
    package let forecasts: [ForecastRecord]
    /// What the customer has set, as JSON of the set keys only.
    package let settings: String?
    /// All that were ever seen, terminated ones too.
    package let wallets: [Wallet]
}

/// Which customers' balances changed after a row, in the order of their rows.
package struct BalanceChanges: Hashable, Sendable {
    /// The newest row there is; 0 where there is none. Smaller than the row asked from when rows were erased since.
    package let newest: Int64
    package let customers: Set<CustomerID>
    /// There were more than were asked for: `customers` does not hold all.
    package let isCut: Bool
}

extension Store {
    /// What is kept of these customers' accounts: one moment for all of them.
    package func balanceSheets(of customers: [CustomerID]) async throws -> [BalanceSheet] {
        try await self.read { db in try customers.map { try BalanceSheet(of: $0, db) } }
    }

    package func balanceSheet(of customer: CustomerID) async throws -> BalanceSheet {
        try self.keys.together { try BalanceSheet(of: customer, $0.db) }
    }

    /// Whose balances changed after the row `last`.
    ///
    /// - Parameter limit: of rows that are read.
    package func balanceChanges(after last: Int64, limit: Int = 1000) async throws -> BalanceChanges {
        try await self.read { db in
            let rows = try Row.fetchAll(
                db.cachedStatement(sql: Self.balanceChanges),
                arguments: ["last": last, "limit": limit]
            )
            return BalanceChanges(
                newest: try Int64.fetchOne(db, sql: Self.newestBalance) ?? 0,
                customers: Set(rows.map { CustomerID(rawValue: $0["customer"]) }),
                isCut: rows.count == limit
            )
        }
    }

    static let balanceChanges = "SELECT customer FROM balance WHERE id > :last ORDER BY id LIMIT :limit"
    static let newestBalance = "SELECT max(id) FROM balance"
}

extension BalanceSheet {
    fileprivate init(of customer: CustomerID, _ db: GRDB.Database) throws {
        let whose: StatementArguments = ["customer": customer.rawValue]
        let rows = try Row.fetchAll(db.cachedStatement(sql: BalanceReading.newest), arguments: whose)
        self.customer = customer
        self.revision = rows.map { $0["id"] as Int64 }.max() ?? 0
        self.readings = rows.map(BalanceReading.init(row:))
        self.forecasts = try Row.fetchAll(db.cachedStatement(sql: ForecastRecord.ofCustomer), arguments: whose)
            .map(ForecastRecord.init(row:))
        self.settings = try String.fetchOne(
            db.cachedStatement(sql: "SELECT settings FROM customerSetting WHERE customer = :customer"),
            arguments: whose
        )
        self.wallets = try Row.fetchAll(
            db.cachedStatement(sql: "SELECT id, currency, status FROM wallet WHERE customer = :customer"),
            arguments: whose
        ).map { Wallet(id: $0["id"], currency: $0["currency"], isActive: $0["status"] == "active") }
    }
}
