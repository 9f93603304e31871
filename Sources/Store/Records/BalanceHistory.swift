internal import GRDB
package import LagoEvents

/// An account of which a balance was ever read.
package struct KnownAccount: Hashable, Sendable {
    package let customer: CustomerID
    /// A currency's code, or the id of a restricted wallet.
    package let account: String

    package init(customer: CustomerID, account: String) {
        self.customer = customer
        self.account = account
    }
}

extension Store {
    /// The accounts of which a balance was ever read, by customer: all of them, or one customer's.
    package func accounts(of customer: CustomerID? = nil) async throws -> [KnownAccount] {
        try await self.read { db in
            try Row.fetchAll(
                db,
                sql: """
                    SELECT DISTINCT customer, account FROM balance WHERE (:customer IS NULL OR customer = :customer)
                    ORDER BY customer, account
                    """,
                arguments: ["customer": customer?.rawValue]
            ).map { KnownAccount(customer: CustomerID(rawValue: $0["customer"]), account: $0["account"]) }
        }
    }

    /// What an account held from `start` on and before `end`, oldest first, with the value that held when it began.
    package func balances(of known: KnownAccount, from start: Int64, to end: Int64) async throws -> [BalanceReading] {
        try await self.read { db in
            try Row.fetchAll(
                db,
                sql: """
                    SELECT * FROM balance
                    WHERE customer = :customer AND account = :account AND at < :end AND id >= coalesce((
                        SELECT max(id) FROM balance WHERE customer = :customer AND account = :account AND at < :start), 0)
                    ORDER BY id
                    """,
                arguments: [
                    "customer": known.customer.rawValue, "account": known.account, "start": start, "end": end,
                ]
            ).map(BalanceReading.init(row:))
        }
    }

    /// In which minutes from `start` on and before `end` events about customers came, in Unix milliseconds, in order. Reads
    /// all events.
    package func eventMinutes(
        of customer: CustomerID? = nil,
        from start: Int64,
        to end: Int64
    ) async throws -> [CustomerID: [Int64]] {
        try await self.read { db in
            let rows = try Row.fetchCursor(
                db,
                sql: """
                    SELECT DISTINCT customer, (receivedAt + 59999) / 60000 * 60000 AS minute FROM event
                    WHERE receivedAt >= :start AND receivedAt < :end AND customer IS NOT NULL
                        AND (:customer IS NULL OR customer = :customer)
                    ORDER BY minute
                    """,
                arguments: ["customer": customer?.rawValue, "start": start, "end": end]
            )
            var minutes: [CustomerID: [Int64]] = [:]
            while let row = try rows.next() {
                minutes[CustomerID(rawValue: row["customer"]), default: []].append(row["minute"])
            }
            return minutes
        }
    }
}
