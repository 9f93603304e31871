private import Money

/// How soon a customer is to be looked at again.
package struct LookPace: Hashable, Sendable {
    package enum Kind: String, Hashable, Sendable {
        /// A threshold may be met any moment.
        case near
        case far
        /// Nothing was used for hours.
        case idle
    }

    /// Intervals from look to look, in milliseconds.
    package struct Limits: Hashable, Sendable {
        package let near: Int64
        package let far: Int64
        package let idle: Int64

        package init(near: Int64 = 30_000, far: Int64 = 900_000, idle: Int64 = 3_600_000) {
            self.near = near
            self.far = far
            self.idle = idle
        }
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
    }

    package let kind: Kind
    /// Milliseconds until the next look, from `limits.near` to `limits.idle`.
    package let interval: Int64

    /// The pace that the most pressing of a customer's accounts asks for.
    ///
    /// - Parameters:
    ///   - hasSubscription: without an active one nothing can be used.
    ///   - now: Unix milliseconds.
    package init(
        accounts: [Account],
        policy: ThresholdPolicy,
        hasSubscription: Bool = true,
        limits: Limits = Limits(),
        at now: Int64
    ) {
        let paces = accounts.map { Self(account: $0, policy: policy, limits: limits, at: now) }
        let idle = Self(kind: .idle, interval: limits.idle)
        self = hasSubscription ? paces.min { $0.interval < $1.interval } ?? idle : idle
    }

    private init(kind: Kind, interval: Int64) {
        self.kind = kind
        self.interval = interval
    }

    private init(account: Account, policy: ThresholdPolicy, limits: Limits, at now: Int64) {
        let reading = account.reading
        let credits = Double(reading.credits.units)
        let levels = policy.thresholds.compactMap { $0.creditsLevel(for: reading) }.filter { $0 < reading.credits }
        guard let next = levels.max(), credits > 0 else {
            self.init(kind: .idle, interval: limits.idle)
            return
        }
        let (distance, level) = (credits - Double(next.units), Double(next.units))
        let margin = max(level / 5, Double(reading.lastTopUpCredits?.units ?? 0) / 20, Double(FixedDecimal.one.units))
        if distance <= (level > 0 ? level / 5 : margin) {
            self.init(kind: .near, interval: limits.near)
            return
        }
        guard let perHour = account.burnPerHour else {
            self.init(kind: .far, interval: max(limits.near, limits.far / 5))
            return
        }
        if let used = account.lastUsedAt, now - used >= limits.idle * 6 {
            self.init(kind: .idle, interval: limits.idle)
            return
        }
        let burn = perHour * 2 * credits / max(Double(reading.amount.minorUnits), 1)
        let left = burn > 0 ? distance / burn * 3_600_000 : .infinity
        guard left > Double(limits.near) * 20 else {
            self.init(kind: .near, interval: limits.near)
            return
        }
        self.init(kind: .far, interval: Int64(min(max(left / 4, Double(limits.near)), Double(limits.far))))
    }
}
