/// How often something may be done: so many times at once, and as many again in a minute, which come back one by one.
///
/// A bucket is one number: when it will be full again. One that is full, or past that, is as good as none.
struct RateLimit: Sendable {
    private static let minute: Int64 = 60_000_000_000
    private static let second: Int64 = 1_000_000_000

    let perMinute: Int
    /// Nanoseconds in which one comes back.
    private let interval: Int64

    /// - Parameter perMinute: at least 1.
    init(perMinute: Int) {
        self.perMinute = max(1, perMinute)
        self.interval = max(1, Self.minute / Int64(self.perMinute))
    }

    /// Takes one, where there is one.
    ///
    /// - Parameters:
    ///   - fullAt: when the bucket will be full again; nanoseconds of the same clock as `now`.
    /// - Returns: the bucket's new number, nil where nothing was taken; and how it stands after that.
    func take(_ fullAt: Int64, at now: Int64) -> (fullAt: Int64?, standing: RateStanding) {
        let missing = max(0, fullAt - now)
        let room = self.interval * Int64(self.perMinute)
        guard missing + self.interval <= room else {
            let wait = missing + self.interval - room
            return (nil, self.standing(missing: missing, retryAfter: max(1, Self.seconds(wait))))
        }
        let after = missing + self.interval
        return (now + after, self.standing(missing: after, retryAfter: nil))
    }

    private func standing(missing: Int64, retryAfter: Int?) -> RateStanding {
        let left = Int64(self.perMinute) - (missing + self.interval - 1) / self.interval
        return RateStanding(
            limit: self.perMinute,
            remaining: Int(max(0, left)),
            reset: Self.seconds(missing),
            retryAfter: retryAfter
        )
    }

    /// Rounded up.
    private static func seconds(_ nanoseconds: Int64) -> Int { Int((nanoseconds + Self.second - 1) / Self.second) }
}

/// How a caller stands with its limit, after a request.
package struct RateStanding: Hashable, Sendable {
    /// Requests a minute.
    package let limit: Int
    /// Requests that may follow at once.
    package let remaining: Int
    /// Seconds until all of them are back.
    package let reset: Int
    /// Seconds until the next one is allowed; nil where this one was.
    package let retryAfter: Int?

    package init(limit: Int, remaining: Int, reset: Int, retryAfter: Int? = nil) {
        self.limit = limit
        self.remaining = remaining
        self.reset = reset
        self.retryAfter = retryAfter
    }
}
