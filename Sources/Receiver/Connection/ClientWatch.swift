private import Synchronization

/// Tells the task of a connection that its client has gone, so that it need not finish what nobody waits for.
final class ClientWatch: Sendable {
    private enum State {
        case open
        case watched(CheckedContinuation<Bool, Never>)
        /// Decided: whether the client has gone.
        case closed(Bool)
    }

    private let state = Mutex(State.open)

    /// The client has gone before its answer.
    func leave() { self.close(true) }

    /// The connection's task has ended by itself.
    func end() { self.close(false) }

    /// Waits for one of the two; true for the first. There is one who waits, and `end` always comes.
    func isLeft() async -> Bool {
        await withCheckedContinuation { watcher in
            let decided = self.state.withLock { state -> Bool? in
                if case .closed(let isLeft) = state { return isLeft }
                state = .watched(watcher)
                return nil
            }
            if let decided { watcher.resume(returning: decided) }
        }
    }

    private func close(_ isLeft: Bool) {
        let watcher = self.state.withLock { state -> CheckedContinuation<Bool, Never>? in
            switch state {
            case .closed:
                return nil
            case .open:
                state = .closed(isLeft)
                return nil
            case .watched(let watcher):
                state = .closed(isLeft)
                return watcher
            }
        }
        watcher?.resume(returning: isLeft)
    }
}
