private import Money

/// How soon a customer is looked at again: often near a threshold, rarely far from it.
package struct LookPace: Hashable, Sendable {
    package enum Kind: String, Hashable, Codable, Sendable {
        /// A threshold is close, by amount or by the time that is left.
        case near
        case far
        /// Nothing was used for long, or nothing can be.
        case idle
    }

    /// Milliseconds between two looks. What counts as soon and as long follows from them, so that a bench that
    /// looks faster sees the same decisions.
    package struct Limits: Hashable, Sendable {
        package let near: Int64
        package let far: Int64
        package let idle: Int64

        /// Each is raised to the one before it where it is shorter.
        package init(near: Int64 = 30_000, far: Int64 = 900_000, idle: Int64 = 3_600_000) {
            self.near = max(near, 1)
            self.far = max(far, self.near)
            self.idle = max(idle, self.far)
        }

        /// Ten minutes: met within that, a threshold is near.
        var soon: Double { 20 * Double(self.near) }
        /// Six hours: unused for that, an account is idle.
        var long: Int64 { 6 * self.idle }
        /// Three minutes: how long an account waits of which nothing is known yet.
        var first: Int64 { max(self.near, self.far / 5) }
    }

    /// An account and what is known of its usage.
    package struct Account: Hashable, Sendable {
        package let reading: AccountReading
        /// Minor units; nil where nothing is known yet.
        package let burnPerHour: Double?
        /// Unix milliseconds; where no usage was ever seen, when it was first looked for. nil where nothing is known yet.
        package let lastUsedAt: Int64?

        package init(reading: AccountReading, burnPerHour: Double?, lastUsedAt: Int64?) {
            self.reading = reading
            self.burnPerHour = burnPerHour
            self.lastUsedAt = lastUsedAt
        }

        package init(reading: AccountReading, history: UsageHistory, at now: Int64) {
            self.init(
                reading: reading,
                burnPerHour: history.burnRate(at: now),
                lastUsedAt: history.lastUsedAt ?? history.since
            )
        }
    }

    package let kind: Kind
    /// Milliseconds until the next look, from `limits.near` to `limits.idle`.
    package let interval: Int64

    private init(_ kind: Kind, _ interval: Int64) {
        self.kind = kind
        self.interval = interval
    }

    /// The pace that the most pressing of a customer's accounts asks for.
    ///
    /// - Parameters:
    ///   - accounts: all that thresholds are judged by; of none, nothing is to be seen.
    ///   - hasSubscription: without an active one nothing can be used.
    ///   - now: Unix milliseconds.
    package init(
        accounts: [Account],
        policy: ThresholdPolicy,
        hasSubscription: Bool = true,
        limits: Limits = Limits(),
        at now: Int64
    ) {
        let idle = Self(.idle, limits.idle)
        guard hasSubscription else {
            self = idle
            return
        }
        let paces = accounts.map { Self.pace(of: $0, policy: policy, limits: limits, at: now) }
        self = paces.min { $0.interval < $1.interval } ?? idle
    }

    private static func pace(
        of account: Account,
        policy: ThresholdPolicy,
        limits: Limits,
        at now: Int64
    ) -> Self {
        let isClose = policy.thresholds.contains { $0.isClose(to: account.reading, at: now) }
        let times = policy.thresholds.compactMap { $0.timeUntilMet(by: account, at: now) }
        let soonest = times.min() ?? .infinity
        if isClose || soonest <= limits.soon { return Self(.near, limits.near) }
        guard account.burnPerHour != nil else { return Self(.far, limits.first) }
        let isIdle = account.lastUsedAt.map { now - $0 >= limits.long } ?? false
        let longest = isIdle ? limits.idle : limits.far
        let wanted = Int64(min(soonest / 4, Double(longest)))
        return Self(isIdle ? .idle : .far, max(wanted, limits.near))
    }
}
