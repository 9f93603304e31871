internal import GRDB
package import LagoEvents

/// When a customer is to be looked at next.
package struct ScheduledLook: Hashable, Sendable {
    /// How soon a customer may need somebody's attention; `near` goes first.
    package enum Pace: String, CaseIterable, Sendable {
        case near, far, idle
    }

    package let customer: CustomerID
    package let pace: Pace
    /// Unix milliseconds.
    package let dueAt: Int64
    /// Milliseconds from look to look while nothing tells whose usage moves.
    package let interval: Int64
    /// Unix milliseconds; nil before the first look.
    package let lookedAt: Int64?
    /// Unix milliseconds at which usage was seen that no look has found yet.
    package let movedAt: Int64?
    /// Looks in a row that came to nothing.
    package let failures: Int

    package init(
        customer: CustomerID,
        pace: Pace,
        dueAt: Int64,
        interval: Int64,
        lookedAt: Int64? = nil,
        movedAt: Int64? = nil,
        failures: Int = 0
    ) {
        self.customer = customer
        self.pace = pace
        self.dueAt = dueAt
        self.interval = interval
        self.lookedAt = lookedAt
        self.movedAt = movedAt
        self.failures = failures
    }
}

/// How long usage that was seen waits for its look, in milliseconds.
package struct MovedWait: Hashable, Sendable {
    /// After it was seen, as more usually follows.
    package let quiet: Int64
    /// After the last look at a customer near a threshold.
    package let near: Int64
    /// After the last look at any other. One that used something before waits for a quarter of its interval at least, which
    /// was chosen by what it used, and never for more than all of it.
    package let others: Int64

    package init(quiet: Int64, near: Int64, others: Int64) {
        self.quiet = quiet
        self.near = near
        self.others = others
    }

    fileprivate func gap(_ look: ScheduledLook) -> Int64 {
        switch look.pace {
        case .near: self.near
        case .far: min(look.interval, max(self.others, look.interval / 4))
        case .idle: self.others
        }
    }
}

extension Transaction {
    /// Writes down what a look leads to. Usage that was seen after it began is still to be looked at, after `wait`.
    package func schedule(_ look: ScheduledLook, wait: MovedWait) throws {
        try self.execute(
            """
            INSERT INTO lookSchedule (customer, pace, dueAt, interval, lookedAt, movedAt, failures)
            VALUES (:customer, :pace, :dueAt, :interval, :lookedAt, :movedAt, :failures)
            ON CONFLICT (customer) DO UPDATE SET
                pace = excluded.pace, interval = excluded.interval, lookedAt = excluded.lookedAt, failures = 0,
                dueAt = CASE WHEN movedAt > excluded.lookedAt
                    THEN min(excluded.dueAt, max(movedAt + :quiet, excluded.lookedAt + :gap)) ELSE excluded.dueAt END,
                movedAt = CASE WHEN movedAt > excluded.lookedAt THEN movedAt END
            WHERE lookedAt IS NULL OR lookedAt <= excluded.lookedAt
            """,
            [
                "customer": look.customer.rawValue, "pace": look.pace.rawValue, "dueAt": look.dueAt,
                "interval": look.interval, "lookedAt": look.lookedAt, "movedAt": look.movedAt,
                "failures": look.failures, "quiet": wait.quiet, "gap": wait.gap(look),
            ]
        )
    }

    /// Adds a look where none is planned.
    package func scheduleIfAbsent(_ look: ScheduledLook) throws {
        try self.execute(
            """
            INSERT INTO lookSchedule (customer, pace, dueAt, interval) VALUES (:customer, :pace, :dueAt, :interval)
            ON CONFLICT DO NOTHING
            """,
            [
                "customer": look.customer.rawValue, "pace": look.pace.rawValue, "dueAt": look.dueAt,
                "interval": look.interval,
            ]
        )
        self.note(.looks)
    }

    /// No look is needed any more: the customer has no active wallet.
    package func unschedule(_ customer: CustomerID) throws {
        try self.execute("DELETE FROM lookSchedule WHERE customer = :id", ["id": customer.rawValue])
    }

    /// Puts a look off that came to nothing; `isFailure` is false where something else was only quicker.
    package func putOffLook(at customer: CustomerID, until dueAt: Int64, isFailure: Bool) throws {
        try self.execute(
            "UPDATE lookSchedule SET dueAt = :dueAt, failures = failures + :failures WHERE customer = :id",
            ["id": customer.rawValue, "dueAt": dueAt, "failures": isFailure ? 1 : 0]
        )
    }

    /// Usage of these customers was seen: those near a threshold are looked at soon, others too, but not again and again.
    /// A look that waits out a failure stays where it is.
    package func noteMoved(_ customers: Set<CustomerID>, wait: MovedWait, at now: Int64) throws {
        for customer in customers {
            try self.execute(
                """
                UPDATE lookSchedule SET movedAt = :now,
                    dueAt = CASE WHEN failures > 0 THEN dueAt ELSE min(dueAt, max(:now + :quiet,
                        ifnull(lookedAt, 0) + CASE pace WHEN 'near' THEN :near WHEN 'idle' THEN :others
                            ELSE min(interval, max(:others, interval / 4)) END)) END
                WHERE customer = :id
                """,
                [
                    "id": customer.rawValue, "now": now, "quiet": wait.quiet, "near": wait.near,
                    "others": wait.others,
                ]
            )
        }
        if !customers.isEmpty { self.note(.looks) }
    }

    /// Brings back what lies ahead by a clock that was set back since: times of looks, and looks that are due too late.
    package func mendLooks(latest: Int64, at now: Int64) throws {
        try self.execute(
            """
            UPDATE lookSchedule SET lookedAt = min(lookedAt, :now), movedAt = min(movedAt, :now),
                dueAt = min(dueAt, :latest)
            WHERE lookedAt > :now OR movedAt > :now OR dueAt > :latest
            """,
            ["now": now, "latest": latest]
        )
    }

    /// Lets looks that wait out a failure come at once: Lago may be back, or its key mended.
    package func retryLooks(at now: Int64) throws {
        try self.execute(
            "UPDATE lookSchedule SET dueAt = min(dueAt, :now), failures = 0 WHERE failures > 0",
            ["now": now]
        )
        self.note(.looks)
    }

    /// When usage was seen that no look has found yet, in Unix milliseconds.
    package func movedAt(_ customer: CustomerID) throws -> Int64? {
        try self.row("SELECT movedAt FROM lookSchedule WHERE customer = ?", [customer.rawValue])?["movedAt"]
    }

    /// Nothing tells any more whose usage moves: every look is due at the end of its interval.
    package func hastenLooks() throws {
        try self.execute(
            """
            UPDATE lookSchedule SET dueAt = lookedAt + interval
            WHERE failures = 0 AND lookedAt IS NOT NULL AND dueAt > lookedAt + interval
            """
        )
        self.note(.looks)
    }
}

/// How many looks are planned, and how far behind they are.
package struct ScheduledLookCount: Hashable, Sendable {
    package let pace: ScheduledLook.Pace
    package let count: Int
    /// Those whose time has come.
    package let due: Int
    /// Unix milliseconds.
    package let oldestDueAt: Int64
}

extension Store {
    /// Looks whose time has come, those due longest first, without customers whose look is a job that runs, or will before
    /// `soon`.
    package func dueLooks(_ paces: [ScheduledLook.Pace], limit: Int, at now: Int64, soon: Int64) async throws
        -> [ScheduledLook]
    {
        try await self.read { db in
            // Each pace by its index, and then those due longest of all.
            let due = try paces.flatMap { pace in
                try Row.fetchAll(
                    db,
                    sql: Self.dueLooks,
                    arguments: ["pace": pace.rawValue, "now": now, "soon": soon, "limit": limit]
                ).compactMap(ScheduledLook.init(row:))
            }
            return Array(due.sorted { $0.dueAt < $1.dueAt }.prefix(limit))
        }
    }

    static let dueLooks = """
        SELECT * FROM lookSchedule WHERE pace = :pace AND dueAt <= :now AND NOT EXISTS (
            SELECT 1 FROM job WHERE kind = 'look' AND key = lookSchedule.customer
                AND state IN ('available', 'leased') AND (state = 'leased' OR dueAt <= :soon))
        ORDER BY dueAt LIMIT :limit
        """

    /// When the next look after this time is due, in Unix milliseconds.
    package func nextLookAt(after now: Int64) async throws -> Int64? {
        try await self.read { db in
            try ScheduledLook.Pace.allCases.compactMap { pace in
                try Int64.fetchOne(
                    db,
                    sql: "SELECT min(dueAt) FROM lookSchedule WHERE pace = ? AND dueAt > ?",
                    arguments: [pace.rawValue, now]
                )
            }.min()
        }
    }

    /// When a customer is looked at next; nil where no look is planned.
    package func scheduledLook(at customer: CustomerID) async throws -> ScheduledLook? {
        try await self.read { db in
            try Row.fetchOne(db, sql: "SELECT * FROM lookSchedule WHERE customer = ?", arguments: [customer.rawValue])
                .flatMap(ScheduledLook.init(row:))
        }
    }

    /// Planned looks by pace; paces without any are left out.
    package func scheduledLookCounts(at now: Int64) async throws -> [ScheduledLookCount] {
        try await self.read { db in
            try Row.fetchAll(
                db,
                sql: """
                    SELECT pace, count(*) AS n, count(*) FILTER (WHERE dueAt <= :now) AS due, min(dueAt) AS oldest
                    FROM lookSchedule GROUP BY pace
                    """,
                arguments: ["now": now]
            ).compactMap { row in
                ScheduledLook.Pace(rawValue: row["pace"]).map {
                    ScheduledLookCount(pace: $0, count: row["n"], due: row["due"], oldestDueAt: row["oldest"])
                }
            }
        }
    }
}

extension ScheduledLook {
    fileprivate init?(row: Row) {
        guard let pace = Pace(rawValue: row["pace"]) else { return nil }
        self.init(
            customer: CustomerID(rawValue: row["customer"]),
            pace: pace,
            dueAt: row["dueAt"],
            interval: row["interval"],
            lookedAt: row["lookedAt"],
            movedAt: row["movedAt"],
            failures: row["failures"]
        )
    }
}
