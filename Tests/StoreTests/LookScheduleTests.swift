import Jobs
import LagoEvents
import Store
import Testing

/// Who is looked at when, and what moves that.
struct LookScheduleTests {
    private let fixture: StoreFixture
    private var store: Store { self.fixture.store }
    private static let wait = MovedWait(quiet: 2, near: 15, others: 120)

    init() throws {
        self.fixture = try StoreFixture()
    }

    private func schedule(
        _ customer: String,
        _ pace: ScheduledLook.Pace,
        dueAt: Int64,
        interval: Int64 = 900,
        lookedAt: Int64? = nil
    ) async throws {
        let look = ScheduledLook(
            customer: CustomerID(rawValue: customer),
            pace: pace,
            dueAt: dueAt,
            interval: interval,
            lookedAt: lookedAt
        )
        try await self.store.write { try $0.schedule(look, wait: Self.wait) }
    }

    private func look(_ customer: String) async throws -> ScheduledLook? {
        try await self.store.scheduledLook(at: CustomerID(rawValue: customer))
    }

    private func noteMoved(_ customers: String..., at now: Int64) async throws {
        let ids = Set(customers.map(CustomerID.init(rawValue:)))
        try await self.store.write { try $0.noteMoved(ids, wait: Self.wait, at: now) }
    }

    private func due(_ pace: ScheduledLook.Pace, at now: Int64, limit: Int = 9) async throws -> [String] {
        try await self.store.dueLooks([pace], limit: limit, at: now, soon: now + 30).map(\.customer.rawValue)
    }

    @Test func `those due longest come first, and only those of the pace that are due`() async throws {
        for (customer, pace, dueAt) in [("a", .near, 30), ("b", .near, 10), ("c", .far, 5), ("d", .near, 99)]
            as [(String, ScheduledLook.Pace, Int64)]
        {
            try await self.schedule(customer, pace, dueAt: dueAt)
        }
        #expect(try await self.due(.near, at: 50) == ["b", "a"])
        #expect(try await self.due(.near, at: 50, limit: 1) == ["b"])
        #expect(try await self.due(.far, at: 50) == ["c"])
        #expect(try await self.store.nextLookAt(after: 50) == 99)
        let counts = try await self.store.scheduledLookCounts(at: 50)
        #expect(counts.first { $0.pace == .near }.map { [$0.count, $0.due, Int($0.oldestDueAt)] } == [3, 2, 10])
    }

    @Test func `a customer whose look is a job that runs, or will soon, is left to it`() async throws {
        for customer in ["a", "b"] { try await self.schedule(customer, .near, dueAt: 10) }
        try await self.fixture.enqueue(.laned("a", customer: "a"), dueAt: 60)
        #expect(try await self.due(.near, at: 50) == ["b"])
        // One that waits out a long failure is no reason to look away.
        try await self.fixture.enqueue(.laned("a", customer: "a"), dueAt: 600)
        #expect(try await self.due(.near, at: 50) == ["a", "b"])
        #expect(try await self.fixture.claim(at: 600).count == 1)
        #expect(try await self.due(.near, at: 600) == ["b"], "it runs")
    }

    @Test func `usage that was seen brings the look forward, as far as the last one allows`() async throws {
        try await self.schedule("near", .near, dueAt: 60, interval: 30, lookedAt: 0)
        try await self.schedule("far", .far, dueAt: 900, lookedAt: 0)
        try await self.schedule("soon", .far, dueAt: 900, interval: 40, lookedAt: 0)
        try await self.schedule("late", .idle, dueAt: 3600, lookedAt: 0)
        try await self.noteMoved("near", "far", "soon", "nobody", at: 5)
        try await self.noteMoved("late", at: 500)
        #expect(try await self.look("near")?.dueAt == 15)
        #expect(try await self.look("far")?.dueAt == 225)
        #expect(try await self.look("soon")?.dueAt == 40)
        #expect(try await self.look("late")?.dueAt == 502)
        #expect(try await self.look("nobody") == nil)
        try await self.noteMoved("far", at: 20)
        #expect(try await self.look("far")?.dueAt == 225, "it is not put off by more usage")
    }

    @Test func `a look settles the usage before it, and is followed by one for usage after it`() async throws {
        try await self.schedule("c", .near, dueAt: 60, lookedAt: 0)
        try await self.noteMoved("c", at: 10)
        try await self.schedule("c", .near, dueAt: 100, lookedAt: 20)
        #expect(try await self.look("c").map { [$0.movedAt ?? 0, $0.dueAt] } == [0, 100])
        try await self.noteMoved("c", at: 45)
        try await self.schedule("c", .near, dueAt: 100, lookedAt: 40)
        #expect(try await self.look("c").map { [$0.movedAt ?? 0, $0.dueAt] } == [45, 55])
        try await self.schedule("c", .idle, dueAt: 999, lookedAt: 30)
        #expect(try await self.look("c")?.lookedAt == 40, "an earlier look does not replace a later one")
    }

    @Test func `a failure is waited out, whatever moves, and counted until a look succeeds`() async throws {
        try await self.schedule("c", .near, dueAt: 60, lookedAt: 0)
        let customer = CustomerID(rawValue: "c")
        for dueAt in [100, 200] as [Int64] {
            try await self.store.write { try $0.putOffLook(at: customer, until: dueAt, isFailure: true) }
        }
        try await self.noteMoved("c", at: 70)
        #expect(try await self.look("c").map { [Int64($0.failures), $0.dueAt] } == [2, 200])
        try await self.store.write { try $0.hastenLooks() }
        #expect(try await self.look("c")?.dueAt == 200)
        try await self.schedule("c", .near, dueAt: 300, lookedAt: 210)
        #expect(try await self.look("c").map { [Int64($0.failures), $0.dueAt] } == [0, 300])
    }

    @Test func `without the radar, looks are due at the end of their interval`() async throws {
        try await self.schedule("stretched", .far, dueAt: 3600, interval: 900, lookedAt: 100)
        try await self.schedule("soon", .far, dueAt: 500, interval: 900, lookedAt: 100)
        try await self.store.write { try $0.hastenLooks() }
        #expect(try await self.look("stretched")?.dueAt == 1000)
        #expect(try await self.look("soon")?.dueAt == 500)
    }

    @Test func `a customer that is planned already stays as it is, and one without a wallet goes`() async throws {
        try await self.schedule("c", .far, dueAt: 500, lookedAt: 100)
        for (customer, dueAt) in [("c", 1), ("new", 7)] as [(String, Int64)] {
            let look = ScheduledLook(
                customer: CustomerID(rawValue: customer),
                pace: .near,
                dueAt: dueAt,
                interval: 30
            )
            try await self.store.write { try $0.scheduleIfAbsent(look) }
        }
        #expect(try await self.look("c")?.dueAt == 500)
        #expect(try await self.look("new")?.dueAt == 7)
        try await self.store.write { try $0.unschedule(CustomerID(rawValue: "c")) }
        #expect(try await self.look("c") == nil)
    }

    @Test func `whose subscription it is, the active one first`() async throws {
        for (id, customer, status, seenAt) in [
            ("1", "old", "terminated", 9), ("2", "new", "active", 5), ("3", "other", "canceled", 1),
        ] as [(String, String, String, Int64)] {
            let subscription = MirroredSubscription(
                id: id,
                externalID: id == "3" ? "s2" : "s1",
                customer: CustomerID(rawValue: customer),
                plan: "p",
                status: status,
                object: [],
                seenAt: seenAt
            )
            try await self.store.write { try $0.save(subscription) }
        }
        let customers = try await self.store.customers(ofSubscriptions: ["s1", "s2", "s3"])
        #expect(customers.mapValues(\.rawValue) == ["s1": "new", "s2": "other"])
    }

    @Test func `paces that share hands take turns by due time`() async throws {
        for (customer, pace, dueAt) in [("f1", ScheduledLook.Pace.far, 30), ("i1", .idle, 10), ("f2", .far, 20)] {
            let look = ScheduledLook(
                customer: CustomerID(rawValue: customer),
                pace: pace,
                dueAt: Int64(dueAt),
                interval: 1
            )
            try await self.store.write { try $0.scheduleIfAbsent(look) }
        }
        let due = try await self.store.dueLooks([.far, .idle], limit: 2, at: 100, soon: 100)
        #expect(due.map(\.customer.rawValue) == ["i1", "f2"])
    }

    @Test func `a clock that was set back keeps nobody waiting`() async throws {
        let hour: Int64 = 3_600_000
        let ahead = ScheduledLook(
            customer: CustomerID(rawValue: "c"),
            pace: .near,
            dueAt: 10 * hour + 30_000,
            interval: 30_000,
            lookedAt: 10 * hour
        )
        let wait = MovedWait(quiet: 0, near: 0, others: 0)
        try await self.store.write { try $0.schedule(ahead, wait: wait) }
        try await self.store.write { try $0.mendLooks(latest: 2 * hour, at: hour) }
        let mended = try #require(try await self.store.scheduledLook(at: ahead.customer))
        #expect(mended.dueAt == 2 * hour && mended.lookedAt == hour)
        let next = ScheduledLook(
            customer: ahead.customer,
            pace: .near,
            dueAt: hour + 60_000,
            interval: 30_000,
            lookedAt: hour + 30_000
        )
        try await self.store.write { try $0.schedule(next, wait: wait) }
        #expect(try await self.store.scheduledLook(at: ahead.customer)?.dueAt == hour + 60_000)
    }
}
