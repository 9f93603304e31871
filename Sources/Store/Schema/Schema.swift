internal import GRDB

/// The tables, and how a file of an earlier version comes to have them.
enum Schema {
    /// One step, whose name starts with its date. A step that has been released never changes.
    struct Step: Sendable {
        let name: String
        let sql: String
    }

    static let steps = [
        Step(name: "2026-11-22 foundation", sql: foundation), Step(name: "2026-11-22 mail", sql: mail),
        Step(name: "2026-11-22 knowledge", sql: knowledge), Step(name: "2026-11-22 top-ups", sql: topUps),
        Step(name: "2026-11-22 top-up versions", sql: topUpVersions),
        Step(name: "2026-11-22 outcomes", sql: outcomes),
        Step(name: "2026-11-23 bounces", sql: bounces), Step(name: "2026-11-23 digests", sql: digests),
        Step(name: "2026-11-23 waiting mail", sql: waitingMail), Step(name: "2026-11-23 answers", sql: answers),
        Step(name: "2026-11-23 usage", sql: usage), Step(name: "2026-11-23 purchases", sql: purchases),
    ]

    /// Brings the file to this version, each step in one transaction.
    ///
    /// - Returns: the state before, held fast, for its owner to copy; nil when there was nothing to do, or no state.
    /// - Throws: `StoreError.newerSchema` when the file knows steps that this version does not.
    static func migrate(_ pool: DatabasePool, path: String, steps: [Step] = Self.steps) throws -> Snapshot? {
        let migrator = Self.migrator(steps)
        try Self.refuseNewer(pool, path: path, steps: steps)
        let (applied, isComplete) = try pool.read { db in
            (try migrator.appliedMigrations(db), try migrator.hasCompletedMigrations(db))
        }
        guard !isComplete else { return nil }
        let snapshot = try applied.last.map { try Snapshot(of: path, before: $0) }
        try migrator.migrate(pool)
        return snapshot
    }

    /// Refuses a file that is not of exactly this version.
    static func check(_ pool: DatabasePool, path: String) throws {
        try Self.refuseNewer(pool, path: path, steps: Self.steps)
        guard try pool.read(Self.migrator(Self.steps).hasCompletedMigrations) else {
            throw StoreError.olderSchema(path: path)
        }
    }

    private static func refuseNewer(_ pool: DatabasePool, path: String, steps: [Step]) throws {
        let known = Set(steps.map(\.name))
        let unknown = try pool.read { db -> [String] in
            guard try db.tableExists("grdb_migrations") else { return [] }
            return try String.fetchAll(db, sql: "SELECT identifier FROM grdb_migrations ORDER BY identifier")
                .filter { !known.contains($0) }
        }
        if let newest = unknown.last { throw StoreError.newerSchema(path: path, migration: newest) }
    }

    private static func migrator(_ steps: [Step]) -> DatabaseMigrator {
        var migrator = DatabaseMigrator()
        for step in steps {
            // By default all foreign keys of the file are checked after each step, which takes seconds with gigabytes.
            migrator.registerMigration(step.name, foreignKeyChecks: .immediate) { try $0.execute(sql: step.sql) }
        }
        return migrator
    }
}
