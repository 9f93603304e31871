internal import GRDB
package import Jobs

/// A job as commands and pages show it.
package struct JobSummary: Hashable, Sendable {
    package let id: Int64
    package let kind: String
    package let key: String
    package let customer: String?
    package let state: JobState
    /// Attempts spent.
    package let attempt: Int
    /// Unix milliseconds: when it may be taken, or when its lease ends.
    package let dueAt: Int64
    package let lastError: String?
}

/// One claim of a job, as `jobs show` tells it.
package struct AttemptSummary: Hashable, Sendable {
    package let number: Int
    package let owner: String
    /// Unix milliseconds.
    package let begunAt: Int64
    /// Unix milliseconds; nil while it runs.
    package let endedAt: Int64?
    /// `done`, `again`, `dead`, `handed_back` or `lapsed`; nil while it runs.
    package let result: String?
    package let error: String?
}

/// Which jobs to list; nil means any.
package struct JobFilter: Sendable {
    package var kind: String?
    package var customer: String?
    package var state: JobState?

    package init(kind: String? = nil, customer: String? = nil, state: JobState? = nil) {
        self.kind = kind
        self.customer = customer
        self.state = state
    }
}

/// How many jobs of a kind are in a state, and since when the oldest of them is due.
package struct JobCount: Hashable, Sendable {
    package let kind: String
    package let state: JobState
    package let count: Int
    /// Unix milliseconds.
    package let oldestDueAt: Int64
}

extension Store {
    /// The newest jobs first.
    package func jobs(_ filter: JobFilter = JobFilter(), limit: Int) async throws -> [JobSummary] {
        try await self.read { db in
            try Row.fetchAll(
                db,
                sql: """
                    SELECT id, kind, key, customer, state, attempt, dueAt, lastError FROM job
                    WHERE (:kind IS NULL OR kind = :kind) AND (:customer IS NULL OR customer = :customer)
                        AND (:state IS NULL OR state = :state)
                    ORDER BY id DESC LIMIT :limit
                    """,
                arguments: [
                    "kind": filter.kind, "customer": filter.customer, "state": filter.state?.rawValue, "limit": limit,
                ]
            ).compactMap(JobSummary.init(row:))
        }
    }

    /// The jobs that were given up since a time, in Unix milliseconds, and when; without mails to operators, of which another
    /// mail to them would tell nobody, and be one more.
    package func deadLetters(since: Int64, limit: Int) async throws -> [(job: JobSummary, endedAt: Int64)] {
        try await self.read { db in
            try Row.fetchAll(
                db,
                sql: """
                    SELECT id, kind, key, customer, state, attempt, dueAt, lastError, endedAt FROM job
                    WHERE state = 'dead' AND endedAt >= ? AND NOT (kind = 'mail' AND EXISTS (
                        SELECT 1 FROM message
                        WHERE message.id = CAST(job.key AS INTEGER)
                            AND message.kind IN ('operator_alert', 'operator_digest')))
                    ORDER BY endedAt, id LIMIT ?
                    """,
                arguments: [since, limit]
            ).compactMap { row in JobSummary(row: row).map { ($0, row["endedAt"]) } }
        }
    }

    /// A job and its attempts, the first one first.
    package func job(_ id: JobID) async throws -> (job: JobSummary, attempts: [AttemptSummary])? {
        try await self.read { db in
            let row = try Row.fetchOne(db, sql: "SELECT * FROM job WHERE id = ?", arguments: [id.rawValue])
            guard let row, let job = JobSummary(row: row) else { return nil }
            let attempts = try Row.fetchAll(
                db,
                sql: "SELECT * FROM attempt WHERE jobId = ? ORDER BY claim",
                arguments: [id.rawValue]
            )
            return (job, attempts.map(AttemptSummary.init(row:)))
        }
    }

    /// Live jobs and dead letters by kind and state; finished ones are not counted.
    package func jobCounts() async throws -> [JobCount] {
        try await self.read { db in
            try Row.fetchAll(
                db,
                sql: """
                    SELECT kind, state, count(*) AS n, min(dueAt) AS oldest FROM job
                    WHERE state IN ('available', 'leased') GROUP BY kind, state
                    UNION ALL
                    SELECT kind, state, count(*), min(dueAt) FROM job WHERE state = 'dead' GROUP BY kind, state
                    """
            ).compactMap { row in
                JobState(rawValue: row["state"]).map {
                    JobCount(kind: row["kind"], state: $0, count: row["n"], oldestDueAt: row["oldest"])
                }
            }
        }
    }

    /// When the next job of these hands may be taken, in Unix milliseconds; nil when none waits.
    package func nextDueAt(for hands: [Hand] = Hand.allCases) async throws -> Int64? {
        try await self.read { db in
            try hands.compactMap { hand in
                try Int64.fetchOne(
                    db,
                    sql: "SELECT dueAt FROM job WHERE isHead = 1 AND \(hand.condition) ORDER BY dueAt, id LIMIT 1"
                )
            }.min()
        }
    }
}

extension JobSummary {
    fileprivate init?(row: Row) {
        guard let state = JobState(rawValue: row["state"]) else { return nil }
        self.init(
            id: row["id"],
            kind: row["kind"],
            key: row["key"],
            customer: row["customer"],
            state: state,
            attempt: row["attempt"],
            dueAt: row["dueAt"],
            lastError: row["lastError"]
        )
    }
}

extension AttemptSummary {
    init(row: Row) {
        self.init(
            number: row["number"],
            owner: row["owner"],
            begunAt: row["begunAt"],
            endedAt: row["endedAt"],
            result: row["result"],
            error: row["error"]
        )
    }
}
