private import Synchronization

/// Tokens that count once, for as long as their time would let them count again.
final class TokenMemory: Sendable {
    private struct State {
        /// Until when each is remembered, in Unix milliseconds.
        var tokens: [String: Int64] = [:]
        var nextLook: Int64 = 0
    }

    private static let interval: Int64 = 60_000
    private let state = Mutex(State())

    /// Takes a token; false when it was taken before.
    func take(_ token: String, until end: Int64, at now: Int64) -> Bool {
        self.state.withLock { state in
            if state.nextLook <= now {
                state.tokens = state.tokens.filter { $0.value >= now }
                state.nextLook = now + Self.interval
            }
            guard state.tokens[token] == nil else { return false }
            state.tokens[token] = end
            return true
        }
    }

    /// Gives a token back that came to nothing, so that its sender may come again.
    func giveBack(_ token: String) {
        self.state.withLock { $0.tokens[token] = nil }
    }
}
