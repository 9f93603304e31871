private import Synchronization

/// Lets so many through at a time; the others wait in order: `SMTP_MAX_CONNECTIONS`.
///
/// They wait here rather than in the engine, where a mail's deadline would run out while it waits.
final class ConnectionGate: Sendable {
    private struct State {
        var free: Int
        var lastID: UInt = 0
        var waiting: [(id: UInt, caller: CheckedContinuation<Bool, Never>)] = []
    }

    private let state: Mutex<State>

    init(_ count: Int) {
        precondition(count > 0, "a gate needs a width")
        self.state = Mutex(State(free: count))
    }

    /// Runs `body` when it is the caller's turn; nil when the task was cancelled before.
    func pass<Result: Sendable>(_ body: () async -> Result) async -> Result? {
        guard await self.enter() else { return nil }
        defer { self.leave() }
        return await body()
    }

    private func enter() async -> Bool {
        let id = self.state.withLock { state in
            state.lastID += 1
            return state.lastID
        }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { caller in
                let answer: Bool? = self.state.withLock { state in
                    if Task.isCancelled { return false }
                    if state.free > 0 {
                        state.free -= 1
                        return true
                    }
                    state.waiting.append((id, caller))
                    return nil
                }
                if let answer { caller.resume(returning: answer) }
            }
        } onCancel: {
            let caller = self.state.withLock { state in
                state.waiting.firstIndex { $0.id == id }.map { state.waiting.remove(at: $0).caller }
            }
            caller?.resume(returning: false)
        }
    }

    /// Hands the place on, or frees it.
    private func leave() {
        let next = self.state.withLock { state -> CheckedContinuation<Bool, Never>? in
            guard !state.waiting.isEmpty else {
                state.free += 1
                return nil
            }
            return state.waiting.removeFirst().caller
        }
        next?.resume(returning: true)
    }
}
