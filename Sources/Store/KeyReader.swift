internal import GRDB

/// Reads rows by their keys, on the thread of who asks.
///
/// A read through the pool wakes two threads, which takes several times as long as to find a row by an index. What is
/// asked here blocks its caller, so it is bounded: one statement that an index answers, of a few rows. One caller reads
/// at a time; none waits for a writer, as the file is in WAL mode.
final class KeyReader: Sendable {
    private let connection: DatabaseQueue

    /// - Parameter path: of a file that is in WAL mode already, and open for writing elsewhere in this process.
    init(path: String) throws {
        var configuration = Configuration()
        configuration.label = "sluice.keys"
        configuration.readonly = true
        configuration.busyMode = .timeout(5)  // another process may be opening or closing the file
        configuration.prepareDatabase { try $0.execute(sql: "PRAGMA cache_size = -4096") }
        self.connection = try DatabaseQueue(path: path, configuration: configuration)
    }

    /// The first row, as `make` reads it; nil where there is none. The statement is prepared once.
    func first<Value>(_ sql: String, _ arguments: StatementArguments, _ make: (Row) throws -> Value?) throws -> Value? {
        // One statement is a transaction by itself.
        try self.connection.unsafeRead { db in
            try Row.fetchOne(db.cachedStatement(sql: sql), arguments: arguments).flatMap(make)
        }
    }

    /// All rows, as `make` reads them. The statement is prepared once.
    func all<Value>(_ sql: String, _ arguments: StatementArguments, _ make: (Row) throws -> Value) throws -> [Value] {
        try self.connection.unsafeRead { db in
            try Row.fetchAll(db.cachedStatement(sql: sql), arguments: arguments).map(make)
        }
    }

    func close() throws { try self.connection.close() }
}
