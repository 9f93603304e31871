import Money
import Rules
import TestSupport
import Testing

struct LowBalancePropertyTests {
    private static let hour: Int64 = 3_600_000
    private static let levels: [Int64] = [5_000_000, 2_000_000, 500_000, 100_000, 33, 0]

    /// A sequence of balances, and of mails that go out, fail, wait and are overtaken, for one account.
    private struct Run {
        var random: SplitMix64
        var rules: LowBalance
        let currency: Currency
        var state = LowBalanceState()
        var now: Int64 = 1_000 * LowBalancePropertyTests.hour
        var topUp: (credits: Int64, since: Int64)?
        var sent: [(send: LowBalanceConfirmation.Send, at: Int64)] = []

        init(seed: UInt64, policy: [Int64]) throws {
            self.random = SplitMix64(seed: seed)
            self.rules = try Self.rules(policy)
            self.currency = try Sample.currency()
        }

        static func rules(_ policy: [Int64]) throws -> LowBalance {
            let texts = policy.map { FixedDecimal(units: $0).description }
            return LowBalance(policy: try ThresholdPolicy(texts), minimumInterval: LowBalancePropertyTests.hour)
        }

        /// A balance somewhere, or where it matters: at a threshold, at its hysteresis, and right beside them.
        mutating func balance() -> Int64 {
            guard !self.random.chance(5), let level = self.random.element(of: LowBalancePropertyTests.levels) else {
                return self.random.int(-1_000_000...7_000_000)
            }
            let hysteresis = max((level + 9) / 10, 1)
            return level + (self.random.chance(2) ? hysteresis : 0) + self.random.int(-1...1)
        }

        mutating func pass() {
            self.now += self.random.element(of: [1_000, 60_000, 600_000, 1_800_000, 3_600_000, 9_000_000]) ?? 1_000
            switch self.random.int(1...8) {
            case 1: self.topUp = (self.random.int(1...6_000_000), self.now - self.random.int(0...700_000))
            case 2, 3, 4: self.topUp = nil
            default: break
            }
        }

        func look(_ balance: Int64) -> LowBalanceModel.Look { .init(balance: balance, at: self.now, topUp: self.topUp) }

        func reading(_ look: LowBalanceModel.Look) -> AccountReading {
            let worth = Amount(minorUnits: look.balance / 1_000, currency: self.currency)
            return AccountReading(
                credits: FixedDecimal(units: look.balance),
                amount: worth,
                rate: FixedDecimal(units: 100_000),
                pendingTopUp: look.topUp.map { .init(credits: FixedDecimal(units: $0.credits), since: $0.since) }
            )
        }

        mutating func observe(_ look: LowBalanceModel.Look) -> LowBalanceDecision {
            let (state, decision) = self.rules.observe(self.reading(look), state: self.state, at: self.now)
            self.state = state
            return decision
        }

        mutating func confirm(_ look: LowBalanceModel.Look) -> LowBalanceConfirmation {
            let number = self.state.queued?.number ?? 0
            let (state, result) = self.rules.confirm(
                number,
                reading: self.reading(look),
                state: self.state,
                at: self.now
            )
            self.state = state
            return result
        }

        mutating func settle(_ send: LowBalanceConfirmation.Send, isSent: Bool) {
            let outcome = isSent ? LowBalanceMailOutcome.sent : .givenUp
            self.state = self.rules.settle(send, as: outcome, state: self.state, at: self.now).state
            if isSent { self.sent.append((send, self.now)) }
        }
    }

    private static func expectation(_ decision: LowBalanceDecision) -> LowBalanceModel.Expectation {
        switch decision {
        case .mail(let mail):
            .mail(
                threshold: self.units(mail.threshold),
                descent: mail.descent,
                at: mail.at,
                isQueuedAlready: mail.isQueuedAlready
            )
        case .recovered: .recovered
        case .none: .nothing
        }
    }

    private static func expectation(_ confirmation: LowBalanceConfirmation) -> LowBalanceModel.Expectation {
        switch confirmation {
        case .send(let send): .send(threshold: self.units(send.threshold), descent: send.descent)
        case .putOff(let until, _): .putOff(until: until)
        case .superseded: .superseded
        }
    }

    private static func units(_ threshold: Threshold) -> Int64 {
        if case .credits(let credits) = threshold { credits.units } else { -1 }
    }

    @Test(arguments: [UInt64(1), 1_000_000, 20_260_801, 0xDEAD_BEEF])
    func `decisions are those of a model that goes through all looks anew`(seed: UInt64) throws {
        var sent = 0
        for round in 0..<1_500 {
            let policy = Self.levels.filter { ($0 / 33 + Int64(round)) % 3 != 0 }
            var run = try Run(seed: seed &+ UInt64(round), policy: policy)
            var model = LowBalanceModel(thresholds: policy, interval: Self.hour)
            for step in 0..<25 {
                run.pass()
                let isSame = self.step(&run, &model)
                guard isSame else {
                    Issue.record("seed \(seed), round \(round), step \(step): not what the model expects")
                    return
                }
            }
            sent += run.sent.count
            #expect(self.isSound(run), "seed \(seed), round \(round)")
        }
        #expect(sent > 1_000, "hardly a mail went out, so that nothing was tested")
    }

    /// One look, or one attempt at the queued mail with other looks in between; whether all came as the model has it.
    private func step(_ run: inout Run, _ model: inout LowBalanceModel) -> Bool {
        guard run.state.queued != nil, run.random.chance(2) else {
            let look = run.look(run.balance())
            return Self.expectation(run.observe(look)) == model.observe(look)
        }
        // The attempt often comes with the balance that was seen last.
        let look = run.look(run.random.chance(2) ? model.looks.last?.balance ?? 0 : run.balance())
        let confirmation = run.confirm(look)
        guard Self.expectation(confirmation) == model.confirm(look) else { return false }
        guard case .send(let send) = confirmation else { return true }
        let (owed, index) = (model.owed, model.looks.count - 1)
        // The attempt fails, and is made again some time.
        if run.random.chance(4) { return true }
        for _ in 0..<run.random.int(0...2) {
            run.pass()
            let look = run.look(run.balance())
            guard Self.expectation(run.observe(look)) == model.observe(look) else { return false }
        }
        let isSent = !run.random.chance(8)
        run.settle(send, isSent: isSent)
        model.settle(owed, asOf: index, at: run.now, isSent: isSent)
        return true
    }

    /// No threshold is mailed twice in a descent, descents count up, and mails keep their distance unless
    /// nothing is left.
    private func isSound(_ run: Run) -> Bool {
        let names = run.sent.map { "\($0.send.threshold)/\($0.send.descent)" }
        let pairs = zip(run.sent, run.sent.dropFirst())
        return Set(names).count == names.count
            && pairs.allSatisfy { $0.send.descent <= $1.send.descent && $0.send.number < $1.send.number }
            && pairs.allSatisfy { $1.at - $0.at >= Self.hour || $1.send.isEmpty }
    }

    @Test(arguments: [UInt64(7), 77, 777])
    func `whatever changes in the policy, nothing is mailed twice, and what is due is mailed in the end`(seed: UInt64)
        throws
    {
        for round in 0..<500 {
            let note = Comment(rawValue: "seed \(seed), round \(round)")
            var run = try Run(seed: seed &* 1_000_003 &+ UInt64(round), policy: Self.levels)
            for _ in 0..<40 {
                run.pass()
                if run.random.chance(6) {
                    run.rules = try Run.rules(Self.levels.filter { _ in run.random.chance(2) })
                }
                let look = run.look(run.balance())
                guard run.state.queued != nil, run.random.chance(2) else {
                    _ = run.observe(look)
                    continue
                }
                guard case .send(let send) = run.confirm(look) else { continue }
                #expect(run.rules.policy.thresholds.contains(send.threshold), note)
                #expect(look.balance <= Self.units(send.threshold), note)
                run.settle(send, isSent: true)
            }
            #expect(self.isSound(run), note)
            self.expectMailAfterRise(&run, note)
        }
    }

    /// From whatever state: up, past the interval, and down again must end in a mail about the lowest threshold.
    private func expectMailAfterRise(_ run: inout Run, _ note: Comment) {
        run.topUp = nil
        _ = run.observe(run.look(100_000_000))
        if run.state.queued != nil { _ = run.confirm(run.look(100_000_000)) }
        run.now += 2 * Self.hour
        let low = run.look(-1)
        let decision = run.observe(low)
        guard let lowest = run.rules.policy.thresholds.last else {
            #expect(decision == .none(.noThresholds), note)
            return
        }
        guard case .mail(let mail) = decision, case .send(let send) = run.confirm(low) else {
            Issue.record(note)
            return
        }
        #expect(mail.threshold == lowest && send.threshold == lowest, note)
        #expect(!run.sent.contains { $0.send.threshold == lowest && $0.send.descent == send.descent }, note)
    }
}
