private import Synchronization

/// Whether mail flows.
///
/// It stops when the relay is away, or when it refuses so many addresses that the fault is its own, and then lets one
/// attempt at a time find out whether it is back. All in memory: a restart finds out anew.
package final class MailLane: Sendable {
    /// What a message may do now.
    package enum Permit: Equatable, Sendable {
        case send
        /// Ask the relay first whether it takes mail again; the answer goes to `relayAnswered` or `relayFailed`.
        case probe
        /// Be the one that finds out whether the relay takes anybody's mail again.
        case attempt
        /// Come back after so many milliseconds.
        case wait(milliseconds: Int64)
    }

    private enum Cause { case away, refusing }

    private struct Pause {
        let cause: Cause
        var nextTryAt: Int64
    }

    private struct Refusal {
        let address: String
        let at: Int64
    }

    private struct State {
        var pause: Pause?
        var refusals: [Refusal] = []
    }

    /// More addresses than these refused within the window are not the addresses' fault.
    private static let refusalLimit = 5
    private static let refusalWindow: Int64 = 600_000
    private static let awayProbe: Int64 = 60_000
    private static let refusingProbe: Int64 = 900_000

    private let state = Mutex(State())

    package init() {}

    /// Whether mail waits for the relay.
    package var isPaused: Bool { self.state.withLock { $0.pause != nil } }

    /// How many milliseconds there is nothing to be tried; nil when a permit can be had.
    package func wait(at now: Int64) -> Int64? {
        self.state.withLock { state in
            state.pause.flatMap { $0.nextTryAt > now ? $0.nextTryAt - now : nil }
        }
    }

    /// To be asked right before an attempt: what it allows is used up by asking.
    ///
    /// - Parameter now: Unix milliseconds.
    package func permit(at now: Int64) -> Permit {
        self.state.withLock { state in
            guard var pause = state.pause else { return .send }
            guard now >= pause.nextTryAt else { return .wait(milliseconds: pause.nextTryAt - now) }
            // Whoever comes next waits for what this one finds.
            pause.nextTryAt = now + Self.interval(pause.cause)
            state.pause = pause
            return pause.cause == .away ? .probe : .attempt
        }
    }

    /// The relay is away, or turned us away before any address was named. True when that stops the lane just now.
    package func relayFailed(at now: Int64) -> Bool {
        self.stop(.away, at: now)
    }

    /// The relay refused an address for good. True when that stops the lane just now.
    package func refused(_ address: String, at now: Int64) -> Bool {
        let isTooMuch = self.state.withLock { state in
            state.refusals.removeAll { $0.at <= now - Self.refusalWindow || $0.address == address }
            state.refusals.append(Refusal(address: address, at: now))
            return state.refusals.count > Self.refusalLimit
        }
        return isTooMuch && self.stop(.refusing, at: now)
    }

    /// The relay took a message, or answered a probe as it should. True when that sets the lane going again.
    package func relayAnswered() -> Bool {
        self.state.withLock { state in
            guard state.pause != nil else { return false }
            state = State()
            return true
        }
    }

    private func stop(_ cause: Cause, at now: Int64) -> Bool {
        self.state.withLock { state in
            let isNew = state.pause == nil
            state.pause = Pause(cause: cause, nextTryAt: now + Self.interval(cause))
            return isNew
        }
    }

    private static func interval(_ cause: Cause) -> Int64 { cause == .away ? Self.awayProbe : Self.refusingProbe }
}
