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
                listedFrom, doubtAt, missedAt, askedAt, extras, refusal)
            VALUES (
                :id, :customer, :account, :wallet, :origin, :state, :reason, :credits, :cents, :invoiceState,
                :transactionID, :invoiceID, :isAdopted, :createdAt, :createdAheadAt, :updatedAt, :settledAt,
                :settledAheadAt, :failures, :forgiven, :listedFrom, :doubtAt, :missedAt, :askedAt, :extras, :refusal)
            ON CONFLICT DO NOTHING
            """,
            try topUp.arguments
        )
        return self.db.changesCount > 0
    }

    /// Moves a top-up from the state that it was read in; false when somebody else has moved it since, even if it is in that
    /// state again, and then nothing is written. Who goes on with it goes on with `onceMoved`.
    package func move(_ topUp: TopUp, from state: String) throws -> Bool {
        let known = try self.row("SELECT state, version FROM topUp WHERE id = ?", [topUp.id])
        guard let known, known["state"] == state, known["version"] == topUp.version else { return false }
        try self.execute(
            """
            UPDATE topUp SET
                state = :state, reason = :reason, invoiceState = :invoiceState, transactionId = :transactionID,
                invoiceId = :invoiceID, createdAheadAt = :createdAheadAt, updatedAt = :updatedAt,
                settledAt = :settledAt, settledAheadAt = :settledAheadAt, failures = :failures, forgiven = :forgiven,
                listedFrom = :listedFrom, doubtAt = :doubtAt, missedAt = :missedAt, askedAt = :askedAt,
                refusal = :refusal, version = version + 1
            WHERE id = :id
            """,
            try topUp.changes
        )
        self.note(.topUps)
        return true
    }

    package func topUp(_ id: String) throws -> TopUp? {
        try self.row("SELECT * FROM topUp WHERE id = ?", [id]).map(TopUp.init(row:))
    }

    /// Whether a top-up is written down, and it is not known what becomes of it.
    package func isInDoubt(topUp id: String) throws -> Bool {
        let sql = "SELECT 1 FROM topUp WHERE id = ? AND state IN ('planned', 'submitting', 'unknown')"
        return try self.row(sql, [id]) != nil
    }

    /// Keeps when times of a top-up were found to lie ahead. That moves nothing: a clock that is set back again and again
    /// must not keep others from going on with it.
    package func keepTimes(of topUp: TopUp) throws {
        try self.execute(
            """
            UPDATE topUp SET createdAheadAt = :createdAheadAt, settledAheadAt = :settledAheadAt, failures = :failures
            WHERE id = :id AND version = :version
            """,
            [
                "id": topUp.id, "version": topUp.version, "createdAheadAt": topUp.created.aheadAt,
                "settledAheadAt": topUp.settled?.aheadAt, "failures": try topUp.failuresText,
            ]
        )
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
