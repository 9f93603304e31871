/// One look at an account under its policy: what it does to the marks, and what they then say.
struct Look {
    let reading: AccountReading
    let policy: ThresholdPolicy
    let now: Int64

    /// Arms and fires thresholds, and drops the marks of those that are no longer in the policy.
    func mark(_ state: inout LowBalanceState) {
        let names = Set(self.policy.thresholds.map(\.description))
        state.marks = state.marks.filter { names.contains($0.key) }
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
        self.policy.thresholds
            .filter { self.position(of: $0) == .crossed && state.marks[$0.description]?.phase == .fired }
            .sorted { $0.isLower(than: $1, for: self.reading) }
    }

    /// The descent of which to tell that the balance is back; asked twice, it is nil.
    ///
    /// A fired threshold that nothing is known of right now (days, without a forecast) does not stand in the way. Where
    /// the threshold that was mailed has left the policy, there is nothing to be told any more.
    func takeRecovery(from state: inout LowBalanceState) -> Int? {
        let isDown = self.policy.thresholds.contains {
            let phase = state.marks[$0.description]?.phase
            return phase != nil && phase != .armed && self.position(of: $0) != .unknown
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
        let positions = self.policy.thresholds.map { self.position(of: $0) }
        if positions.isEmpty { return .noThresholds }
        if positions.allSatisfy({ $0 == .unknown }) { return .unknown }
        let crossed = self.thresholds(.crossed)
        if crossed.isEmpty { return .aboveThresholds }
        return crossed.contains { state.marks[$0] != nil } ? .alreadyMailed : .neverAbove
    }

    func reasonForSuperseding(
        _ name: String,
        in state: LowBalanceState
    ) -> LowBalanceConfirmation.SupersededReason {
        guard let threshold = self.threshold(name) else { return .thresholdRemoved }
        return switch self.position(of: threshold) {
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

    private func threshold(_ name: String) -> Threshold? { self.policy.thresholds.first { $0.description == name } }

    private func thresholds(_ position: Position) -> [String] {
        self.policy.thresholds.filter { self.position(of: $0) == position }.map(\.description)
    }

    private func position(of threshold: Threshold) -> Position { threshold.position(of: self.reading, at: self.now) }
}
