internal import GRDB

/// A reading of everything at Lago, as far as it has come.
package struct SweepProgress: Hashable, Sendable {
    package enum Kind: String, Sendable {
        /// The first of a file, for which nothing is news.
        case baseline
        case sweep
    }

    package let id: Int64
    package let kind: Kind
    /// Unix milliseconds.
    package let startedAt: Int64
    /// What is being read.
    package let phase: String
    /// The first page of it that is not worked yet.
    package let page: Int
    /// Objects read.
    package let seen: Int
    /// Facts that no webhook had told.
    package let healed: Int
    /// Objects that could not be read.
    package let skipped: Int
    /// Unix milliseconds; nil while it runs, or waits to be resumed.
    package let endedAt: Int64?
}

/// What working one page adds to a sweep.
package struct SweepStep: Sendable {
    package var phase: String
    /// The page to go on with.
    package var page: Int
    package var seen = 0
    package var healed = 0
    package var skipped = 0

    package init(phase: String, page: Int) {
        self.phase = phase
        self.page = page
    }
}

extension Transaction {
    /// Sweeps that are remembered.
    private static var kept: Int { 100 }

    /// Begins a sweep; one that did not end is given up.
    package func beginSweep(_ kind: SweepProgress.Kind, phase: String, at now: Int64) throws -> SweepProgress {
        try self.execute("UPDATE sweep SET endedAt = :now WHERE endedAt IS NULL", ["now": now])
        try self.execute(
            "INSERT INTO sweep (kind, startedAt, phase, page) VALUES (:kind, :now, :phase, 1)",
            ["kind": kind.rawValue, "now": now, "phase": phase]
        )
        let id = self.db.lastInsertedRowID
        try self.execute("DELETE FROM sweep WHERE id <= ?", [id - Int64(Self.kept)])
        return SweepProgress(
            id: id,
            kind: kind,
            startedAt: now,
            phase: phase,
            page: 1,
            seen: 0,
            healed: 0,
            skipped: 0,
            endedAt: nil
        )
    }

    /// Notes how far a sweep has come.
    package func advance(sweep id: Int64, by step: SweepStep) throws {
        try self.execute(
            """
            UPDATE sweep SET phase = :phase, page = :page, seen = seen + :seen, healed = healed + :healed,
                skipped = skipped + :skipped
            WHERE id = :id
            """,
            [
                "id": id, "phase": step.phase, "page": step.page, "seen": step.seen, "healed": step.healed,
                "skipped": step.skipped,
            ]
        )
    }

    package func endSweep(_ id: Int64, at now: Int64) throws {
        try self.execute("UPDATE sweep SET endedAt = :now, phase = 'done' WHERE id = :id", ["id": id, "now": now])
    }
}

extension Store {
    /// The newest sweeps first.
    package func sweeps(limit: Int) async throws -> [SweepProgress] {
        try await self.read { db in
            try Row.fetchAll(db, sql: "SELECT * FROM sweep ORDER BY id DESC LIMIT ?", arguments: [limit])
                .compactMap(SweepProgress.init(row:))
        }
    }

    /// The sweep that was begun and did not end.
    package func unfinishedSweep() async throws -> SweepProgress? {
        try await self.read { db in
            try Row.fetchOne(db, sql: "SELECT * FROM sweep WHERE endedAt IS NULL").flatMap(SweepProgress.init(row:))
        }
    }

    /// When the last sweep that was read to its end ended, in Unix milliseconds.
    package func lastSweepEndedAt() async throws -> Int64? {
        try await self.read { db in
            try Int64.fetchOne(db, sql: "SELECT max(endedAt) FROM sweep WHERE phase = 'done'")
        }
    }
}

extension SweepProgress {
    fileprivate init?(row: Row) {
        guard let kind = Kind(rawValue: row["kind"]) else { return nil }
        self.init(
            id: row["id"],
            kind: kind,
            startedAt: row["startedAt"],
            phase: row["phase"],
            page: row["page"],
            seen: row["seen"],
            healed: row["healed"],
            skipped: row["skipped"],
            endedAt: row["endedAt"]
        )
    }
}
