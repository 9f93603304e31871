/// How often Lago tries a webhook, and how long it waits in between.
struct RetrySchedule: Sendable {
    /// Attempts in total (`LAGO_WEBHOOK_ATTEMPTS`).
    let attempts: Int
    /// How many times faster than Lago; 1 is Lago's own pace.
    let compression: Double

    init(attempts: Int = 3, compression: Double = 1) {
        precondition(attempts > 0 && compression > 0, "a webhook is tried at least once, and time does not stand still")
        self.attempts = attempts
        self.compression = compression
    }

    /// The wait after the `failures`-th failure: n⁴ + 2 s plus up to 15 % of n⁴; nil when no attempt is left.
    ///
    /// - Parameter jitter: from 0 to 1, where in those 15 % it falls.
    func wait(afterFailure failures: Int, jitter: Double) -> Duration? {
        guard failures < self.attempts else { return nil }
        let fourth = Double(failures * failures * failures * failures)
        return .seconds((fourth + 2 + jitter * 0.15 * fourth) / self.compression)
    }

    /// Whether Lago takes an answer for success; every other status, redirects included, is a failure.
    static func isSuccess(_ status: Int) -> Bool {
        [200, 201, 202, 204].contains(status)
    }
}
