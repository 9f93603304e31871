/// One look at an account under its policy: what it does to the marks, and what they then say.
struct Look {
    private struct Level {
        let threshold: Threshold
        /// The threshold's text: what its mark is kept under.
        let name: String
        let position: Position
    }

    let reading: AccountReading
    let now: Int64
    /// The thresholds of the policy, and where the balance lies as each of them sees it.
    private let levels: [Level]

    init(reading: AccountReading, policy: ThresholdPolicy, now: Int64) {
        self.reading = reading
        self.now = now
        self.levels = policy.thresholds.map {
            Level(threshold: $0, name: $0.description, position: $0.position(of: reading, at: now))
        }
    }

    /// Arms and fires thresholds, and drops the marks of those that are no longer in the policy.
    func mark(_ state: inout LowBalanceState) {
        state.marks = state.marks.filter { mark in self.levels.contains { $0.name == mark.key } }
        for threshold in self.thresholds(.clear) {
            let mark = state.marks[threshold]
            if let mark, mark.phase != .armed { state.hasRisen = true }
            state.marks[threshold] = .init(phase: .armed, descent: mark?.descent ?? 0)
        }
        let firing = self.thresholds(.crossed).filter { state.marks[$0]?.phase == .armed }
        guard !firing.isEmpty else { return }
        if state.descent == 0 || state.hasRisen || firing.contains(where: state.toldInDescent.contains) {
            state.descent += 1
            state.hasRisen = false
            state.toldInDescent = []
        }
        for threshold in firing { state.marks[threshold] = .init(phase: .fired, descent: state.descent) }
    }

    /// Thresholds that are crossed and of which no mail told yet, lowest first.
    func owed(in state: LowBalanceState) -> [Threshold] {
        self.levels.filter { $0.position == .crossed && state.marks[$0.name]?.phase == .fired }
            .map(\.threshold)
            .sorted { $0.isLower(than: $1, for: self.reading) }
    }

    /// The descent of which to tell that the balance is back; asked twice, it is nil.
    ///
    /// A fired threshold that nothing is known of right now (days, without a forecast) does not stand in the
    /// way. Where the threshold that was mailed has left the policy, there is nothing to be told any more.
    func takeRecovery(from state: inout LowBalanceState) -> Int? {
        let isDown = self.levels.contains { level in
            let phase = state.marks[level.name]?.phase
            return phase != nil && phase != .armed && level.position != .unknown
        }
        guard let descent = state.mailedDescent, let mailed = state.lastMailed, !isDown else { return nil }
        let phase = state.marks[mailed]?.phase
        if phase == .fired || phase == .told { return nil }
        state.mailedDescent = nil
        state.lastMailed = nil
        state.hasToldEmpty = false
        return phase == .armed ? descent : nil
    }

    func reasonForNothing(in state: LowBalanceState) -> LowBalanceDecision.Reason {
        if self.levels.isEmpty { return .noThresholds }
        if self.levels.allSatisfy({ $0.position == .unknown }) { return .unknown }
        let crossed = self.thresholds(.crossed)
        if crossed.isEmpty { return .aboveThresholds }
        return crossed.contains { state.marks[$0] != nil } ? .alreadyMailed : .neverAbove
    }

    func reasonForSuperseding(
        _ name: String,
        in state: LowBalanceState
    ) -> LowBalanceConfirmation.SupersededReason {
        guard let level = self.levels.first(where: { $0.name == name }) else { return .thresholdRemoved }
        return switch level.position {
        case .unknown: .unknown
        case .close, .clear: .balanceIsBack
        // Removed and added again, it has no mark.
        case .crossed: state.marks[name] == nil ? .thresholdRemoved : .alreadyTold
        }
    }

    /// Whether `threshold` is lower than the one of that name; a removed one is compared as it was written.
    func isLower(_ threshold: Threshold, than name: String) -> Bool {
        guard threshold.description != name, let other = try? Threshold(name) else { return false }
        return threshold.isLower(than: other, for: self.reading)
    }

    private func thresholds(_ position: Position) -> [String] {
        self.levels.filter { $0.position == position }.map(\.name)
    }
}
