private import Money

/// One account's past, played from its beginning.
struct Replay {
    private let simulation: Simulation
    private let past: AccountPast
    /// Without what is simulated anew.
    private let values: [AccountPast.Value]
    private let usesForecasts: Bool
    /// The first value that has not begun.
    private var next = 0
    private var now: Int64 = .min
    private var usage = UsageHistory()
    private var state = LowBalanceState()
    private var records: [TopUpRecord]
    /// What simulated charges brought.
    private var bought = (cents: Int64(0), credits: FixedDecimal.zero)
    private var lastTopUp: AccountPast.Arrival?
    private var reason: TopUpReason?
    private var nextTopUpLook: Int64?
    /// What was told of a month's limit.
    private var toldShare = (month: Int64(0), percent: 0)
    private(set) var run = SimulatedRun()

    init(_ simulation: Simulation, _ past: AccountPast) {
        self.simulation = simulation
        self.past = past
        let start = simulation.period.lowerBound
        self.values = past.withoutTopUps(since: start)
        self.usesForecasts = simulation.lowBalance.policy.thresholds.contains {
            if case .daysLeft = $0 { true } else { false }
        }
        self.records = past.topUps.filter {
            $0.state == .settled && $0.created.at < start && ($0.settled?.at ?? .max) < start
        }
        self.run.removed = past.topUps(settledSince: start).count {
            ($0.settled?.at ?? .max) < simulation.period.upperBound
        }
    }

    /// Goes from look to look: at values, at events, and when something that was put off is due.
    mutating func play() {
        guard let first = self.values.first, first.at < self.simulation.period.upperBound else { return }
        let start = self.simulation.period.lowerBound
        self.run.knownFrom = max(first.at, start)
        let times = self.values.flatMap { [$0.at, $0.seenAt] } + self.past.looks + [start]
        for time in Set(times).sorted() where time >= first.at && time < self.simulation.period.upperBound {
            self.playWhatIsDue(before: time)
            self.look(at: time)
        }
        self.playWhatIsDue(before: self.simulation.period.upperBound)
        self.run.credits = self.current.credits
    }

    private mutating func playWhatIsDue(before end: Int64) {
        while let due = [self.nextTopUpLook, self.state.queued?.dueAt].compactMap({ $0 }).min(), due < end {
            // What was due is looked at once; what then waits, waits for later.
            self.look(at: max(due, self.now + 1))
        }
    }

    // MARK: - A look

    private var current: AccountPast.Value {
        self.values[self.next - 1].changed(byCents: self.bought.cents, credits: self.bought.credits)
    }

    private var isCounted: Bool { self.now >= self.simulation.period.lowerBound }

    private mutating func look(at time: Int64) {
        self.now = time
        self.advance()
        self.judgeLevel()
        if self.isCounted { self.judgeTopUps() }
        self.confirmMail()
    }

    private mutating func advance() {
        while self.next < self.values.count, self.values[self.next].at <= self.now { self.next += 1 }
        guard self.usesForecasts else { return }
        // As it was read: usage is what lies between settled and live, whatever was bought.
        let value = self.past.values[self.next - 1]
        if value.at == self.now || value.seenAt == self.now {
            self.usage.note(settled: value.settled, live: value.live, at: self.now)
        }
    }

    private var reading: AccountReading {
        let value = self.current
        let arrival = self.past.arrivals.last { $0.at <= self.now }
        let last = [arrival, self.lastTopUp].compactMap { $0 }.max { $0.at < $1.at }
        return AccountReading(
            credits: value.credits,
            amount: Amount(minorUnits: value.live, currency: self.past.currency),
            rate: self.past.rate,
            lastTopUpCredits: last?.credits,
            forecast: self.usesForecasts ? Forecast(history: self.usage, live: value.live, at: self.now) : nil
        )
    }

    private mutating func note(_ action: SimulatedEffect.Action) {
        guard self.isCounted else { return }
        if case .mail(let mail) = action, self.simulation.unwanted.contains(mail.kind) { return }
        self.run.effects.append(SimulatedEffect(at: self.now, action: action, credits: self.current.credits))
    }

    // MARK: - Low balance

    private mutating func judgeLevel() {
        let rule = self.simulation.lowBalance
        let (state, decision) = rule.observe(self.reading, state: self.state, at: self.now)
        self.state = state
        switch decision {
        case .mail(let mail):
            if self.simulation.unwanted.contains(SimulatedMail.lowBalance(mail.threshold).kind) {
                self.state = rule.giveUp(mail.number, state: self.state)
            }
        case .recovered: self.note(.mail(.balanceRecovered))
        case .none: break
        }
    }

    /// Sends the mail that waits, where it is due and still true.
    private mutating func confirmMail() {
        let rule = self.simulation.lowBalance
        while let queued = self.state.queued, queued.dueAt <= self.now {
            let (state, confirmation) = rule.confirm(
                queued.number,
                reading: self.reading,
                state: self.state,
                at: self.now
            )
            self.state = state
            guard case .send(let send) = confirmation else { return }
            self.note(.mail(.lowBalance(send.threshold)))
            self.state = rule.settle(send, as: .sent, state: self.state, at: self.now).state
        }
    }

    // MARK: - Top-ups

    private mutating func judgeTopUps() {
        guard !self.past.wallets.isEmpty else { return }
        while true {
            let decision = self.simulation.topUps.decide(
                TopUpAccount(currency: self.past.currency, credits: self.current.credits, wallets: self.past.wallets),
                history: TopUpHistory(records: self.records),
                lago: self.simulation.lago,
                at: self.now
            )
            self.nextTopUpLook = decision.nextLookAt
            switch decision {
            case .charge(let charge): self.charge(charge)
            case .retry(let id): self.retry(id)
            case .wait(let wait): return self.hold(wait.reason)
            }
        }
    }

    private mutating func hold(_ reason: TopUpReason) {
        if reason != self.reason, reason != .aboveThreshold { self.run.held[reason, default: 0] += 1 }
        self.reason = reason
    }

    private mutating func charge(_ charge: TopUpDecision.Charge) {
        self.reason = .charged
        self.note(.charge(charge))
        let isPaid = self.simulation.payments == .succeed
        self.records.append(
            TopUpRecord(
                id: "simulated \(self.records.count + 1)",
                origin: .automatic,
                state: isPaid ? .settled : .failed,
                walletID: charge.walletID,
                credits: charge.credits,
                money: charge.money,
                created: ClockTime(self.now),
                settled: isPaid ? ClockTime(self.now) : nil,
                invoice: isPaid ? .closed : .payable,
                failures: isPaid ? [] : [ClockTime(self.now)]
            )
        )
        guard isPaid else { return self.note(.mail(.topUpFailed)) }
        self.bought.cents = Int64(clamping: Int128(self.bought.cents) + Int128(charge.money.minorUnits))
        self.bought.credits = self.bought.credits.adding(charge.credits)
        self.lastTopUp = .init(at: self.now, credits: charge.credits)
        self.note(.mail(.topUpSucceeded))
        self.noteLimit()
        // What the service sees with the credits that came.
        self.judgeLevel()
    }

    /// Retries follow declines, and are declined.
    private mutating func retry(_ id: String) {
        self.reason = .charged
        guard let index = self.records.firstIndex(where: { $0.id == id }) else { return }
        let declined = self.records[index]
        self.note(.retry(declined.money))
        self.records[index] = TopUpRecord(
            id: id,
            origin: .automatic,
            state: .failed,
            walletID: declined.walletID,
            credits: declined.credits,
            money: declined.money,
            created: declined.created,
            invoice: .payable,
            failures: declined.failures + [ClockTime(self.now)]
        )
        if self.records[index].failures.count == AutoTopUp.pauseAfter { self.note(.mail(.topUpPaused)) }
    }

    /// One mail for each part of the month's money that is reached.
    private mutating func noteLimit() {
        let history = TopUpHistory(records: self.records)
        let use = self.simulation.topUps.use(of: history, currency: self.past.currency, at: self.now)
        let month = UTCCalendar.month(of: self.now)
        if self.toldShare.month != month { self.toldShare = (month, 0) }
        guard let percent = use.shareOfMonth, percent > self.toldShare.percent else { return }
        self.toldShare.percent = percent
        self.note(.mail(.topUpLimit(percent)))
    }
}
