internal import GRDB
package import LagoEvents

/// Which top-ups to list; nil means any.
package struct TopUpFilter: Sendable {
    package var customer: String?
    package var state: String?
    package var origin: String?

    package init(customer: String? = nil, state: String? = nil, origin: String? = nil) {
        self.customer = customer
        self.state = state
        self.origin = origin
    }
}

extension Store {
    /// All that is known of an account's top-ups, the first one first.
    package func topUps(of customer: CustomerID, account: String) async throws -> [TopUp] {
        try await self.read { db in
            try Row.fetchAll(
                db,
                sql: "SELECT * FROM topUp WHERE customer = ? AND account = ? ORDER BY createdAt, id",
                arguments: [customer.rawValue, account]
            ).map(TopUp.init(row:))
        }
    }

    /// A customer's top-ups that are not at their end, those that were declined and can still be paid included.
    package func openTopUps(of customer: CustomerID) async throws -> [TopUp] {
        try await self.read { db in
            try Row.fetchAll(
                db,
                sql: """
                    SELECT * FROM topUp
                    WHERE customer = ? AND (state NOT IN ('settled', 'failed')
                        OR state = 'failed' AND invoiceState IN ('payable', 'notSeen'))
                    ORDER BY createdAt, id
                    """,
                arguments: [customer.rawValue]
            ).map(TopUp.init(row:))
        }
    }

    /// The newest top-ups first.
    package func topUps(_ filter: TopUpFilter = TopUpFilter(), limit: Int) async throws -> [TopUp] {
        try await self.read { db in
            try Row.fetchAll(
                db,
                sql: """
                    SELECT * FROM topUp
                    WHERE (:customer IS NULL OR customer = :customer) AND (:state IS NULL OR state = :state)
                        AND (:origin IS NULL OR origin = :origin)
                    ORDER BY createdAt DESC, id LIMIT :limit
                    """,
                arguments: [
                    "customer": filter.customer, "state": filter.state, "origin": filter.origin, "limit": limit,
                ]
            ).map(TopUp.init(row:))
        }
    }

    package func topUp(_ id: String) async throws -> TopUp? {
        try await self.read { db in
            try Row.fetchOne(db, sql: "SELECT * FROM topUp WHERE id = ?", arguments: [id]).map(TopUp.init(row:))
        }
    }

    /// Whether a wallet transaction, by Lago's id, is a top-up of ours.
    package func isOurs(transaction id: String) async throws -> Bool {
        try await self.read { db in
            let sql = "SELECT EXISTS (SELECT 1 FROM topUp WHERE transactionId = ?)"
            return try Bool.fetchOne(db, sql: sql, arguments: [id]) ?? false
        }
    }

    /// What was decided about a customer's accounts, the newest first.
    ///
    /// - Parameters:
    ///   - account: a currency's code; nil for all.
    ///   - times: Unix milliseconds in which a decision stood; nil for ever.
    package func topUpDecisions(
        of customer: CustomerID,
        account: String? = nil,
        in times: ClosedRange<Int64>? = nil,
        limit: Int
    ) async throws -> [TopUpDecisionRecord] {
        // An account's decisions lie in order in an index; with an OR they would be sorted.
        let isOfAccount = account == nil ? ":account IS NULL" : "account = :account"
        return try await self.read { db in
            try Row.fetchAll(
                db,
                sql: """
                    SELECT * FROM topUpDecision
                    WHERE customer = :customer AND \(isOfAccount)
                        AND (:from IS NULL OR lastAt >= :from) AND (:to IS NULL OR at <= :to)
                    ORDER BY id DESC LIMIT :limit
                    """,
                arguments: [
                    "customer": customer.rawValue, "account": account, "from": times?.lowerBound,
                    "to": times?.upperBound, "limit": limit,
                ]
            ).map { TopUpDecisionRecord(row: $0, customer: customer) }
        }
    }

    /// What was decided about an account last.
    package func topUpDecision(of customer: CustomerID, account: String) async throws -> TopUpDecisionRecord? {
        try await self.topUpDecisions(of: customer, account: account, limit: 1).first
    }

    /// How many top-ups are in each state.
    package func topUpCounts() async throws -> [String: Int] {
        try await self.read { db in
            let rows = try Row.fetchAll(db, sql: "SELECT state, count(*) AS n FROM topUp GROUP BY state")
            return Dictionary(uniqueKeysWithValues: rows.map { ($0["state"] as String, $0["n"] as Int) })
        }
    }

    /// When the oldest top-up in this state came into it, in Unix milliseconds.
    package func oldestTopUp(in state: String) async throws -> Int64? {
        try await self.read { db in
            try Int64.fetchOne(db, sql: "SELECT min(updatedAt) FROM topUp WHERE state = ?", arguments: [state])
        }
    }
}
