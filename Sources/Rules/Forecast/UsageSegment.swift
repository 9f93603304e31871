/// What was used from one time to another.
///
/// - Shape: a JSON array of numbers, `[from, to, known, used, rises, drawn, draws]`, the last two left out when zero.
struct UsageSegment: Hashable, Sendable {
    let from: Int64
    let to: Int64
    /// Milliseconds of it of which the usage is known: less than all where stretches on both sides of a gap were merged.
    let known: Int64
    /// Minor units.
    let used: Int64
    /// How many looks saw usage grow.
    let rises: Int64
    /// Minor units that left the settled balance otherwise, and how many looks saw it.
    let drawn: Int64
    let draws: Int64

    init(from: Int64, to: Int64, used: Int64, drawn: Int64) {
        self.init(
            from: from,
            to: to,
            known: to - from,
            used: used,
            rises: used > 0 ? 1 : 0,
            drawn: drawn,
            draws: drawn > 0 ? 1 : 0
        )
    }

    private init(from: Int64, to: Int64, known: Int64, used: Int64, rises: Int64, drawn: Int64, draws: Int64) {
        self.from = from
        self.to = to
        self.known = known
        self.used = used
        self.rises = rises
        self.drawn = drawn
        self.draws = draws
    }

    private func merged(with next: Self) -> Self {
        Self(
            from: self.from,
            to: next.to,
            known: self.known + next.known,
            used: Int64(clamping: Int128(self.used) + Int128(next.used)),
            rises: self.rises + next.rises,
            drawn: Int64(clamping: Int128(self.drawn) + Int128(next.drawn)),
            draws: self.draws + next.draws
        )
    }

    /// One segment for each cell of a grid that is fine for the last half hour and coarse for the past; what lies beyond
    /// the reach is dropped.
    static func merged(_ segments: [Self], at now: Int64) -> [Self] {
        var merged: [Self] = []
        for segment in segments where segment.to > now - UsageHistory.reach {
            let cell = Self.cell(age: now - segment.to)
            if let last = merged.last, (last.to - 1) / cell == (segment.to - 1) / cell {
                merged[merged.count - 1] = last.merged(with: segment)
            } else {
                merged.append(segment)
            }
        }
        return merged
    }

    /// The width of the grid for what is so old: 36 cells of four hours, 21 of one hour, 15 of ten minutes, 15 of two.
    private static func cell(age: Int64) -> Int64 {
        let minute: Int64 = 60_000
        switch age / minute {
        case ..<30: return 2 * minute
        case ..<180: return 10 * minute
        case ..<1440: return 60 * minute
        default: return 240 * minute
        }
    }
}

extension UsageSegment: Codable {
    init(from decoder: any Decoder) throws {
        var numbers = try decoder.unkeyedContainer()
        self.from = try numbers.decode(Int64.self)
        self.to = try numbers.decode(Int64.self)
        self.known = try numbers.decode(Int64.self)
        self.used = try numbers.decode(Int64.self)
        self.rises = try numbers.decode(Int64.self)
        self.drawn = try numbers.decodeIfPresent(Int64.self) ?? 0
        self.draws = try numbers.decodeIfPresent(Int64.self) ?? 0
    }

    func encode(to encoder: any Encoder) throws {
        var numbers = encoder.unkeyedContainer()
        for number in [self.from, self.to, self.known, self.used, self.rises] { try numbers.encode(number) }
        guard self.draws > 0 else { return }
        for number in [self.drawn, self.draws] { try numbers.encode(number) }
    }
}
