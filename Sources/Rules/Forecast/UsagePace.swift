/// How fast an account is used up on average, and how sure that is.
///
/// A day that is a day older weighs half as much, and days count as a whole: a pattern that comes again each day, such
/// as quiet nights, is averaged out exactly. The error is that of a ratio: how far slices of time lie from the
/// average, added up. Binary floating point: rates and times only.
struct UsagePace {
    /// Minor units per millisecond.
    let rate: Double
    /// The standard error of the rate as a share of it.
    let relativeError: Double
    /// Milliseconds of which usage is known.
    let known: Double
    /// How many looks saw usage grow.
    let rises: Double

    private struct Slice {
        let stretch: UsageStretch
        let weight: Double

        var time: Double { self.weight * self.stretch.known }
        var used: Double { self.weight * self.stretch.used }
    }

    /// - Returns: nil where no time is known.
    init?(_ history: UsageHistory, at now: Int64) {
        let slices = Self.slices(of: history, at: now).filter { $0.stretch.known > 0 }
        let time = slices.reduce(0) { $0 + $1.time }
        let used = slices.reduce(0) { $0 + $1.used }
        guard time > 0 else { return nil }
        let rate = used / time
        self.rate = rate
        self.known = slices.reduce(0) { $0 + $1.stretch.known }
        self.rises = slices.reduce(0) { $0 + $1.stretch.rises }
        let squares = slices.reduce(0) { $0 + ($1.used - rate * $1.time) * ($1.used - rate * $1.time) }
        let shares = slices.reduce(0) { $0 + ($1.time / time) * ($1.time / time) }
        guard used > 0, shares < 1, slices.count > 2 else {
            self.relativeError = .infinity
            return
        }
        // As many slices of equal weight as would say as much.
        let count = 1 / shares
        let spread = squares / (used * used) * count / (count - 1)
        // A handful of looks proves little, however alike they are.
        self.relativeError = (spread + 0.25 / max(self.rises, 1)).squareRoot()
    }

    /// Whole days where there are four; else two-hour parts of whole days; else a dozen parts of what there is, or as
    /// many as there are segments.
    private static func slices(of history: UsageHistory, at now: Int64) -> [Slice] {
        guard let since = history.since, since < now else { return [] }
        let day = Double(UsageHistory.day)
        let span = Double(now) - Double(since)
        let days = Int(min(span / day, 14))
        let parts = days >= 4 ? 1 : 12
        let count = days > 0 ? days * parts : min(parts, history.segments.count)
        let width = days > 0 ? day / Double(parts) : span / Double(count)
        let countsDraws = history.hasRegularDraws(at: now)
        return (0..<count).map { index in
            let end = Double(now) - Double(index) * width
            let stretch = history.stretch(from: end - width, to: end, countingDraws: countsDraws)
            return Slice(stretch: stretch, weight: days > 0 ? Self.halved(times: index / parts) : 1)
        }
    }

    private static func halved(times: Int) -> Double { 1 / Double(1 << min(times, 62)) }
}
