private import Foundation
internal import GRDB
package import LagoEvents

extension Transaction {
    /// Writes an intent down; false when the account's place is taken, and then nothing is written.
    package func plan(_ topUp: TopUp) throws -> Bool {
        try self.execute(
            """
            INSERT INTO topUp (
                id, customer, account, wallet, origin, state, reason, credits, cents, invoiceState, transactionId,
                invoiceId, isAdopted, createdAt, createdAheadAt, updatedAt, settledAt, settledAheadAt, failures, forgiven,
                listedFrom, doubtAt, missedAt)
            VALUES (
                :id, :customer, :account, :wallet, :origin, :state, :reason, :credits, :cents, :invoiceState,
                :transactionID, :invoiceID, :isAdopted, :createdAt, :createdAheadAt, :updatedAt, :settledAt,
                :settledAheadAt, :failures, :forgiven, :listedFrom, :doubtAt, :missedAt)
            ON CONFLICT DO NOTHING
            """,
            try topUp.arguments
        )
        return self.db.changesCount > 0
    }

    /// Moves a top-up from the state that it was read in; false when somebody else has moved it, and then nothing is
    /// written.
    package func move(_ topUp: TopUp, from state: String) throws -> Bool {
        let known = try self.row("SELECT state FROM topUp WHERE id = ?", [topUp.id])
        guard known?["state"] == state else { return false }
        try self.execute(
            """
            UPDATE topUp SET
                state = :state, reason = :reason, invoiceState = :invoiceState, transactionId = :transactionID,
                invoiceId = :invoiceID, createdAheadAt = :createdAheadAt, updatedAt = :updatedAt,
                settledAt = :settledAt, settledAheadAt = :settledAheadAt, failures = :failures, forgiven = :forgiven,
                listedFrom = :listedFrom, doubtAt = :doubtAt, missedAt = :missedAt
            WHERE id = :id
            """,
            try topUp.changes
        )
        return true
    }

    /// Keeps what was decided, where it differs from the last decision about the account; returns whether it does.
    package func save(_ decision: TopUpDecisionRecord) throws -> Bool {
        let last = try self.row(
            """
            SELECT id, reason, detail FROM topUpDecision WHERE customer = ? AND account = ? ORDER BY id DESC LIMIT 1
            """,
            [decision.customer.rawValue, decision.account]
        )
        if let last, last["reason"] == decision.reason, last["detail"] == decision.detail {
            try self.execute(
                "UPDATE topUpDecision SET lastAt = max(lastAt, :at), nextLookAt = :next WHERE id = :id",
                ["id": last["id"] as Int64, "at": decision.lastAt, "next": decision.nextLookAt]
            )
            return false
        }
        try self.execute(
            """
            INSERT INTO topUpDecision (customer, account, reason, detail, nextLookAt, at, lastAt)
            VALUES (:customer, :account, :reason, :detail, :next, :at, :lastAt)
            """,
            [
                "customer": decision.customer.rawValue, "account": decision.account, "reason": decision.reason,
                "detail": decision.detail, "next": decision.nextLookAt, "at": decision.at, "lastAt": decision.lastAt,
            ]
        )
        return true
    }
}

extension Transaction {
    /// Whether a customer has a top-up that is not at its end.
    package func hasOpenTopUp(of customer: CustomerID) throws -> Bool {
        try self.row(
            """
            SELECT 1 FROM topUp
            WHERE customer = ? AND (state NOT IN ('settled', 'failed')
                OR state = 'failed' AND invoiceState IN ('payable', 'notSeen'))
            LIMIT 1
            """,
            [customer.rawValue]
        ) != nil
    }
}

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
            ).map { row in
                TopUpDecisionRecord(
                    customer: customer,
                    account: row["account"],
                    reason: row["reason"],
                    detail: row["detail"],
                    nextLookAt: row["nextLookAt"],
                    at: row["at"],
                    lastAt: row["lastAt"]
                )
            }
        }
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

extension TopUp {
    fileprivate init(row: Row) throws {
        self.init(
            id: row["id"],
            customer: CustomerID(rawValue: row["customer"]),
            account: row["account"],
            wallet: row["wallet"],
            origin: row["origin"],
            state: row["state"],
            credits: row["credits"],
            cents: row["cents"],
            isAdopted: row["isAdopted"],
            at: row["createdAt"]
        )
        self.reason = row["reason"]
        self.invoiceState = row["invoiceState"]
        self.transactionID = row["transactionId"]
        self.invoiceID = row["invoiceId"]
        self.created = KeptTime(row["createdAt"], aheadAt: row["createdAheadAt"])
        self.updatedAt = row["updatedAt"]
        self.settled = (row["settledAt"] as Int64?).map { KeptTime($0, aheadAt: row["settledAheadAt"]) }
        self.failures = try JSONDecoder().decode([KeptTime].self, from: Data((row["failures"] as String).utf8))
        self.forgiven = row["forgiven"]
        self.listedFrom = row["listedFrom"]
        self.doubtAt = row["doubtAt"]
        self.missedAt = row["missedAt"]
    }

    fileprivate var arguments: StatementArguments {
        get throws {
            let fixed: StatementArguments = [
                "customer": self.customer.rawValue, "account": self.account, "wallet": self.wallet,
                "origin": self.origin, "credits": self.credits, "cents": self.cents, "isAdopted": self.isAdopted,
                "createdAt": self.created.at,
            ]
            return try self.changes &+ fixed
        }
    }

    fileprivate var changes: StatementArguments {
        get throws {
            [
                "id": self.id, "state": self.state, "reason": self.reason, "invoiceState": self.invoiceState,
                "transactionID": self.transactionID, "invoiceID": self.invoiceID,
                "createdAheadAt": self.created.aheadAt, "updatedAt": self.updatedAt, "settledAt": self.settled?.at,
                "settledAheadAt": self.settled?.aheadAt,
                "failures": String(decoding: try JSONEncoder().encode(self.failures), as: UTF8.self),
                "forgiven": self.forgiven, "listedFrom": self.listedFrom, "doubtAt": self.doubtAt,
                "missedAt": self.missedAt,
            ]
        }
    }
}
