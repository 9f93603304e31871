private import Money

/// How far a balance is above a threshold. One that is crossed has nothing left to say: it is neither close nor met.
extension Threshold {
    /// Above it by no more than a fifth; above zero by no more than a twentieth of the last top-up, or one credit.
    func isClose(to reading: AccountReading, at now: Int64) -> Bool {
        guard let level = self.creditsLevel(for: reading), let gap = self.creditsAbove(reading, at: now) else {
            return false
        }
        if level > .zero { return Int128(gap.units) * 5 <= Int128(level.units) }
        return gap <= .one || Int128(gap.units) * 20 <= Int128(reading.lastTopUpCredits?.units ?? 0)
    }

    /// Milliseconds until an account meets it, if it burns twice as fast as it did; nil where it does not burn. A threshold
    /// in days is met as the forecast says, twice as soon.
    func timeUntilMet(by account: LookPace.Account, at now: Int64) -> Double? {
        let reading = account.reading
        if case .daysLeft(let days) = self {
            guard let runsOutAt = reading.runsOutAt, self.isAhead(of: reading, at: now) else { return nil }
            return (Double(runsOutAt) - Double(now) - Double(days) * 86_400_000) / 2
        }
        guard let burn = account.burnPerHour, burn > 0, let gap = self.creditsAbove(reading, at: now) else {
            return nil
        }
        let rate = reading.rate > .zero ? reading.rate : .one
        return Double(gap.cents(rate: rate, currency: reading.amount.currency)) / (2 * burn) * 3_600_000
    }

    /// By how many credits the balance is above it; nil where it is not, or cannot be told in credits.
    private func creditsAbove(_ reading: AccountReading, at now: Int64) -> FixedDecimal? {
        guard self.isAhead(of: reading, at: now), let level = self.creditsLevel(for: reading) else { return nil }
        let gap = Int128(reading.credits.units) - Int128(level.units)
        return FixedDecimal(units: Int64(clamping: max(gap, 0)))
    }

    private func isAhead(of reading: AccountReading, at now: Int64) -> Bool {
        switch self.position(of: reading, at: now) {
        case .close, .clear: true
        case .crossed, .unknown: false
        }
    }
}
