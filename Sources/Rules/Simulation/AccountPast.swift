package import Money

/// What is known of one account over a time that has passed.
package struct AccountPast: Hashable, Sendable {
    /// The account's balance from one time until the next value.
    package struct Value: Hashable, Sendable {
        /// Unix milliseconds: the first time that it was seen so, and the last.
        package let at: Int64
        package let seenAt: Int64
        /// Minor units, before usage and after it.
        package let settled: Int64
        package let live: Int64
        /// Live credits.
        package let credits: FixedDecimal

        package init(at: Int64, seenAt: Int64? = nil, settled: Int64, live: Int64, credits: FixedDecimal) {
            self.at = at
            self.seenAt = seenAt ?? at
            self.settled = settled
            self.live = live
            self.credits = credits
        }
    }

    /// Credits that came in, other than by automatic top-ups.
    package struct Arrival: Hashable, Sendable {
        /// Unix milliseconds.
        package let at: Int64
        package let credits: FixedDecimal

        package init(at: Int64, credits: FixedDecimal) {
            self.at = at
            self.credits = credits
        }
    }

    package let currency: Currency
    /// Oldest first, as the arrivals.
    package let values: [Value]
    package let arrivals: [Arrival]
    /// Major units for one credit.
    package let rate: FixedDecimal
    /// In the order in which they pay; none for what is never topped up, as a restricted wallet.
    package let wallets: [TopUpAccount.Wallet]
    /// Automatic ones, as they really were.
    package let topUps: [TopUpRecord]
    /// When else somebody looked, in Unix milliseconds: at events about the customer.
    package let looks: [Int64]

    /// - Parameter rate: nil takes that of the wallet that pays first.
    package init(
        currency: Currency,
        rate: FixedDecimal? = nil,
        values: [Value],
        arrivals: [Arrival] = [],
        wallets: [TopUpAccount.Wallet],
        topUps: [TopUpRecord] = [],
        looks: [Int64] = []
    ) {
        self.currency = currency
        self.values = values
        self.arrivals = arrivals.sorted { $0.at < $1.at }
        self.rate = rate ?? wallets.first?.rate ?? .zero
        self.wallets = wallets
        self.topUps = topUps.filter { $0.origin == .automatic }
        self.looks = looks
    }

    /// How long before its settlement, by Lago's clock, and how long after it, a balance may first show a top-up.
    private static let clocksDiffer: Int64 = 60_000
    private static let seenWithin: Int64 = 3_600_000

    /// Values as they would have been without the automatic top-ups that were paid from `start` on.
    ///
    /// A top-up is taken out from the value nearest to its settlement at which the settled balance rose; where none did,
    /// from the first one after it.
    func withoutTopUps(since start: Int64) -> [Value] {
        var removed = Array(repeating: (cents: Int64(0), credits: FixedDecimal.zero), count: self.values.count)
        for topUp in self.topUps(settledSince: start) {
            guard let settled = topUp.settled?.at, let first = self.firstShowing(settled) else { continue }
            for index in first..<removed.count {
                removed[index].cents = Int64(clamping: Int128(removed[index].cents) + Int128(topUp.money.minorUnits))
                removed[index].credits = removed[index].credits.adding(topUp.credits)
            }
        }
        return zip(self.values, removed).map { $0.changed(byCents: -$1.cents, credits: $1.credits.negative) }
    }

    func topUps(settledSince start: Int64) -> [TopUpRecord] {
        self.topUps.filter { $0.state == .settled && ($0.settled?.at ?? .min) >= start }
    }

    private func firstShowing(_ settled: Int64) -> Int? {
        let rises = self.values.indices.dropFirst().filter { index in
            let value = self.values[index]
            return value.settled > self.values[index - 1].settled
                && (-Self.clocksDiffer...Self.seenWithin).contains(value.at - settled)
        }
        return rises.min { abs(self.values[$0].at - settled) < abs(self.values[$1].at - settled) }
            ?? self.values.firstIndex { $0.at >= settled }
    }
}

extension AccountPast.Value {
    /// The same with so much more.
    func changed(byCents cents: Int64, credits: FixedDecimal) -> Self {
        Self(
            at: self.at,
            seenAt: self.seenAt,
            settled: Int64(clamping: Int128(self.settled) + Int128(cents)),
            live: Int64(clamping: Int128(self.live) + Int128(cents)),
            credits: self.credits.adding(credits)
        )
    }
}

extension FixedDecimal {
    fileprivate var negative: FixedDecimal { FixedDecimal(units: self.units == .min ? .max : -self.units) }
}
