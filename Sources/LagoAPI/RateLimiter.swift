/// Spaces calls evenly over all callers, and shares them among lanes: `LAGO_MAX_REQUESTS_PER_SECOND`.
///
/// Whose turn it is is decided when the turn comes, not when the caller does. A caller that is cancelled leaves its turn
/// to the others.
package final class RateLimiter: Sendable {
    private let wait: @Sendable (LagoLane) async throws -> Void
    private let count: @Sendable (LagoLane) -> Int

    /// - Parameters:
    ///   - requestsPerSecond: at least 1.
    ///   - clock: what the turns are spaced by.
    package init<C: Clock<Duration>>(requestsPerSecond: Int, clock: C = ContinuousClock()) {
        precondition(requestsPerSecond > 0, "a rate needs to be positive")
        let pacer = Pacer(interval: .seconds(1) / requestsPerSecond, clock: clock)
        self.wait = { try await pacer.turn($0) }
        self.count = { pacer.waiting(on: $0) }
    }

    /// Returns when it is the caller's turn.
    ///
    /// - Throws: `CancellationError` when the task is cancelled.
    package func turn(_ lane: LagoLane = .prompt) async throws {
        try await self.wait(lane)
    }

    /// How many callers wait in a lane.
    package func waiting(on lane: LagoLane) -> Int { self.count(lane) }
}
