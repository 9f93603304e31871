import Synchronization

/// A time that stands still until a test moves it.
final class HandTime: Sendable {
    private let time = Mutex(Duration.zero)

    var now: @Sendable () -> Duration { { self.time.withLock { $0 } } }

    func advance(by duration: Duration) { self.time.withLock { $0 += duration } }
}
