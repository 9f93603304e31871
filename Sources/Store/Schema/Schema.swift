private import Foundation
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
    ]

    /// Brings the file to this version, each step in one transaction, after copying what a step could spoil.
    ///
    /// - Throws: `StoreError.newerSchema` when the file knows steps that this version does not.
    static func migrate(_ pool: DatabasePool, path: String, steps: [Step] = Self.steps) throws {
        let migrator = Self.migrator(steps)
        try Self.refuseNewer(pool, path: path, steps: steps)
        let (applied, isComplete) = try pool.read { db in
            (try migrator.appliedMigrations(db), try migrator.hasCompletedMigrations(db))
        }
        guard !isComplete else { return }
        if let newest = applied.last {
            try Snapshot.write(of: pool, to: Snapshot.path(beside: path, before: newest))
        }
        try migrator.migrate(pool)
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
            migrator.registerMigration(step.name) { try $0.execute(sql: step.sql) }
        }
        return migrator
    }
}

/// A copy of everything but the event bodies, made beside the file before it is migrated.
enum Snapshot {
    /// `sluice.db` → `sluice.db.before-<name of the newest step that the file had>`.
    static func path(beside path: String, before step: String) -> String {
        "\(path).before-" + step.map { $0.isLetter || $0.isNumber ? String($0) : "-" }.joined()
    }

    /// Copies table by table, without indexes, into a new file that takes its name once it is whole.
    ///
    /// A table that is copied row for row into an empty one of the same columns costs little more than its bytes, and
    /// the bodies, most of a file, stay where they are: no step may change their table.
    static func write(of pool: DatabasePool, to path: String) throws {
        let partial = path + ".partial"
        for old in [partial, path] where FileManager.default.fileExists(atPath: old) {
            try FileManager.default.removeItem(atPath: old)
        }
        try pool.writeWithoutTransaction { db in
            try db.execute(sql: "ATTACH DATABASE ? AS snapshot", arguments: [partial])
            defer { try? db.execute(sql: "DETACH DATABASE snapshot") }
            try db.execute(sql: "PRAGMA snapshot.journal_mode = OFF; PRAGMA snapshot.synchronous = OFF")
            try db.inTransaction {
                let tables = try Row.fetchAll(
                    db,
                    sql: """
                        SELECT name, sql FROM main.sqlite_schema
                        WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name <> 'eventBody'
                        """
                )
                for table in tables {
                    let (name, sql): (String, String) = (table["name"], table["sql"])
                    let quoted = name.quotedDatabaseIdentifier
                    try db.execute(sql: Self.inSnapshot(sql))
                    try db.execute(sql: "INSERT INTO snapshot.\(quoted) SELECT * FROM main.\(quoted)")
                }
                return .commit
            }
        }
        let handle = try FileHandle(forUpdating: URL(fileURLWithPath: partial))
        try handle.synchronize()
        try handle.close()
        try FileManager.default.moveItem(atPath: partial, toPath: path)
    }

    /// `CREATE TABLE x …` as SQLite keeps it, with the name qualified.
    private static func inSnapshot(_ sql: String) -> String {
        "CREATE TABLE snapshot." + sql.dropFirst("CREATE TABLE ".count)
    }
}
