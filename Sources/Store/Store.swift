private import Foundation
internal import GRDB

/// The service's memory: one SQLite file in WAL mode, opened at start and held until exit.
///
/// Every line of SQL is in this room, and no SQLite type leaves it. Writes go through `write`, which joins concurrent
/// callers into one commit with `synchronous = FULL`: when it returns, the change survives a power cut.
package final class Store: Sendable {
    /// What a caller may do to the file before using it.
    package enum Access: Sendable {
        /// Create it, migrate it, own it: `serve`.
        case serve
        /// Use it as it is, while a server may be running: commands.
        case command
    }

    /// The path of the file, as given.
    package let path: String
    /// Wakes the tasks of this process that wait for what a commit brings.
    package let signals = Signals()
    let pool: DatabasePool
    /// For reads by key, which are most of a mail's.
    let keys: KeyReader
    private let writer: GroupWriter
    private let checkpointer: Checkpointer
    private let snapshot: Snapshot?

    /// Opens the file at `path`, in a folder that is made if need be.
    ///
    /// - Parameter committed: told of each group commit, with the number of writes that shared it.
    /// - Throws: `StoreError`.
    package init(
        path: String,
        access: Access = .serve,
        committed: @escaping @Sendable (_ writes: Int) -> Void = { _ in }
    ) throws {
        self.path = path
        if access == .command, !FileManager.default.fileExists(atPath: path) { throw StoreError.missing(path: path) }
        do {
            switch access {
            case .serve: (self.pool, self.snapshot) = try Self.openAndMigrate(path: path)
            case .command:
                (self.pool, self.snapshot) = (try Self.open(path: path), nil)
                try Schema.check(self.pool, path: path)
            }
            self.snapshot?.begin()
            self.checkpointer = try Checkpointer(path: path)
            self.keys = try KeyReader(path: path)
        } catch let error as StoreError {
            throw error
        } catch {
            throw StoreError.cannotOpen(path: path, reason: "\(error)")
        }
        self.writer = GroupWriter(pool: self.pool) { [signals, checkpointer] writes, topics in
            committed(writes)
            checkpointer.note(writes: writes)
            signals.raise(topics)
        }
    }

    /// One process at a time: a receiver and a worker that start together must not both make the tables.
    private static func openAndMigrate(path: String) throws -> (DatabasePool, Snapshot?) {
        let lock = try LockFile(path: "\(path).schema.lock")
        defer { lock.release() }
        lock.waitAndTake()
        let pool = try Self.open(path: path)
        return (pool, try Schema.migrate(pool, path: path))
    }

    private static func open(path: String) throws -> DatabasePool {
        let folder = URL(fileURLWithPath: path).deletingLastPathComponent()
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        var configuration = Configuration()
        configuration.label = "sluice"
        configuration.busyMode = .timeout(5)  // GRDB's default is to fail at once
        configuration.prepareDatabase { db in
            try db.execute(sql: "PRAGMA cache_size = -4096")  // 4 MiB for each reader
            // Statement journals then grow by the KiB. By default each one takes and gives back 64 KiB, page fault by
            // page fault: half of the writer's time.
            try db.execute(sql: "PRAGMA temp_store = MEMORY")
        }
        let pool = try DatabasePool(path: path, configuration: configuration)
        // GRDB opens a pool with synchronous = NORMAL, under which a power cut can undo a commit we answered 200
        // for. It does so after `prepareDatabase` has run, so the setting belongs here.
        try pool.writeWithoutTransaction { db in
            try db.execute(sql: "PRAGMA synchronous = FULL")
            // The indexes of keys and digests are met at random; more memory than this gained nothing.
            try db.execute(sql: "PRAGMA cache_size = -16384")
            // Under load the log begins anew at 128 MiB, mostly copied back by then.
            try db.execute(sql: "PRAGMA wal_autocheckpoint = 32768")
        }
        return pool
    }

    /// Runs `body` in a transaction that it may share with other callers, and returns once that is on disk.
    ///
    /// `body` may run more than once and must have no effect outside its transaction. When it throws, what it wrote
    /// is undone and its error is thrown here; when the commit fails, the commit's error. Not cancellable: a caller
    /// that goes away does not undo a change.
    package func write<Value: Sendable>(
        _ body: @escaping @Sendable (Transaction) throws -> Value
    ) async throws -> Value {
        try await self.writer.write(body)
    }

    /// Like `write`, for a change that nobody waits for.
    package func submit(
        _ body: @escaping @Sendable (Transaction) throws -> Void,
        failed: @escaping @Sendable (any Error) -> Void
    ) {
        self.writer.submit(body, failed: failed)
    }

    /// Whether a write can be committed now; throws what stands in the way.
    package func checkWritable() async throws {
        try await self.write { transaction in
            // An empty transaction would not touch the file.
            try transaction.execute(
                "INSERT INTO probe (id, at) VALUES (1, 0) ON CONFLICT (id) DO UPDATE SET at = at + 1"
            )
        }
    }

    /// Finishes the writes under way and closes the file.
    package func close() async throws {
        try await self.writer.close()
        try await self.checkpointer.close()
        try await self.snapshot?.close()
        try self.keys.close()
        try self.pool.close()
    }

    func read<Value: Sendable>(_ body: @escaping @Sendable (GRDB.Database) throws -> Value) async throws -> Value {
        try await self.pool.read(body)
    }
}
