private import Store
private import Synchronization

/// Slows scheduled looks down while Lago does not answer: after a few failures in a row one look at a time finds out
/// whether it is back. In memory only.
final class PollingBrake: Sendable {
    private struct State {
        var failures = 0
        /// Unix milliseconds.
        var nextTryAt: Int64 = 0
    }

    /// Failures in a row that are still taken for accidents.
    private static let accidents = 2

    private let base: Int64
    private let limit: Int64
    private let state = Mutex(State())

    init(base: Duration, limit: Duration) {
        self.base = base.milliseconds
        self.limit = limit.milliseconds
    }

    /// How many looks may be begun, of as many as there is room for, while others run.
    func room(_ room: Int, running: Int, at now: Int64) -> Int {
        self.state.withLock { state in
            guard state.failures > Self.accidents else { return room }
            return running == 0 && now >= state.nextTryAt ? min(room, 1) : 0
        }
    }

    /// Notes a failure, and how long Lago asks to be left alone; true when that puts the brake on.
    func failed(at now: Int64, pause: Int64? = nil) -> Bool {
        self.state.withLock { state in
            let wasOn = state.failures > Self.accidents
            state.failures = pause == nil ? state.failures + 1 : max(state.failures + 1, Self.accidents + 1)
            let doublings = min(max(state.failures - Self.accidents - 1, 0), 20)
            state.nextTryAt = now + max(min(self.base << doublings, self.limit), pause ?? 0)
            return !wasOn && state.failures > Self.accidents
        }
    }

    /// Lago answered; true when that takes the brake off.
    func succeeded() -> Bool {
        self.state.withLock { state in
            let wasOn = state.failures > Self.accidents
            state = State()
            return wasOn
        }
    }
}
