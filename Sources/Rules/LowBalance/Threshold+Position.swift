import Money

/// Where a balance lies as a threshold sees it.
enum Position: Hashable {
    /// At or below the threshold.
    case crossed
    /// Above it, but not by the hysteresis.
    case close
    /// Above it by the hysteresis at least.
    case clear
    /// What it is judged by is not known, or is of another currency: it neither arms nor fires.
    case unknown
}

extension Threshold {
    /// Hysteresis is a tenth of the threshold, rounded up, and at least the smallest unit: 0.00001 credits, one minor
    /// unit, one millisecond.
    func position(of reading: AccountReading, at now: Int64) -> Position {
        switch self {
        case .credits(let level):
            return Self.position(of: reading.credits.units, level: level.units)
        case .money(let level):
            guard level.currency == reading.amount.currency else { return .unknown }
            return Self.position(of: reading.amount.minorUnits, level: level.minorUnits)
        case .shareOfTopUp:
            guard let level = self.creditsLevel(for: reading) else { return .unknown }
            return Self.position(of: reading.credits.units, level: level.units)
        case .daysLeft(let days):
            // Used up: no forecast is made any more, and none is needed.
            if reading.isEmpty { return .crossed }
            guard let runsOutAt = reading.runsOutAt else { return .unknown }
            let left = Int64(clamping: Int128(runsOutAt) - Int128(now))
            return Self.position(of: left, level: Int64(days) * 86_400_000)
        }
    }

    private static func position(of value: Int64, level: Int64) -> Position {
        if value <= level { return .crossed }
        let hysteresis = max((Int128(level) + 9) / 10, 1)
        return Int128(value) >= Int128(level) + hysteresis ? .clear : .close
    }

    /// The balance in credits that this threshold stands for, half rounded away from zero.
    ///
    /// - Returns: nil for days, for a share of no top-up, and for money of another currency.
    func creditsLevel(for reading: AccountReading) -> FixedDecimal? {
        switch self {
        case .credits(let level): return level
        case .money(let level):
            guard level.currency == reading.amount.currency else { return nil }
            let rate = reading.rate > .zero ? reading.rate : .one
            return FixedDecimal(cents: level.minorUnits, rate: rate, currency: level.currency)
        case .shareOfTopUp(let percent):
            guard let credits = reading.lastTopUpCredits, credits > .zero else { return nil }
            return credits.multiplied(by: percent).divided(by: .hundred)
        case .daysLeft: return nil
        }
    }

    /// Whether this is the lower one, for an account in this state: by credits; days are above all of them, as they
    /// warn first; of equals, the one whose text comes first.
    func isLower(than other: Self, for reading: AccountReading) -> Bool {
        self.rank(for: reading) < other.rank(for: reading)
    }

    private func rank(for reading: AccountReading) -> (Int, Int64, String) {
        if case .daysLeft(let days) = self { return (1, Int64(days), self.description) }
        return (0, self.creditsLevel(for: reading)?.units ?? .max, self.description)
    }

    /// Whether the top-up under way will bring the account above this threshold. Nobody can tell for days, so that any
    /// top-up is waited for.
    func isLifted(by topUp: AccountReading.PendingTopUp, for reading: AccountReading) -> Bool {
        guard topUp.credits > .zero else { return false }
        guard let level = self.creditsLevel(for: reading) else { return true }
        return reading.credits.adding(topUp.credits) > level
    }
}
