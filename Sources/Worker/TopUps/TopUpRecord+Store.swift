internal import Money
internal import Rules
internal import Store

// From rows to what rules decide by, and back.

extension KeptTime {
    init(_ time: ClockTime) { self.init(time.at, aheadAt: time.foundAheadAt) }

    var clockTime: ClockTime { ClockTime(self.at, foundAheadAt: self.aheadAt) }
}

extension TopUpRecord {
    /// Nil for a row that a later version wrote.
    init?(_ topUp: TopUp) {
        guard let origin = TopUpOrigin(rawValue: topUp.origin), let state = TopUpState(rawValue: topUp.state),
            let credits = FixedDecimal(topUp.credits), let currency = Currency(topUp.account),
            let invoice = Invoice(rawValue: topUp.invoiceState)
        else { return nil }
        self.init(
            id: topUp.id,
            origin: origin,
            state: state,
            walletID: topUp.wallet,
            credits: credits,
            money: Amount(minorUnits: topUp.cents, currency: currency),
            created: topUp.created.clockTime,
            settled: topUp.settled?.clockTime,
            invoice: invoice,
            failures: topUp.failures.map(\.clockTime),
            forgiven: topUp.forgiven
        )
    }
}

extension TopUp {
    /// Where it stands, as rules name it; `unknown` for a word of a later version, which nothing is sent after.
    var stands: TopUpState { TopUpState(rawValue: self.state) ?? .unknown }

    /// The same in another state.
    func moved(to state: TopUpState, reason: String? = nil, at now: Int64) -> TopUp {
        var moved = self
        moved.state = state.rawValue
        moved.reason = reason
        moved.updatedAt = now
        return moved
    }

    /// The same with its invoice's state.
    func with(invoice: TopUpRecord.Invoice) -> TopUp {
        var changed = self
        changed.invoiceState = invoice.rawValue
        return changed
    }

    /// The same with one more failure.
    func failedOnce(at now: Int64) -> TopUp {
        var changed = self
        changed.failures.append(KeptTime(now))
        return changed
    }
}
