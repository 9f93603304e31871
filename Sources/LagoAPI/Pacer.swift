import Synchronization

/// Gives turns at even distances to those that wait in lanes.
///
/// One of those that wait leads: it sleeps until the next turn is due, and gives it to whoever is next by then. When it
/// has its own turn, or is cancelled, another one leads.
final class Pacer<C: Clock<Duration>>: Sendable {
    private enum Signal {
        case go, lead
    }

    private typealias Sleeper = CheckedContinuation<Signal, any Error>

    private struct State {
        var queue = LaneQueue()
        var lastTicket: LaneQueue.Ticket = 0
        /// When the next turn is due.
        var due: C.Instant
        var leader: LaneQueue.Ticket?
        /// Those that wait, without the leader.
        var sleepers: [LaneQueue.Ticket: Sleeper] = [:]

        /// Makes a sleeper the leader; nil where nobody sleeps.
        mutating func abdicate() -> Sleeper? {
            let heir = self.sleepers.popFirst()
            self.leader = heir?.key
            return heir?.value
        }
    }

    private let interval: Duration
    private let clock: C
    private let state: Mutex<State>

    init(interval: Duration, clock: C) {
        self.interval = interval
        self.clock = clock
        self.state = Mutex(State(due: clock.now))
    }

    func waiting(on lane: LagoLane) -> Int {
        self.state.withLock { $0.queue.count(in: lane) }
    }

    /// - Throws: `CancellationError` when the task is cancelled before its turn.
    func turn(_ lane: LagoLane) async throws {
        try Task.checkCancellation()
        let ticket = self.state.withLock { state in
            state.lastTicket += 1
            return state.lastTicket
        }
        let signal = try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { self.enter(ticket, lane, $0) }
        } onCancel: {
            self.leave(ticket)
        }
        if signal == .lead { try await self.lead(ticket) }
    }

    /// Lets the caller through where nobody waits and a turn is due; else it leads, or sleeps.
    private func enter(
        _ ticket: LaneQueue.Ticket,
        _ lane: LagoLane,
        _ continuation: Sleeper
    ) {
        let now = self.clock.now
        let signal = self.state.withLock { state -> Result<Signal, any Error>? in
            // Whoever is cancelled after this is found by `leave`.
            if Task.isCancelled { return .failure(CancellationError()) }
            let isFree = state.queue.isEmpty && state.due <= now
            state.queue.enter(ticket, lane: lane)
            if isFree {
                _ = state.queue.next()
                state.due = now.advanced(by: self.interval)
                return .success(.go)
            }
            if state.leader == nil {
                state.leader = ticket
                return .success(.lead)
            }
            state.sleepers[ticket] = continuation
            return nil
        }
        if let signal { continuation.resume(with: signal) }
    }

    /// Ends the wait of a sleeper that is cancelled; a leader notices by itself.
    private func leave(_ ticket: LaneQueue.Ticket) {
        let sleeper = self.state.withLock { state -> Sleeper? in
            guard let sleeper = state.sleepers.removeValue(forKey: ticket) else { return nil }
            state.queue.leave(ticket)
            return sleeper
        }
        sleeper?.resume(throwing: CancellationError())
    }

    /// Gives turns until the leader has had its own.
    private func lead(_ ticket: LaneQueue.Ticket) async throws {
        do {
            while true {
                let due = self.state.withLock { $0.due }
                if due > self.clock.now { try await self.clock.sleep(until: due, tolerance: nil) }
                try Task.checkCancellation()
                if self.give(leader: ticket) { return }
            }
        } catch {
            let heir = self.state.withLock { state in
                state.queue.leave(ticket)
                return state.abdicate()
            }
            heir?.resume(returning: .lead)
            throw error
        }
    }

    /// Gives the turn that is due; returns whether it was the leader's.
    private func give(leader: LaneQueue.Ticket) -> Bool {
        let now = self.clock.now
        let (isOwn, sleeper) = self.state.withLock { state -> (Bool, Sleeper?) in
            // A turn that comes a little late does not push the others back; what was missed for longer is not made up.
            let isLate = state.due.duration(to: now) >= self.interval
            state.due = (isLate ? now : state.due).advanced(by: self.interval)
            guard let next = state.queue.next(), next != leader else { return (true, state.abdicate()) }
            return (false, state.sleepers.removeValue(forKey: next))
        }
        sleeper?.resume(returning: isOwn ? .lead : .go)
        return isOwn
    }
}
