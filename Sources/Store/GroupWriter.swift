internal import GRDB
private import NIOPosix
private import Synchronization

/// Joins the writes of concurrent callers into one commit, and tells each its own outcome.
///
/// Writes that arrive while a commit is being flushed to disk form the next group, so a group is as large as the load
/// is high and a lone write waits for nobody. A write is not undone when the task that asked for it is cancelled.
final class GroupWriter: Sendable {
    /// A group is bounded so that no write waits behind thousands of others.
    private static let maximumGroup = 512

    private let pool: DatabasePool
    private let thread = NIOThreadPool(numberOfThreads: 1)
    private let state = Mutex(State())
    private let committed: @Sendable (_ writes: Int, _ topics: Set<Topic>) -> Void

    private struct State {
        var waiting: [Write] = []
        var isDraining = false
        var isClosed = false
    }

    /// One caller's write: `perform` may run twice, when a neighbour's failure breaks up the group, and returns what
    /// tells the caller of success; exactly one of that and `fail` runs, after the commit.
    private struct Write: Sendable {
        let perform: @Sendable (Transaction) throws -> @Sendable () -> Void
        let fail: @Sendable (any Error) -> Void
    }

    init(pool: DatabasePool, committed: @escaping @Sendable (_ writes: Int, _ topics: Set<Topic>) -> Void) {
        self.pool = pool
        self.committed = committed
        self.thread.start()
    }

    func write<Value: Sendable>(_ body: @escaping @Sendable (Transaction) throws -> Value) async throws -> Value {
        try await withCheckedThrowingContinuation { continuation in
            self.submit(
                Write(
                    perform: { transaction in
                        let value = try body(transaction)
                        return { continuation.resume(returning: value) }
                    },
                    fail: { continuation.resume(throwing: $0) }
                )
            )
        }
    }

    /// Takes a write that nobody waits for.
    func submit(
        _ body: @escaping @Sendable (Transaction) throws -> Void,
        failed: @escaping @Sendable (any Error) -> Void
    ) {
        self.submit(
            Write(
                perform: { transaction in
                    try body(transaction)
                    return {}
                },
                fail: failed
            )
        )
    }

    /// Ends the thread once all that was submitted is written; later writes fail with `StoreError.closed`.
    func close() async throws {
        self.state.withLock { $0.isClosed = true }
        // The drain in progress, if any, is ahead of this in the thread's queue.
        try await self.thread.runIfActive {}
        try await self.thread.shutdownGracefully()
    }

    private func submit(_ write: Write) {
        let (isClosed, mustStart) = self.state.withLock { state in
            guard !state.isClosed else { return (true, false) }
            state.waiting.append(write)
            defer { state.isDraining = true }
            return (false, !state.isDraining)
        }
        if isClosed { return write.fail(StoreError.closed) }
        if mustStart { self.thread.submit { _ in self.drain() } }
    }

    /// Commits group after group until nobody waits.
    private func drain() {
        while true {
            let group = self.state.withLock { state -> [Write] in
                let group = Array(state.waiting.prefix(Self.maximumGroup))
                state.waiting.removeFirst(group.count)
                if group.isEmpty { state.isDraining = false }
                return group
            }
            guard !group.isEmpty else { return }
            self.commitTogether(group)
        }
    }

    /// Everyone in one transaction. A failure says nothing about whose it was, so then each gets a savepoint.
    private func commitTogether(_ group: [Write]) {
        do {
            let (successes, topics) = try self.transact { transaction in
                try group.map { try $0.perform(transaction) }
            }
            self.committed(group.count, topics)
            for success in successes { success() }
        } catch  where group.count == 1 {
            group[0].fail(error)
        } catch {
            self.commitApart(group)
        }
    }

    /// Everyone in one transaction, each in a savepoint of its own: who fails, fails alone.
    private func commitApart(_ group: [Write]) {
        do {
            let (results, topics) = try self.transact { transaction in
                try group.map { write in
                    var result: Result<@Sendable () -> Void, any Error>?
                    try transaction.db.inSavepoint {
                        do {
                            result = .success(try write.perform(transaction))
                            return .commit
                        } catch {
                            // A full disk ends the whole transaction, not only this savepoint.
                            guard transaction.db.isInsideTransaction else { throw error }
                            result = .failure(error)
                            return .rollback
                        }
                    }
                    return result
                }
            }
            self.committed(group.count, topics)
            for (write, result) in zip(group, results) {
                switch result {
                case .success(let success): success()
                case .failure(let error): write.fail(error)
                case nil: write.fail(StoreError.closed)
                }
            }
        } catch {
            for write in group { write.fail(error) }
        }
    }

    /// One immediate transaction on this thread, and the topics that it noted.
    private func transact<Value>(_ body: (Transaction) throws -> Value) throws -> (Value, Set<Topic>) {
        try self.pool.writeWithoutTransaction { db in
            let transaction = Transaction(db)
            try db.beginTransaction(.immediate)
            do {
                let value = try body(transaction)
                try db.commit()
                return (value, transaction.topics)
            } catch {
                if db.isInsideTransaction { try? db.rollback() }
                throw error
            }
        }
    }
}
