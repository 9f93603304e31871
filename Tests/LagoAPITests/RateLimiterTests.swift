import LagoAPI
import Synchronization
import TestSupport
import Testing

@Suite struct RateLimiterTests {
    /// A clock that stands still until the test moves it.
    private final class HandClock: Clock {
        struct Instant: InstantProtocol {
            var offset: Duration
            func advanced(by duration: Duration) -> Self { Self(offset: self.offset + duration) }
            func duration(to other: Self) -> Duration { other.offset - self.offset }
            static func < (left: Self, right: Self) -> Bool { left.offset < right.offset }
        }

        private let time = Mutex(Instant(offset: .zero))
        let sleepers = Record<Duration>()

        var now: Instant { self.time.withLock { $0 } }
        var minimumResolution: Duration { .nanoseconds(1) }

        func sleep(until deadline: Instant, tolerance: Duration?) async throws {
            self.sleepers.add(deadline.offset)
            while self.now < deadline {
                try Task.checkCancellation()
                await Task.yield()
            }
        }

        func advance(by duration: Duration) {
            self.time.withLock { $0 = $0.advanced(by: duration) }
        }
    }

    @Test func `callers take places that are evenly spaced, in order`() async throws {
        let clock = HandClock()
        let limiter = RateLimiter(requestsPerSecond: 10, clock: clock)
        let done = Record<Int>()
        try await withThrowingDiscardingTaskGroup { group in
            try await limiter.turn()
            for number in 1...3 {
                group.addTask {
                    try await limiter.turn()
                    done.add(number)
                }
                #expect(await eventually { clock.sleepers.count == number })
            }
            #expect(clock.sleepers.all == [.milliseconds(100), .milliseconds(200), .milliseconds(300)])
            for number in 1...3 {
                clock.advance(by: .milliseconds(100))
                #expect(await eventually { done.count == number })
            }
        }
        #expect(done.all == [1, 2, 3])
    }

    @Test func `time that passed unused is not made up for`() async throws {
        let clock = HandClock()
        let limiter = RateLimiter(requestsPerSecond: 10, clock: clock)
        clock.advance(by: .seconds(60))
        try await limiter.turn()
        let second = Task { try await limiter.turn() }
        #expect(await eventually { clock.sleepers.all == [.milliseconds(60_100)] })
        second.cancel()
        await #expect(throws: CancellationError.self) { try await second.value }
    }

    @Test func `a real clock lets through no more than the rate`() async throws {
        let limiter = RateLimiter(requestsPerSecond: 100)
        let start = ContinuousClock.now
        try await withThrowingDiscardingTaskGroup { group in
            for _ in 0..<21 { group.addTask { try await limiter.turn() } }
        }
        #expect(ContinuousClock.now - start >= .milliseconds(200))
    }
}
