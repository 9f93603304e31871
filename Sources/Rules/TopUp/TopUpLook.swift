private import Money

/// One look at an account: each function is one reason, and throws it where it holds.
struct TopUpLook {
    /// Why nothing is done.
    struct Held: Error {
        let wait: TopUpDecision.Wait

        init(_ reason: TopUpReason, until: Int64? = nil) { self.wait = .init(reason, nextLookAt: until) }
    }

    let policy: TopUpPolicy
    let account: TopUpAccount
    let history: TopUpHistory
    let lago: TopUpFacts
    let now: Int64

    /// A charge or a retry, else what is in the way.
    func outcome() -> Result<TopUpDecision, Held> {
        Result { () throws(Held) -> TopUpDecision in
            let (threshold, amount) = try self.rule()
            try self.checkAccount()
            let held = try self.level(threshold)
            try self.checkLago()
            if let declined = try self.place() { return try self.retry(declined) }
            try self.checkFailures()
            try self.checkFrequency()
            return .charge(try self.charge(amount, held: held))
        }
    }

    private func rule() throws(Held) -> (threshold: FixedDecimal, amount: TopUpAmount) {
        guard self.policy.mode != .off else { throw Held(.disabled) }
        guard self.policy.isEnabled else { throw Held(.notOptedIn) }
        guard let threshold = self.policy.threshold, let amount = self.policy.amount else { throw Held(.disabled) }
        return (threshold, amount)
    }

    private func checkAccount() throws(Held) {
        guard self.account.receiver != nil else { throw Held(.walletTerminated) }
        guard self.lago.hasTransactionMetadata else { throw Held(.lagoTooOld) }
        guard self.policy.maxPerMonth[self.account.currency] != nil else { throw Held(.currencyNotAllowed) }
    }

    /// What the account holds with what is pending; at or below the threshold.
    private func level(_ threshold: FixedDecimal) throws(Held) -> FixedDecimal {
        guard self.account.credits <= threshold else { throw Held(.aboveThreshold) }
        let pending = self.history.pending(at: self.now)
        let held = pending.reduce(self.account.credits) { $0.adding($1.credits) }
        guard held <= threshold else { throw Held(.pendingTopUp, until: pending.map(\.until).min()) }
        return held
    }

    private func checkLago() throws(Held) {
        guard !self.account.wallets.contains(where: \.hasLagoRule) else { throw Held(.lagoRuleActive) }
        guard self.lago.hasPaymentProvider || self.policy.chargesWithoutProvider else {
            throw Held(.noPaymentProvider)
        }
        guard self.lago.historyIsKnown else { throw Held(.historyUnknown) }
        if let refused = self.lago.refused {
            try self.wait(.lagoRefused, until: refused.counted(at: self.now) + AutoTopUp.refusalPause)
        }
    }

    /// The declined top-up that holds the account's place; nil when the place is free.
    private func place() throws(Held) -> TopUpRecord? {
        let holders = self.history.records.filter(\.holdsPlace)
        guard holders.count <= 1 else { throw Held(.historyUnknown) }
        if let holder = holders.first, !holder.isDeclined {
            let alert = holder.created.counted(at: self.now) + TopUpHistory.pendingCounts
            throw Held(.pendingTopUp, until: alert > self.now ? alert : nil)
        }
        if let purchase = self.history.unsettledPurchase(at: self.now) {
            throw Held(.pendingTopUp, until: purchase.until)
        }
        return holders.first
    }

    private func retry(_ declined: TopUpRecord) throws(Held) -> TopUpDecision {
        guard self.account.wallets.contains(where: { $0.id == declined.walletID }) else {
            throw Held(.walletTerminated)
        }
        try self.checkFailures()
        try self.checkMonth(declined.money.minorUnits, without: declined.id)
        return .retry(declined.id)
    }

    private func checkFailures() throws(Held) {
        let failures = self.history.failuresInARow(at: self.now)
        guard failures.count < AutoTopUp.pauseAfter else { throw Held(.pausedAfterFailures) }
        if let last = failures.max() {
            try self.wait(.declineBackoff, until: last + AutoTopUp.backoff(afterFailures: failures.count))
        }
    }

    private func checkFrequency() throws(Held) {
        let made = self.history.made(at: self.now)
        if let last = made.max() { try self.wait(.cooldown, until: last + self.policy.cooldown) }
        let today = UTCCalendar.day(of: self.now)
        guard made.count(where: { UTCCalendar.day(of: $0) == today }) < self.policy.maxPerDay else {
            throw Held(.dailyLimit, until: UTCCalendar.startOfNextDay(after: self.now))
        }
    }

    private func charge(_ amount: TopUpAmount, held: FixedDecimal) throws(Held) -> TopUpDecision.Charge {
        guard let wallet = self.account.receiver else { throw Held(.walletTerminated) }
        if case .refill(let target) = amount, target <= held { throw Held(.aboveThreshold) }
        let charge = TopUpDecision.Charge(amount, held: held, wallet: wallet, currency: self.account.currency)
        guard let charge else { throw Held(.walletLimits) }
        try self.checkMonth(charge.money.minorUnits)
        return charge
    }

    private func checkMonth(_ money: Int64, without id: String? = nil) throws(Held) {
        let spent = Int128(self.history.spent(inMonthOf: self.now, without: id))
        guard spent + Int128(money) <= Int128(self.policy.maxPerMonth[self.account.currency] ?? 0) else {
            throw Held(.monthlyLimit, until: UTCCalendar.startOfNextMonth(after: self.now))
        }
    }

    private func wait(_ reason: TopUpReason, until time: Int64) throws(Held) {
        if time > self.now { throw Held(reason, until: time) }
    }
}
