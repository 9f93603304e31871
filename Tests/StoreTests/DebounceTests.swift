import Jobs
import Store
import Testing

/// What asking again for a live job does.
@Suite struct DebounceTests {
    private let job = NewJob.laned("k", customer: "c")
    private let debounce = Timing.debounce(quiet: .seconds(2), limit: .seconds(10))

    @Test func `a stream of wishes is one job, at most ten seconds late`() async throws {
        let fixture = try StoreFixture()
        for now in stride(from: 0, through: 30_000, by: 500) as StrideThrough<Int64> {
            let due = try await fixture.store.nextDueAt()
            #expect(due.map { $0 <= 10_000 } ?? true)
            try await fixture.store.write { [job, debounce] in try $0.enqueue(job, debounce, at: now) }
        }
        #expect(try await fixture.store.nextDueAt() == 10_000)
        #expect(try await fixture.store.jobs(limit: 10).count == 1)
    }

    @Test func `a lone wish is due after the quiet time`() async throws {
        let fixture = try StoreFixture()
        try await fixture.store.write { [job, debounce] in try $0.enqueue(job, debounce, at: 1_000) }
        #expect(try await fixture.store.nextDueAt() == 3_000)
    }

    @Test func `a wish while the job runs makes it run once more`() async throws {
        let fixture = try StoreFixture()
        try await fixture.enqueue(self.job)
        let lease = try #require(try await fixture.claim(at: 0).first)
        for now in [100, 200, 300] as [Int64] {
            try await fixture.store.write { [job, debounce] in try $0.enqueue(job, debounce, at: now) }
        }
        #expect(try await fixture.claim(at: 10_000).isEmpty)
        try await fixture.settle(lease, as: .done, at: 400)
        #expect(try await fixture.store.nextDueAt() == 2_100)
        let second = try #require(try await fixture.claim(at: 2_100).first)
        #expect(second.attempt == 1 && second.jobID != lease.jobID)
        try await fixture.settle(second, as: .done, at: 2_200)
        #expect(try await fixture.store.nextDueAt() == nil)
    }

    @Test func `a wish brings a job forward that waits out a failure`() async throws {
        let fixture = try StoreFixture()
        try await fixture.enqueue(self.job)
        let lease = try #require(try await fixture.claim(at: 0).first)
        try await fixture.settle(lease, as: .again(after: .seconds(900), reason: "away"), at: 0)
        try await fixture.store.write { [job, debounce] in try $0.enqueue(job, debounce, at: 5_000) }
        #expect(try await fixture.store.nextDueAt() == 7_000)
    }

    @Test func `keep leaves the live job as it is, replace moves it`() async throws {
        let fixture = try StoreFixture()
        let (early, late) = (
            NewJob(kind: .look, key: "k", arguments: "1"), NewJob(kind: .look, key: "k", arguments: "2")
        )
        try await fixture.store.write { try $0.enqueue(early, .keep(dueAt: 100), at: 0) }
        try await fixture.store.write { try $0.enqueue(late, .keep(dueAt: 50), at: 0) }
        #expect(try await fixture.store.nextDueAt() == 100)
        try await fixture.store.write { try $0.enqueue(late, .replace(dueAt: 50), at: 0) }
        let lease = try #require(try await fixture.claim(at: 50).first)
        #expect(lease.arguments == "2")
        try await fixture.store.write { try $0.enqueue(early, .keep(dueAt: 60), at: 50) }
        try await fixture.settle(lease, as: .done, at: 55)
        #expect(try await fixture.store.nextDueAt() == nil)
    }
}
