internal import GRDB
package import Jobs

extension Transaction {
    /// Writes a job down, or gives its wish to the live one of the same kind and key, as `timing` says.
    ///
    /// Asked for again while it runs, a job runs once more after it has ended; `keep` asks for nothing then.
    package func enqueue(_ job: NewJob, _ timing: Timing, at now: Int64) throws {
        let live = try self.row(
            """
            SELECT id, state, dueAt, askedAt, attempt, rerunAt FROM job
            WHERE kind = :kind AND key = :key AND state IN ('available', 'leased')
            """,
            ["kind": job.kind.rawValue, "key": job.key]
        )
        guard let live else { return try self.insert(job, dueAt: timing.dueAt(now: now, askedAt: now), at: now) }
        if case .keep = timing { return }
        // By position: a look-up by name costs more than the row.
        let id: Int64 = live[0]
        if live[1] == JobState.leased.rawValue {
            return try self.askAgain(job, timing, id: id, rerunAt: live[5], at: now)
        }
        var dueAt = timing.dueAt(now: now, askedAt: live[3])
        // A job that waits out a failure is brought forward by a new wish, never put off by it.
        if case .debounce(let quiet, _) = timing {
            if live[4] > 0 { dueAt = min(dueAt, live[2]) }
            // Under a stream of wishes a write for each would cost more than the last quarter of the quiet time is worth.
            if job.arguments == nil, abs(dueAt - live[2]) * 4 < quiet.milliseconds { return }
        }
        try self.execute(
            "UPDATE job SET dueAt = :dueAt, arguments = :arguments WHERE id = :id",
            ["id": id, "dueAt": dueAt, "arguments": job.arguments]
        )
        try self.electHead(customer: job.customer, lane: job.lane)
        self.note(.jobs)
    }

    private func askAgain(_ job: NewJob, _ timing: Timing, id: Int64, rerunAt: Int64?, at now: Int64) throws {
        // The first wish of the next run is not known any more once it was put off; a running job is short.
        let dueAt = min(timing.dueAt(now: now, askedAt: now), rerunAt ?? .max)
        try self.execute(
            "UPDATE job SET rerunAt = :dueAt, rerunArguments = :arguments WHERE id = :id",
            ["id": id, "dueAt": dueAt, "arguments": job.arguments]
        )
    }

    func insert(_ job: NewJob, dueAt: Int64, at now: Int64) throws {
        try self.execute(
            """
            INSERT INTO job (kind, key, customer, lane, arguments, state, isHead, createdAt, askedAt, dueAt, maxAttempts)
            VALUES (:kind, :key, :customer, :lane, :arguments, 'available', :isHead, :now, :now, :dueAt, :maxAttempts)
            """,
            [
                "kind": job.kind.rawValue, "key": job.key, "customer": job.customer, "lane": job.lane?.rawValue,
                "arguments": job.arguments, "isHead": job.lane == nil, "now": now, "dueAt": dueAt,
                "maxAttempts": job.maxAttempts,
            ]
        )
        try self.electHead(customer: job.customer, lane: job.lane)
        self.note(.jobs)
    }

    /// Makes the job that is due first the head of its lane, unless one is running.
    ///
    /// Only heads are in the index that claims read, so that 100,000 jobs waiting behind one cost a claim nothing; that
    /// there is one head at the most is a unique index's to keep.
    func electHead(customer: String?, lane: Lane?) throws {
        guard let customer, let lane else { return }
        let place: StatementArguments = ["customer": customer, "lane": lane.rawValue]
        let head = try self.row(
            "SELECT id, state FROM job WHERE customer = :customer AND lane = :lane AND isHead = 1",
            place
        )
        if let head, head["state"] == JobState.leased.rawValue { return }
        let next = try self.row(
            """
            SELECT id FROM job WHERE customer = :customer AND lane = :lane AND state = 'available'
            ORDER BY dueAt, id LIMIT 1
            """,
            place
        )
        let (headID, nextID): (Int64?, Int64?) = (head?["id"], next?["id"])
        guard headID != nextID else { return }
        if let headID { try self.execute("UPDATE job SET isHead = 0 WHERE id = :id", ["id": headID]) }
        if let nextID {
            try self.execute("UPDATE job SET isHead = 1 WHERE id = :id", ["id": nextID])
            self.note(.jobs)
        }
    }
}

extension Timing {
    fileprivate func dueAt(now: Int64, askedAt: Int64) -> Int64 {
        switch self {
        case .keep(let dueAt), .replace(let dueAt): dueAt
        case .debounce(let quiet, let limit): min(now + quiet.milliseconds, askedAt + limit.milliseconds)
        }
    }
}

extension Duration {
    /// Whole milliseconds, rounded down.
    package var milliseconds: Int64 {
        self.components.seconds * 1000 + self.components.attoseconds / 1_000_000_000_000_000
    }
}
