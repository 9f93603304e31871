private import Synchronization

/// Tells whether the worker's loops turn: they beat several times a second.
package final class Heartbeat: Sendable {
    private let last: Mutex<Int64?> = Mutex(nil)
    private let now: @Sendable () -> Int64

    init(now: @escaping @Sendable () -> Int64) {
        self.now = now
    }

    func beat() {
        self.last.withLock { $0 = self.now() }
    }

    /// Whether the last beat is at most `limit` ago.
    package func isAlive(within limit: Duration = .seconds(15)) -> Bool {
        guard let last = self.last.withLock({ $0 }) else { return false }
        return .milliseconds(self.now() - last) <= limit
    }
}
