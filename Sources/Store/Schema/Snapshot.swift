private import Foundation
internal import GRDB
private import NIOPosix

/// The state of a file before it was migrated: all but the event bodies, to be copied beside it.
///
/// A read transaction holds the state fast, so the copy, which takes its time with gigabytes, is made while the service
/// goes on with the migrated file. SQLite's log of writes (WAL) grows meanwhile.
final class Snapshot: Sendable {
    /// Where the copy will be.
    let copy: String
    private let partial: String
    private let connection: DatabaseQueue
    private let thread = NIOThreadPool(numberOfThreads: 1)

    /// `sluice.db` → `sluice.db.before-<name of the newest step that the file had>`.
    static func path(beside path: String, before step: String) -> String {
        "\(path).before-" + step.map { $0.isLetter || $0.isNumber ? String($0) : "-" }.joined()
    }

    /// Holds the state fast. What it sees is what is committed now.
    init(of path: String, before step: String) throws {
        self.copy = Self.path(beside: path, before: step)
        self.partial = self.copy + ".partial"
        if FileManager.default.fileExists(atPath: self.partial) {
            try FileManager.default.removeItem(atPath: self.partial)
        }
        var configuration = Configuration()
        configuration.label = "sluice.snapshot"
        configuration.allowsUnsafeTransactions = true
        self.connection = try DatabaseQueue(path: path, configuration: configuration)
        try self.connection.inDatabase { [partial] db in
            try db.execute(sql: "ATTACH DATABASE ? AS snapshot", arguments: [partial])
            try db.execute(sql: "PRAGMA snapshot.journal_mode = OFF; PRAGMA snapshot.synchronous = OFF")
            try db.execute(sql: "BEGIN")
            _ = try Row.fetchOne(db, sql: "SELECT * FROM main.sqlite_schema LIMIT 1")
        }
        self.thread.start()
    }

    /// Starts the copy on a thread of its own. One that fails or is given up leaves nothing behind.
    func begin() {
        self.thread.submit { _ in
            do { try self.write() } catch { _ = try? FileManager.default.removeItem(atPath: self.partial) }
        }
    }

    /// Gives up what is not copied yet, and lets the state go.
    func close() async throws {
        self.connection.interrupt()
        try await self.thread.shutdownGracefully()
        try self.connection.close()
        _ = try? FileManager.default.removeItem(atPath: self.partial)
    }

    /// Copies table by table, without indexes, into a new file that takes its name once it is whole.
    ///
    /// The bodies, most of a file, stay where they are: no step may change their table.
    private func write() throws {
        try self.connection.inDatabase { db in
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
                try db.execute(sql: "CREATE TABLE snapshot." + sql.dropFirst("CREATE TABLE ".count))
                try db.execute(sql: "INSERT INTO snapshot.\(quoted) SELECT * FROM main.\(quoted)")
            }
            try db.execute(sql: "COMMIT; DETACH DATABASE snapshot")
        }
        let handle = try FileHandle(forUpdating: URL(fileURLWithPath: self.partial))
        try handle.synchronize()
        try handle.close()
        _ = try? FileManager.default.removeItem(atPath: self.copy)
        try FileManager.default.moveItem(atPath: self.partial, toPath: self.copy)
    }
}
