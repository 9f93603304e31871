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

    /// One account: how it stands, what it uses in minor units an hour, and when it was last seen to use anything.
    package typealias Account = (reading: AccountReading, burnPerHour: Double?, lastUsedAt: Int64?)

    package let kind: Kind
    /// Milliseconds.
    package let interval: Int64

    /// Of several accounts, the one that needs it soonest decides.
    ///
    /// - Parameter now: Unix milliseconds.
    package init(accounts: [Account], policy: ThresholdPolicy, limits: Limits, at now: Int64) {
        let paces = accounts.map { Self(account: $0, policy: policy, limits: limits, at: now) }
        self = paces.min { $0.interval < $1.interval } ?? Self(kind: .idle, interval: limits.idle)
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
        guard let used = account.lastUsedAt, now - used < limits.idle * 6 else {
            self.init(kind: .idle, interval: limits.idle)
            return
        }
        let burn = (account.burnPerHour ?? 0) * 2 * credits / max(Double(reading.amount.minorUnits), 1)
        let left = burn > 0 ? distance / burn * 3_600_000 : .infinity
        guard left > Double(limits.near) * 20 else {
            self.init(kind: .near, interval: limits.near)
            return
        }
        self.init(kind: .far, interval: Int64(min(max(left / 4, Double(limits.near)), Double(limits.far))))
    }
}
