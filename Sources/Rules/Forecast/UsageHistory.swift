/// What an account used over the last week, gathered look by look: what a forecast is made of.
///
/// - Shape: JSON of at most about a hundred stretches of time, fine for the last hours and coarse before that.
/// - Unit: minor units of the account's currency, and Unix milliseconds.
package struct UsageHistory: Hashable, Codable, Sendable {
    /// How far back it reaches.
    package static let reach: Int64 = 7 * Self.day
    static let day: Int64 = 86_400_000

    /// Oldest first; they do not overlap.
    private(set) var segments: [UsageSegment] = []
    private var last: UsageLook?
    /// When usage was last seen to have grown; nil when it never was.
    package private(set) var lastUsedAt: Int64?

    package init() {}

    /// When the time begins of which anything is known; nil before the second look.
    package var since: Int64? { self.segments.first?.from }

    /// Takes in what a look showed. One that is not later than the last is left out; one that is more than a day earlier
    /// tells that the clock was wrong, and everything begins anew.
    ///
    /// - Parameters:
    ///   - settled: minor units of the account before usage.
    ///   - live: the same after usage.
    ///   - now: when it was read, in Unix milliseconds.
    package mutating func note(settled: Int64, live: Int64, at now: Int64) {
        let look = UsageLook(settled: settled, live: live, at: now)
        guard let last = self.last, Int128(last.at) - Int128(now) <= Self.day else {
            self = UsageHistory()
            self.last = look
            return
        }
        guard now > last.at else { return }
        self.last = look
        switch UsageStep(from: last, to: look) {
        case .known(let used, let drawn):
            if used > 0 || drawn > 0 { self.lastUsedAt = now }
            self.segments.append(UsageSegment(from: last.at, to: now, used: used, drawn: drawn))
        case .recount:
            self.last = UsageLook(settled: settled, unbilled: last.unbilled, at: now)
            self.segments.append(UsageSegment(from: last.at, to: now, used: 0, drawn: 0))
        case .unknown: break
        }
        self.segments = UsageSegment.merged(self.segments, at: now)
    }

    /// What is known of a stretch of time; a segment that reaches over its end is shared out evenly.
    func stretch(from start: Double, to end: Double, countingDraws: Bool) -> UsageStretch {
        var stretch = UsageStretch()
        for segment in self.segments {
            let overlap = min(Double(segment.to), end) - max(Double(segment.from), start)
            guard overlap > 0 else { continue }
            stretch.add(segment, share: overlap / Double(segment.to - segment.from), countingDraws: countingDraws)
        }
        return stretch
    }

    /// Whether what is drawn from the settled balance is usage that is paid in advance: six times a day is no accident.
    func hasRegularDraws(at now: Int64) -> Bool {
        let recent = self.segments.lazy.filter { $0.to > now - Self.day }
        return recent.reduce(0) { $0 + $1.draws } >= 6
    }
}

/// Known time and what was used in it. Binary floating point: rates and times only, never a balance.
struct UsageStretch {
    /// Milliseconds.
    var known = 0.0
    /// Minor units.
    var used = 0.0
    /// How many looks saw usage grow.
    var rises = 0.0

    mutating func add(_ segment: UsageSegment, share: Double, countingDraws: Bool) {
        self.known += share * Double(segment.known)
        self.used += share * (Double(segment.used) + (countingDraws ? Double(segment.drawn) : 0))
        self.rises += share * Double(segment.rises + (countingDraws ? segment.draws : 0))
    }
}
