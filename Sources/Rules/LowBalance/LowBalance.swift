/// When a customer who runs low is mailed: once for each threshold of a descent.
///
/// - **Armed**: the account was seen above the threshold by the hysteresis. Until then the threshold is unknown, and a
///   first sight at or below it is no descent.
/// - **Fired**: an armed threshold is at or above the live balance. It stays so until it is armed again.
/// - **Descent**: the first firing begins number 1. A firing begins the next descent when a threshold that had
///   fired was armed again since the running one began, or when the firing threshold was told of in the running
///   one. So every rise above a fired threshold by its hysteresis ends the descent, even where a higher
///   threshold stays fired: who tops up from 4 to 12 credits under `20,5,0` is warned again at 5, and hears
///   nothing more of 20.
/// - **Owed**: a threshold that fired owes a mail until a mail told of it or it is armed again. Several owed at
///   once make one mail, which names the lowest that is crossed at that moment, and tells of all that are.
/// - **Recovered**: an account that was mailed has no fired threshold left, and the one that the last mail
///   named is armed.
///
/// A mail goes through three functions, of which each takes the state and returns the next. `observe` after
/// every look queues it; `confirm`, with a fresh look before each attempt, says whether it is still to be sent;
/// `settle` records what became of it. Looks may come between the two latter: a mail tells only of what
/// `confirm` found.
package struct LowBalance: Hashable, Sendable {
    package let policy: ThresholdPolicy
    /// The least time between two mails of an account, in milliseconds.
    package let minimumInterval: Int64

    /// How long a top-up under way may put a mail off, in milliseconds.
    package static let topUpWait: Int64 = 600_000

    package init(policy: ThresholdPolicy, minimumInterval: Int64) {
        self.policy = policy
        self.minimumInterval = minimumInterval
    }

    /// Takes a look into account.
    ///
    /// - Parameter now: Unix milliseconds.
    package func observe(
        _ reading: AccountReading,
        state: LowBalanceState,
        at now: Int64
    ) -> (state: LowBalanceState, decision: LowBalanceDecision) {
        var state = state
        let look = Look(reading: reading, policy: self.policy, now: now)
        look.mark(&state)
        if let lowest = look.owed(in: state).first {
            let decision = self.queue(lowest, look: look, state: &state)
            return (state, decision)
        }
        if let descent = look.takeRecovery(from: &state) { return (state, .recovered(descent: descent)) }
        return (state, .none(look.reasonForNothing(in: state)))
    }

    /// Decides anew about the queued mail `number`, with a fresh look, right before an attempt to send it.
    ///
    /// It can be called again after an attempt that failed: the mail stays queued until `settle`, or until this
    /// finds that it is superseded. A recovery that shows here is told by the next `observe`.
    package func confirm(
        _ number: Int,
        reading: AccountReading,
        state: LowBalanceState,
        at now: Int64
    ) -> (state: LowBalanceState, confirmation: LowBalanceConfirmation) {
        var state = state
        let look = Look(reading: reading, policy: self.policy, now: now)
        look.mark(&state)
        guard let queued = state.queued, queued.number == number else { return (state, .superseded(.alreadyTold)) }
        let owed = look.owed(in: state)
        guard let lowest = owed.first else {
            state.queued = nil
            return (state, .superseded(look.reasonForSuperseding(queued.threshold, in: state)))
        }
        let (due, reason) = self.due(for: lowest, look: look, state: state)
        guard due <= now else {
            state.queued?.dueAt = due
            return (state, .putOff(until: due, reason))
        }
        let send = LowBalanceConfirmation.Send(
            number: number,
            threshold: lowest,
            descent: state.descent,
            isLower: look.isLower(lowest, than: queued.threshold),
            isEmpty: reading.isEmpty,
            covered: Dictionary(uniqueKeysWithValues: owed.map { ($0.description, state.fired($0)) })
        )
        return (state, .send(send))
    }

    /// Records what became of a mail that `confirm` let go.
    ///
    /// - Returns: the next state, and whether a mail is owed still, as a threshold was crossed while this one
    ///   was on its way: then another look should follow at once.
    package func settle(
        _ send: LowBalanceConfirmation.Send,
        as outcome: LowBalanceMailOutcome,
        state: LowBalanceState,
        at now: Int64
    ) -> (state: LowBalanceState, isOwed: Bool) {
        var state = state
        if state.queued?.number == send.number { state.queued = nil }
        // One that was armed again while the mail was on its way, or has fired in another descent since, is not
        // told of.
        for (threshold, descent) in send.covered where state.marks[threshold] == .init(phase: .fired, descent: descent)
        {
            state.marks[threshold]?.phase = .told
        }
        if state.descent == send.descent {
            state.toldInDescent = Set(state.toldInDescent).union(send.covered.keys).sorted()
        }
        if outcome == .sent {
            state.lastMailAt = now
            state.hasToldEmpty = send.isEmpty
            state.lastMailed = send.threshold.description
            state.mailedDescent = send.descent
        }
        return (state, state.marks.values.contains { $0.phase == .fired })
    }

    /// The threshold that a further copy of mail `number`, to another address, tells of once one copy was sent; nil when
    /// that is no longer true, or a later mail tells more.
    package func copyTells(
        of number: Int,
        reading: AccountReading,
        state: LowBalanceState,
        at now: Int64
    ) -> Threshold? {
        guard state.mails == number, let mailed = state.lastMailed else { return nil }
        return self.policy.thresholds.first { threshold in
            threshold.description == mailed && threshold.position(of: reading, at: now) == .crossed
        }
    }

    /// Whether an account is above the threshold of this name; so it is where the policy has it no longer.
    package func isAbove(_ threshold: String, reading: AccountReading, at now: Int64) -> Bool {
        guard let threshold = self.policy.thresholds.first(where: { $0.description == threshold }) else { return true }
        return threshold.position(of: reading, at: now) != .crossed
    }

    /// Ends the queued mail `number` where no attempt will be made any more: an operator discarded it, or there is no
    /// address. Whatever has fired is not told of again in its descent.
    package func giveUp(_ number: Int, state: LowBalanceState) -> LowBalanceState {
        guard state.queued?.number == number else { return state }
        var state = state
        state.queued = nil
        for (threshold, mark) in state.marks where mark.phase == .fired { state.marks[threshold]?.phase = .told }
        return state
    }

    private func queue(_ lowest: Threshold, look: Look, state: inout LowBalanceState) -> LowBalanceDecision {
        let (due, reason) = self.due(for: lowest, look: look, state: state)
        if let queued = state.queued, queued.dueAt <= due { return .none(.alreadyQueued) }
        let before = state.queued
        if before == nil { state.mails += 1 }
        let number = before?.number ?? state.mails
        state.queued = .init(number: number, threshold: before?.threshold ?? lowest.description, dueAt: due)
        return .mail(
            LowBalanceMail(
                number: number,
                threshold: lowest,
                descent: state.descent,
                at: due,
                reason: reason,
                isQueuedAlready: before != nil
            )
        )
    }

    /// When a mail about `threshold` may go out, `now` at the earliest, and what it waits for.
    ///
    /// Reaching zero overrides the interval, unless the last mail told so already and the account has not
    /// recovered since: a balance that plays about zero is no reason for a mail a minute. A time further ahead
    /// than its wait is long comes from a clock that was set back, and is ignored.
    private func due(
        for threshold: Threshold,
        look: Look,
        state: LowBalanceState
    ) -> (at: Int64, reason: LowBalanceMail.Reason) {
        let now = look.now
        func end(of wait: Int64, from start: Int64) -> Int64 { start - now > wait ? now : max(start + wait, now) }
        var due: (at: Int64, reason: LowBalanceMail.Reason) = (now, .crossed)
        let isUrgent = look.reading.isEmpty && !state.hasToldEmpty
        if let last = state.lastMailAt, !isUrgent {
            let free = end(of: self.minimumInterval, from: last)
            if free > due.at { due = (free, .minimumInterval) }
        }
        if let topUp = look.reading.pendingTopUp, threshold.isLifted(by: topUp, for: look.reading) {
            let outcome = end(of: Self.topUpWait, from: topUp.since)
            if outcome > due.at { due = (outcome, .pendingTopUp) }
        }
        return due
    }
}

extension LowBalanceState {
    /// The descent in which a threshold fired.
    fileprivate func fired(_ threshold: Threshold) -> Int { self.marks[threshold.description]?.descent ?? self.descent }
}
