internal import GRDB
private import NIOPosix
private import Synchronization

/// Copies the log of writes (WAL) back into the file while writers go on.
///
/// SQLite would have the writer do it, and every delivery wait meanwhile. What this leaves behind, the writer copies
/// itself once the log has grown to `PRAGMA wal_autocheckpoint`; that is little then, and the log begins anew.
final class Checkpointer: Sendable {
    /// Writes after which the log is copied back. Pages of the indexes are met at random, so the more writes share a
    /// copy, the fewer pages each costs; more than this gained nothing.
    private static let interval = 4000

    private struct State {
        var writes = 0
        var isRunning = false
    }

    private let connection: DatabaseQueue
    private let thread = NIOThreadPool(numberOfThreads: 1)
    private let state = Mutex(State())

    /// - Parameter path: of a file that is in WAL mode already.
    init(path: String) throws {
        var configuration = Configuration()
        configuration.label = "sluice.checkpoint"
        configuration.busyMode = .timeout(5)  // another process may be opening or closing the file
        self.connection = try DatabaseQueue(path: path, configuration: configuration)
        self.thread.start()
    }

    /// Counts writes that were committed, and starts copying when there are enough.
    func note(writes: Int) {
        let isDue = self.state.withLock { state in
            state.writes += writes
            guard state.writes >= Self.interval, !state.isRunning else { return false }
            state = State(isRunning: true)
            return true
        }
        guard isDue else { return }
        self.thread.submit { _ in
            // Whatever stands in the way, a full disk or another process's checkpoint, is met again by the writer.
            _ = try? self.connection.writeWithoutTransaction { try $0.checkpoint(.passive) }
            self.state.withLock { $0.isRunning = false }
        }
    }

    func close() async throws {
        try await self.thread.shutdownGracefully()
        try self.connection.close()
    }
}
