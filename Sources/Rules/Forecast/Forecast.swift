/// When an account meets zero if it goes on being used as it was, in Unix milliseconds.
package struct Forecast: Hashable, Codable, Sendable {
    package let runsOutAt: Int64
    /// Two standard errors sooner.
    package let earliest: Int64
    /// Two standard errors later; nil where it may take more than a year.
    package let latest: Int64?

    package init(runsOutAt: Int64, earliest: Int64, latest: Int64?) {
        self.runsOutAt = runsOutAt
        self.earliest = earliest
        self.latest = latest
    }

    /// A forecast where the rate is one.
    ///
    /// - Parameters:
    ///   - live: minor units that are left.
    ///   - now: Unix milliseconds.
    /// - Returns: nil where nothing is left; where less than five minutes or three increases are known; where nothing
    ///   was used for two days; where the rate is sure to no better than a half; where it ends more than a year
    ///   ahead, or a thousand times as far ahead as was looked back.
    package init?(history: UsageHistory, live: Int64, at now: Int64) {
        guard live > 0, let usedAt = history.lastUsedAt, now - usedAt <= 2 * UsageHistory.day,
            let pace = UsagePace(history, at: now),
            pace.known >= 300_000, pace.rises >= 2.5, pace.relativeError <= 0.5
        else { return nil }
        let left = Double(live) / pace.rate
        guard left <= Self.year, left <= 1000 * pace.known else { return nil }
        self.runsOutAt = Self.instant(now, left)
        self.earliest = Self.instant(now, left / (1 + 2 * pace.relativeError))
        let slowest = left / (1 - 2 * pace.relativeError)
        self.latest = slowest > 0 && slowest <= Self.year ? Self.instant(now, slowest) : nil
    }

    private static let year = 366 * Double(UsageHistory.day)

    private static func instant(_ now: Int64, _ milliseconds: Double) -> Int64 { now + Int64(milliseconds.rounded()) }
}

extension UsageHistory {
    /// Minor units per hour at present, for deciding how often to look: the largest of what the last quarter of an
    /// hour, the last hour and the average say. No forecast: one burst makes it large.
    ///
    /// - Returns: nil where nothing is known yet.
    package func burnRate(at now: Int64) -> Double? {
        guard let average = UsagePace(self, at: now)?.rate else { return nil }
        let countsDraws = self.hasRegularDraws(at: now)
        let recent = [15.0, 60].map { minutes in
            let start = Double(now) - minutes * 60_000
            let stretch = self.stretch(from: start, to: Double(now), countingDraws: countsDraws)
            // A rate over seconds is none.
            return stretch.used / max(stretch.known, 300_000)
        }
        return recent.reduce(average, max) * 3_600_000
    }
}
