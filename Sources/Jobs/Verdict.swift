/// What an attempt came to, as its handler tells it. The texts are for people and never repeat a secret or a body.
package enum AttemptResult: Equatable, Sendable {
    case succeeded
    /// Trying again can help.
    case transient(reason: String)
    /// Trying again can help, after a wait of the handler's own choice and however often it was tried.
    case again(after: Duration, reason: String)
    /// Trying again cannot help.
    case permanent(reason: String)
    /// It is not time yet: nothing was tried, no attempt is spent.
    case notYet(for: Duration)
}

/// What becomes of a job after an attempt.
package enum Verdict: Equatable, Sendable {
    case done
    case again(after: Duration, reason: String)
    case snooze(for: Duration)
    case deadLetter(reason: String)
    /// The worker is stopping: due at once, and the attempt does not count.
    case handBack

    package init(_ result: AttemptResult, attempt: Int, of maxAttempts: Int, backoff: Backoff, jitter: Double) {
        switch result {
        case .succeeded:
            self = .done
        case .notYet(let duration):
            self = .snooze(for: duration)
        case .permanent(let reason):
            self = .deadLetter(reason: reason)
        case .again(let delay, let reason):
            self = .again(after: delay, reason: reason)
        case .transient(let reason) where attempt >= maxAttempts:
            self = .deadLetter(reason: "gave up after \(attempt) attempts: \(reason)")
        case .transient(let reason):
            self = .again(after: backoff.delay(afterAttempt: attempt, jitter: jitter), reason: reason)
        }
    }
}

/// Waits that double from `base` up to `limit`, each shortened by up to half, so that jobs which failed together do
/// not come back together.
package struct Backoff: Hashable, Sendable {
    package let base: Duration
    package let limit: Duration

    package init(base: Duration = .seconds(2), limit: Duration = .seconds(900)) {
        self.base = base
        self.limit = limit
    }

    /// The wait after the n-th failed attempt, counted from 1; `jitter` is in 0..<1.
    package func delay(afterAttempt attempt: Int, jitter: Double) -> Duration {
        let doublings = min(max(attempt - 1, 0), 30)
        let whole = min(self.base * (1 << doublings), self.limit)
        return whole * (1 - jitter / 2)
    }
}
