/// Usage of periods that ended and are not invoiced yet: neither in the current usage nor in the settled balance.
///
/// At midnight current usage falls to zero, but Lago bills from ten past on, from a queue. The last reading of
/// a period that ended, or of a subscription that is gone, stays deducted until its invoice is seen, at most a
/// day. A period is known by its subscription and its beginning: after a change of plan the same subscription
/// begins another one.
package struct HeldUsage: Hashable, Sendable {
    /// The last reading of a period, as it is kept from one look to the next.
    package struct Kept: Hashable, Codable, Sendable {
        package let reading: UsageReading
        /// When the period ended, in Unix milliseconds: its own end, or when it was missed before that; nil while it
        /// runs.
        package let endedAt: Int64?

        package init(reading: UsageReading, endedAt: Int64?) {
            self.reading = reading
            self.endedAt = endedAt
        }
    }

    /// How long a period may wait for its invoice, in milliseconds.
    package static let limit: Int64 = 24 * 3_600_000

    /// What to take off the settled balance: the current usage, and what ended without an invoice.
    package let deduct: [UsageReading]
    /// What to keep for the next look, in place of what was kept.
    package let keep: [Kept]
    /// What waited a day for its invoice and is no longer deducted: for the operator to look into. Told once, as it is
    /// not in `keep`.
    package let overdue: [Kept]

    /// - Parameters:
    ///   - previous: what the last look kept.
    ///   - current: the current usage of every active subscription; one that is left out counts as gone.
    ///   - invoiced: what the customer's invoices bill, at least of those created since the last look.
    ///   - now: Unix milliseconds.
    package init(previous: [Kept], current: [UsageReading], invoiced: [BilledPeriod], now: Int64) {
        let running = Set(current.map(Period.init))
        let waiting = previous.compactMap { kept -> Kept? in
            let isOver = !running.contains(Period(kept.reading)) && kept.reading.due > 0
            guard isOver, !invoiced.contains(where: { $0.covers(kept.reading) }) else { return nil }
            return Kept(reading: kept.reading, endedAt: kept.endedAt ?? min(kept.reading.to, now))
        }
        let held = waiting.filter { now - ($0.endedAt ?? now) < Self.limit }
        self.overdue = waiting.filter { now - ($0.endedAt ?? now) >= Self.limit }.sorted(by: Self.isBefore)
        let kept = (held + current.map { Kept(reading: $0, endedAt: nil) }).sorted(by: Self.isBefore)
        self.keep = kept
        self.deduct = kept.map(\.reading)
    }

    private struct Period: Hashable {
        let subscriptionID: String
        let from: Int64

        init(_ reading: UsageReading) {
            self.subscriptionID = reading.subscriptionID
            self.from = reading.from
        }
    }

    private static func isBefore(_ left: Kept, _ right: Kept) -> Bool {
        (left.reading.subscriptionID, left.reading.from) < (right.reading.subscriptionID, right.reading.from)
    }
}
