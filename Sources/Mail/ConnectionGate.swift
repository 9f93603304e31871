private import Synchronization

/// Lets so many through at a time; the others wait in order: `SMTP_MAX_CONNECTIONS`.
///
/// One place stays free of any one domain, so that a domain whose servers take their time holds up itself only.
/// They wait here rather than in the engine, where a mail's deadline would run out while it waits.
final class ConnectionGate: Sendable {
    private struct Waiter {
        let id: UInt
        let domain: String
        let caller: CheckedContinuation<Bool, Never>
    }

    private struct State {
        var free: Int
        var lastID: UInt = 0
        var inside: [String: Int] = [:]
        var waiting: [Waiter] = []

        mutating func admit(_ domain: String) {
            self.free -= 1
            self.inside[domain, default: 0] += 1
        }
    }

    /// Of one domain.
    private let most: Int
    private let state: Mutex<State>

    init(_ count: Int) {
        precondition(count > 0, "a gate needs a width")
        self.most = max(1, count - 1)
        self.state = Mutex(State(free: count))
    }

    /// Runs `body` when it is the caller's turn; nil when the task was cancelled before.
    ///
    /// - Parameter domain: in lower case.
    func pass<Result: Sendable>(_ domain: String, _ body: () async -> Result) async -> Result? {
        guard await self.enter(domain) else { return nil }
        defer { self.leave(domain) }
        return await body()
    }

    private func enter(_ domain: String) async -> Bool {
        let id = self.state.withLock { state in
            state.lastID += 1
            return state.lastID
        }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { caller in
                let answer: Bool? = self.state.withLock { state in
                    if Task.isCancelled { return false }
                    if state.free > 0, state.inside[domain, default: 0] < self.most {
                        state.admit(domain)
                        return true
                    }
                    state.waiting.append(Waiter(id: id, domain: domain, caller: caller))
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

    /// Frees the place for the first who may have it.
    private func leave(_ domain: String) {
        let next = self.state.withLock { state -> CheckedContinuation<Bool, Never>? in
            state.free += 1
            state.inside[domain, default: 1] -= 1
            if state.inside[domain] == 0 { state.inside[domain] = nil }
            let index = state.waiting.firstIndex { state.inside[$0.domain, default: 0] < self.most }
            guard let waiter = index.map({ state.waiting.remove(at: $0) }) else { return nil }
            state.admit(waiter.domain)
            return waiter.caller
        }
        next?.resume(returning: true)
    }
}
