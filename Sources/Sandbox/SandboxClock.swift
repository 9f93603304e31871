import Foundation
private import Synchronization

/// The time that the simulated Lago goes by: the configured clock, and how far it was set ahead.
final class SandboxClock: Sendable {
    private let base: @Sendable () -> Date
    private let ahead = Mutex<TimeInterval>(0)

    init(_ base: @escaping @Sendable () -> Date) { self.base = base }

    var now: Date { self.base().addingTimeInterval(self.ahead.withLock { $0 }) }

    func advance(by interval: TimeInterval) {
        self.ahead.withLock { $0 += max(0, interval) }
    }

    /// Sets it ahead to `date`, unless it is past that already.
    func advance(to date: Date) {
        self.ahead.withLock { ahead in
            ahead += max(0, date.timeIntervalSince(self.base().addingTimeInterval(ahead)))
        }
    }
}
