import Synchronization

/// Spaces calls evenly over all callers, first come, first served: `LAGO_MAX_REQUESTS_PER_SECOND`.
///
/// A caller takes the next free place in time and sleeps until then. A place whose caller is cancelled goes unused.
package final class RateLimiter: Sendable {
    private let wait: @Sendable () async throws -> Void

    /// - Parameters:
    ///   - requestsPerSecond: at least 1.
    ///   - clock: what the places are counted by.
    package init<C: Clock<Duration>>(requestsPerSecond: Int, clock: C = ContinuousClock()) {
        precondition(requestsPerSecond > 0, "a rate needs to be positive")
        let interval = Duration.seconds(1) / requestsPerSecond
        let places = Places<C.Instant>(next: clock.now)
        self.wait = {
            let now = clock.now
            let place = places.take(at: now, interval: interval)
            if place > now { try await clock.sleep(until: place, tolerance: nil) }
            try Task.checkCancellation()
        }
    }

    /// Returns when it is the caller's turn.
    ///
    /// - Throws: `CancellationError` when the task is cancelled.
    package func turn() async throws {
        try Task.checkCancellation()
        try await self.wait()
    }
}

/// The time from which on a place is free.
private final class Places<Instant: InstantProtocol & Sendable>: Sendable {
    private let next: Mutex<Instant>

    init(next: Instant) {
        self.next = Mutex(next)
    }

    func take(at now: Instant, interval: Instant.Duration) -> Instant {
        self.next.withLock { next in
            let place = max(now, next)
            next = place.advanced(by: interval)
            return place
        }
    }
}
