private import Synchronization

/// The port, for those who wait until there is one.
final class Listening: Sendable {
    private enum State {
        case waiting([CheckedContinuation<Int, any Error>])
        case listening(Int)
        case ended
    }

    private let state = Mutex(State.waiting([]))

    var port: Int {
        get async throws {
            try await withCheckedThrowingContinuation { continuation in
                self.state.withLock { state in
                    switch state {
                    case .waiting(let others): state = .waiting(others + [continuation])
                    case .listening(let port): continuation.resume(returning: port)
                    case .ended: continuation.resume(throwing: SandboxError.notListening)
                    }
                }
            }
        }
    }

    func begin(port: Int) {
        for waiter in self.settle(as: .listening(port)) { waiter.resume(returning: port) }
    }

    func end() {
        for waiter in self.settle(as: .ended) { waiter.resume(throwing: SandboxError.notListening) }
    }

    private func settle(as settled: State) -> [CheckedContinuation<Int, any Error>] {
        self.state.withLock { state in
            defer { state = settled }
            if case .waiting(let waiters) = state { return waiters }
            return []
        }
    }
}
