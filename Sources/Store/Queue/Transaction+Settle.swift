internal import GRDB
package import Jobs

extension Transaction {
    /// Writes down what becomes of a leased job; false when the lease was lost, and then nothing is written.
    package func settle(_ lease: Lease, as verdict: Verdict, at now: Int64) throws -> Bool {
        let change = Change(verdict, now: now)
        let settled = try self.row(
            """
            UPDATE job SET
                state = :state, dueAt = CASE WHEN :isLive THEN min(:dueAt, coalesce(rerunAt, :dueAt)) ELSE :dueAt END,
                attempt = attempt - :unspent,
                isHead = :isLive AND lane IS NULL, leaseOwner = NULL, endedAt = :endedAt,
                lastError = coalesce(:error, lastError), askedAt = CASE WHEN :isLive THEN :now ELSE askedAt END
            WHERE id = :id AND state = 'leased' AND leaseOwner = :owner AND claim = :claim
            RETURNING lane, rerunAt, rerunArguments
            """,
            [
                "id": lease.jobID.rawValue, "owner": lease.owner, "claim": lease.claim, "state": change.state.rawValue,
                "dueAt": change.dueAt, "unspent": change.isUnspent, "isLive": change.state.isLive,
                "endedAt": change.state.isLive ? nil : now, "error": change.error, "now": now,
            ]
        )
        guard let settled else { return false }
        try self.end(lease, change, at: now)
        let lane = (settled["lane"] as String?).flatMap(Lane.init(rawValue:))
        if !change.state.isLive, let rerunAt: Int64 = settled["rerunAt"] {
            try self.insert(
                NewJob(
                    kind: lease.kind,
                    key: lease.key,
                    customer: lease.customer,
                    lane: lane,
                    arguments: settled["rerunArguments"],
                    maxAttempts: lease.maxAttempts
                ),
                dueAt: rerunAt,
                at: now
            )
        }
        try self.electHead(customer: lease.customer, lane: lane)
        if change.state.isLive { self.note(.jobs) }
        return true
    }

    /// Closes the attempt's row; one that was not yet due for anything leaves none.
    private func end(_ lease: Lease, _ change: Change, at now: Int64) throws {
        guard let result = change.result else {
            return try self.execute(
                "DELETE FROM attempt WHERE jobId = :id AND claim = :claim",
                ["id": lease.jobID.rawValue, "claim": lease.claim]
            )
        }
        try self.execute(
            "UPDATE attempt SET endedAt = :now, result = :result, error = :error WHERE jobId = :id AND claim = :claim",
            ["id": lease.jobID.rawValue, "claim": lease.claim, "now": now, "result": result, "error": change.error]
        )
    }

    /// Makes a dead or discarded job due again at once, with all its attempts before it: a person's wish.
    ///
    /// Returns false when there is no such job, when it is live already, or when another of its key is.
    package func retry(_ id: JobID, at now: Int64) throws -> Bool {
        let row = try self.row(
            """
            UPDATE job SET state = 'available', isHead = lane IS NULL, attempt = 0, dueAt = :now, askedAt = :now,
                endedAt = NULL
            WHERE id = :id AND state IN ('dead', 'discarded')
                AND NOT EXISTS (
                    SELECT 1 FROM job AS other
                    WHERE other.kind = job.kind AND other.key = job.key AND other.state IN ('available', 'leased'))
            RETURNING customer, lane
            """,
            ["id": id.rawValue, "now": now]
        )
        guard let row else { return false }
        try self.electHead(customer: row["customer"], lane: (row["lane"] as String?).flatMap(Lane.init(rawValue:)))
        self.note(.jobs)
        return true
    }

    /// Gives a waiting or dead job up: a person's wish. False when there is no such job, or a worker has it.
    package func discard(_ id: JobID, at now: Int64) throws -> Bool {
        let row = try self.row(
            """
            UPDATE job SET state = 'discarded', isHead = 0, endedAt = :now
            WHERE id = :id AND state IN ('available', 'dead') RETURNING kind, key, customer, lane
            """,
            ["id": id.rawValue, "now": now]
        )
        guard let row else { return false }
        if row["kind"] == JobKind.mail.rawValue, let message = Int64(row["key"] as String) {
            try self.settle(message: message, as: MessageOutcome(.failed, reason: "discarded by an operator"), at: now)
        }
        try self.electHead(customer: row["customer"], lane: (row["lane"] as String?).flatMap(Lane.init(rawValue:)))
        return true
    }
}

/// What a verdict writes.
private struct Change {
    var state: JobState
    /// When it may be taken again; of one that has ended, when it did.
    var dueAt: Int64
    var isUnspent = false
    var error: String?
    /// How the attempt's row ends; nil when it is to leave none.
    var result: String?

    init(_ verdict: Verdict, now: Int64) {
        switch verdict {
        case .done:
            (self.state, self.result, self.dueAt) = (.done, "done", now)
        case .again(let delay, let reason):
            (self.state, self.result) = (.available, "again")
            (self.dueAt, self.error) = (now + delay.milliseconds, reason)
        case .snooze(let duration):
            self.state = .available
            (self.dueAt, self.isUnspent) = (now + duration.milliseconds, true)
        case .deadLetter(let reason):
            (self.state, self.result, self.error, self.dueAt) = (.dead, "dead", reason, now)
        case .handBack:
            (self.state, self.result) = (.available, "handed_back")
            (self.dueAt, self.isUnspent) = (now, true)
        }
    }
}
