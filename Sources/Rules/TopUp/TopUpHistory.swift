package import Money

/// What is known of an account's top-ups.
package struct TopUpHistory: Hashable, Sendable {
    /// A paid transaction that is pending at Lago, and that no record is of.
    package struct Foreign: Hashable, Sendable {
        package let credits: FixedDecimal
        package let since: ClockTime

        package init(credits: FixedDecimal, since: ClockTime) {
            self.credits = credits
            self.since = since
        }
    }

    /// How long what is pending counts toward the balance, in milliseconds.
    package static let pendingCounts: Int64 = 24 * 3_600_000

    /// In the order in which they were made. All that hold the account's place, all of this month and the last one, and
    /// all failures since the last one that was settled.
    package let records: [TopUpRecord]
    package let foreign: [Foreign]

    package init(records: [TopUpRecord], foreign: [Foreign] = []) {
        self.records = records
        self.foreign = foreign
    }

    /// Records with a time that lies ahead, as they are to be kept: whoever keeps them writes these back, or a limit
    /// that counts from such a time never ends.
    package func noticed(at now: Int64) -> [TopUpRecord] {
        self.records.compactMap { record in
            let noticed = record.noticed(at: now)
            return noticed == record ? nil : noticed
        }
    }

    /// What is pending and will lift the balance, with the time at which each ceases to count.
    func pending(at now: Int64) -> [(credits: FixedDecimal, until: Int64)] {
        let bought = self.records.filter { $0.origin == .purchase && $0.state == .submitted }
            .map { ($0.credits, $0.created) }
        return (bought + self.foreign.map { ($0.credits, $0.since) })
            .map { ($0.0, $0.1.counted(at: now) + Self.pendingCounts) }
            .filter { now < $0.1 }
    }

    /// A purchase of which it is not known whether Lago has it: none of ours may be made beside it for a day.
    func unsettledPurchase(at now: Int64) -> (record: TopUpRecord, until: Int64)? {
        self.records
            .filter { $0.origin == .purchase && [.planned, .submitting, .unknown].contains($0.state) }
            .map { ($0, $0.created.counted(at: now) + Self.pendingCounts) }
            .filter { now < $0.1 }
            .max { $0.1 < $1.1 }
    }

    /// When automatic top-ups failed since the last one that was paid, and since somebody resumed.
    package func failuresInARow(at now: Int64) -> [Int64] {
        let automatic = self.records.filter { $0.origin == .automatic }
        let since = automatic.lastIndex { $0.state == .settled }.map { $0 + 1 } ?? 0
        return automatic[since...].flatMap { $0.failures.dropFirst($0.forgiven) }.map { $0.counted(at: now) }
    }

    /// When automatic top-ups were made.
    func made(at now: Int64) -> [Int64] {
        self.records.filter { $0.origin == .automatic && $0.isTransaction }.map { $0.created.counted(at: now) }
    }

    /// The money of automatic top-ups in this month: what was paid in it, and what may yet be taken.
    ///
    /// - Parameter id: a record that is left out.
    func spent(inMonthOf now: Int64, without id: String? = nil) -> Int64 {
        let month = UTCCalendar.month(of: now)
        let counted = self.records.filter { record in
            guard record.origin == .automatic, record.id != id else { return false }
            let paid = record.settled ?? record.created
            return record.isOpen
                || record.state == .settled && UTCCalendar.month(of: paid.counted(at: now)) == month
        }
        return Int64(clamping: counted.reduce(Int128(0)) { $0 + Int128($1.money.minorUnits) })
    }
}
