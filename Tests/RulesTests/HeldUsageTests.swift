import Foundation
import Money
import Rules
import Testing

struct HeldUsageTests {
    private let hour: Int64 = 3_600_000
    /// The end of August, when the first period ends and the second begins.
    private let midnight: Int64 = 1_000 * 86_400_000

    private func august(_ amount: Int64 = 500, id: String = "sub") throws -> UsageReading {
        try Sample.usage(
            [Sample.charge("calls", amount)],
            id: id,
            from: self.midnight - 31 * 24 * self.hour,
            to: self.midnight - 1_000,
            readAt: self.midnight - self.hour
        )
    }

    private func september(_ amount: Int64 = 0, id: String = "sub") throws -> UsageReading {
        try Sample.usage(
            [Sample.charge("calls", amount)],
            id: id,
            from: self.midnight,
            to: self.midnight + 30 * 24 * self.hour,
            readAt: self.midnight
        )
    }

    private func look(
        _ previous: [HeldUsage.Kept],
        _ current: [UsageReading],
        _ invoiced: [BilledPeriod] = [],
        minutes: Int64
    ) -> HeldUsage {
        HeldUsage(previous: previous, current: current, invoiced: invoiced, now: self.midnight + minutes * 60_000)
    }

    private func billed(to chargesTo: Int64, at createdAt: Int64, id: String = "sub") -> BilledPeriod {
        BilledPeriod(
            subscriptionID: id,
            chargesTo: self.midnight + chargesTo,
            invoiceCreatedAt: self.midnight + createdAt
        )
    }

    @Test func `usage of an ended period stays deducted until its invoice is seen, and no longer`() throws {
        let before = self.look([], [try self.august()], minutes: -60)
        #expect(before.deduct == [try self.august()])
        let gap = self.look(before.keep, [try self.september(3)], minutes: 5)
        #expect(gap.deduct == [try self.august(), try self.september(3)])
        let still = self.look(gap.keep, [try self.september(4)], minutes: 9)
        #expect(still.deduct == [try self.august(), try self.september(4)])
        let invoice = self.billed(to: -1_000, at: 600_000)
        let after = self.look(still.keep, [try self.september(5)], [invoice], minutes: 12)
        #expect(after.deduct == [try self.september(5)])
        #expect(after.overdue.isEmpty)
        #expect(self.look(after.keep, [try self.september(5)], minutes: 20).deduct == [try self.september(5)])
    }

    @Test func `the newest reading of a running period replaces the one before`() throws {
        let first = self.look([], [try self.august(100)], minutes: -60)
        let second = self.look(first.keep, [try self.august(300)], minutes: -50)
        #expect(second.deduct == [try self.august(300)])
        #expect(second.keep.map(\.endedAt) == [nil])
    }

    @Test func `usage that waits a day for its invoice is dropped and reported once`() throws {
        var held = self.look([], [try self.august()], minutes: -60)
        held = self.look(held.keep, [try self.september()], minutes: 24 * 60 - 1)
        #expect(held.deduct.count == 2)
        held = self.look(held.keep, [try self.september()], minutes: 24 * 60)
        #expect(held.deduct == [try self.september()])
        #expect(held.overdue.map(\.reading) == [try self.august()])
        #expect(held.overdue.map(\.endedAt) == [self.midnight - 1_000])
        held = self.look(held.keep, [try self.september()], minutes: 24 * 60 + 1)
        #expect(held.overdue.isEmpty)
    }

    @Test
    func `a subscription that vanished in mid-period is held until its last invoice, a day from when it was missed`()
        throws
    {
        let before = self.look([], [try self.september(80), try self.september(9, id: "other")], minutes: 60)
        let gone = self.look(before.keep, [try self.september(9, id: "other")], minutes: 90)
        #expect(gone.deduct == [try self.september(9, id: "other"), try self.september(80)])
        let paid = self.look(
            gone.keep,
            [try self.september(9, id: "other")],
            [self.billed(to: 80 * 60_000, at: 80 * 60_000)],
            minutes: 95
        )
        #expect(paid.deduct == [try self.september(9, id: "other")])
        let unpaid = self.look(gone.keep, [], minutes: 90 + 24 * 60)
        #expect(unpaid.overdue.map(\.reading) == [try self.september(80)])
    }

    @Test(
        arguments: [
            // The period before, one of another subscription, and a charge paid in advance in mid-period, which
            // names it all.
            (chargesTo: -31 * 86_400_000 - 1_000, at: -30 * 86_400_000, id: "sub", isBilled: false),
            (chargesTo: -1_000, at: 600_000, id: "other", isBilled: false),
            (chargesTo: -1_000, at: -86_400_000, id: "sub", isBilled: false),
            // The period itself, and an end before its time.
            (chargesTo: -1_000, at: 600_000, id: "sub", isBilled: true),
            (chargesTo: -3_600_000, at: -3_599_000, id: "sub", isBilled: true),
        ] as [(chargesTo: Int64, at: Int64, id: String, isBilled: Bool)]
    )
    func `only an invoice of the whole period ends the wait`(
        chargesTo: Int64,
        at: Int64,
        id: String,
        isBilled: Bool
    ) throws {
        let before = self.look([], [try self.august()], minutes: -60)
        let invoice = self.billed(to: chargesTo, at: at, id: id)
        let after = self.look(before.keep, [], [invoice], minutes: 15)
        #expect(after.deduct.isEmpty == isBilled)
    }

    @Test func `a period without anything to pay is not waited for`() throws {
        let before = self.look([], [try self.august(0)], minutes: -60)
        let after = self.look(before.keep, [try self.september()], minutes: 25 * 60)
        #expect(after.deduct == [try self.september()])
        #expect(after.overdue.isEmpty)
    }

    @Test func `a period that runs is deducted whatever invoices say`() throws {
        let held = self.look([], [try self.august()], [self.billed(to: -1_000, at: 600_000)], minutes: 12)
        #expect(held.deduct == [try self.august()])
    }

    @Test func `what is kept survives a round trip through JSON`() throws {
        let before = self.look([], [try self.august()], minutes: -60)
        let keep = self.look(before.keep, [try self.september(3)], minutes: 5).keep
        let json = try JSONEncoder().encode(keep)
        #expect(try JSONDecoder().decode([HeldUsage.Kept].self, from: json) == keep)
    }

    @Test func `the balance does not jump up at midnight`() throws {
        let wallet = try Sample.wallet("w", 1_000)
        let before = self.look([], [try self.august()], minutes: -60)
        let gap = self.look(before.keep, [try self.september(3)], minutes: 5)
        let lives = [before, gap].map {
            LiveBalance(wallets: [wallet], usages: $0.deduct).accounts.map(\.live.minorUnits)
        }
        #expect(lives == [[500], [497]])
    }
}
