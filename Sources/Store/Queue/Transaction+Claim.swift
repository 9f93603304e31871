internal import GRDB
package import Jobs

extension Transaction {
    /// The most jobs that one claim takes.
    package static var claimLimit: Int { 16 }

    /// What a claim reads: the due heads of one hand, by one partial index.
    static func dueJobs(for hand: Hand) -> String {
        """
        SELECT id, kind, key, customer, lane, arguments, state, claim, attempt, maxAttempts, dueAt FROM job
        WHERE isHead = 1 AND \(hand.condition) AND dueAt <= :now ORDER BY dueAt, id LIMIT :limit
        """
    }

    /// Leases the jobs that have been due longest; a lapsed lease makes its job due again.
    ///
    /// Of one customer and lane at most one is leased at a time. A job whose last attempt lapsed without a verdict
    /// has killed its worker or outlived its lease, and becomes a dead letter here.
    package func claim(
        _ hand: Hand = .work,
        limit: Int,
        owner: String,
        for duration: Duration,
        at now: Int64
    ) throws -> [Lease] {
        let until = now + duration.milliseconds
        return try self.rows(Self.dueJobs(for: hand), ["now": now, "limit": min(limit, Self.claimLimit)]).compactMap {
            row in
            let lapsed = row["state"] == JobState.leased.rawValue
            if lapsed { try self.closeAttempts(of: row["id"], as: "lapsed", error: nil, at: now) }
            let lease = Lease(row: row, owner: owner, until: until)
            guard lease.attempt <= lease.maxAttempts else {
                try self.bury(lease, lane: row["lane"], at: now)
                return nil
            }
            try self.begin(lease, at: now)
            return lease
        }
    }

    private func begin(_ lease: Lease, at now: Int64) throws {
        try self.execute(
            """
            UPDATE job SET state = 'leased', leaseOwner = :owner, dueAt = :until, attempt = :attempt, claim = :claim,
                rerunAt = NULL, rerunArguments = NULL
            WHERE id = :id
            """,
            [
                "id": lease.jobID.rawValue, "owner": lease.owner, "until": lease.until, "attempt": lease.attempt,
                "claim": lease.claim,
            ]
        )
        try self.execute(
            "INSERT INTO attempt (jobId, claim, number, owner, begunAt) VALUES (:id, :claim, :attempt, :owner, :now)",
            [
                "id": lease.jobID.rawValue, "claim": lease.claim, "attempt": lease.attempt, "owner": lease.owner,
                "now": now,
            ]
        )
    }

    private func bury(_ lease: Lease, lane: String?, at now: Int64) throws {
        try self.execute(
            """
            UPDATE job SET state = 'dead', isHead = 0, leaseOwner = NULL, endedAt = :now, lastError = :error
            WHERE id = :id
            """,
            [
                "id": lease.jobID.rawValue, "now": now,
                "error": "gave up after \(lease.maxAttempts) attempts: the worker ended without a verdict",
            ]
        )
        try self.electHead(customer: lease.customer, lane: lane.flatMap(Lane.init(rawValue:)))
    }

    func closeAttempts(of jobID: Int64, as result: String, error: String?, at now: Int64) throws {
        try self.execute(
            """
            UPDATE attempt SET endedAt = :now, result = :result, error = :error
            WHERE jobId = :id AND endedAt IS NULL
            """,
            ["id": jobID, "now": now, "result": result, "error": error]
        )
    }

    /// Pushes the end of leases that are still held to `until`; returns those that are lost.
    package func renew(_ leases: [Lease], until: Int64) throws -> [Lease] {
        try leases.filter { lease in
            let kept = try self.row(
                """
                UPDATE job SET dueAt = :until
                WHERE id = :id AND state = 'leased' AND leaseOwner = :owner AND claim = :claim RETURNING id
                """,
                ["id": lease.jobID.rawValue, "owner": lease.owner, "claim": lease.claim, "until": until]
            )
            return kept == nil
        }
    }

    /// Makes every leased job due at once: for a worker that starts, and holds the worker's lock, so that whoever had
    /// them is gone. Their attempts stay counted. Returns how many there were.
    package func releaseLeases(at now: Int64) throws -> Int {
        let leased = try self.rows("SELECT id FROM job WHERE state = 'leased'")
        for row in leased {
            try self.closeAttempts(of: row["id"], as: "lapsed", error: nil, at: now)
            try self.execute(
                "UPDATE job SET dueAt = min(dueAt, :now) WHERE id = :id",
                ["id": row["id"] as Int64, "now": now]
            )
        }
        if !leased.isEmpty { self.note(.jobs) }
        return leased.count
    }
}

extension Hand {
    /// As the partial indexes of due jobs have it.
    var condition: String {
        switch self {
        case .work: "kind <> 'mail'"
        case .mail: "kind = 'mail'"
        }
    }
}

extension Lease {
    fileprivate init(row: Row, owner: String, until: Int64) {
        self.init(
            jobID: JobID(rawValue: row["id"]),
            kind: JobKind(rawValue: row["kind"]),
            key: row["key"],
            customer: row["customer"],
            arguments: row["arguments"],
            owner: owner,
            claim: row["claim"] + 1,
            attempt: row["attempt"] + 1,
            maxAttempts: row["maxAttempts"],
            until: until,
            dueAt: row["dueAt"]
        )
    }
}
