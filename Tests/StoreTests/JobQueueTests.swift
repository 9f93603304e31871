import Jobs
import Store
import Testing

@Suite struct JobQueueTests {
    @Test(arguments: [(elapsed: 29_999, takenOver: false), (elapsed: 30_000, takenOver: true)])
    func `a lease is taken over once it lapses, not before`(elapsed: Int64, takenOver: Bool) async throws {
        let fixture = try StoreFixture()
        try await fixture.enqueue(.laned("k", customer: "c"))
        let first = try #require(try await fixture.claim(at: 0).first)
        let second = try await fixture.claim(owner: "b", at: elapsed)
        #expect(second.isEmpty != takenOver)
        #expect(try await fixture.settle(first, as: .done, at: elapsed) == !takenOver)
        if takenOver {
            #expect(second.first?.attempt == 2)
            let job = try #require(try await fixture.store.job(first.jobID))
            #expect(job.attempts.map(\.result) == ["lapsed", nil])
        }
    }

    @Test func `jobs are taken in order of due time, none before it is due`() async throws {
        let fixture = try StoreFixture()
        for (key, dueAt) in [("late", 300), ("early", 100), ("middle", 200)] as [(String, Int64)] {
            try await fixture.enqueue(.plain(key), dueAt: dueAt)
        }
        #expect(try await fixture.claim(at: 99).isEmpty)
        #expect(try await fixture.claim(at: 250).map(\.key) == ["early", "middle"])
        #expect(try await fixture.claim(at: 300).map(\.key) == ["late"])
    }

    @Test func `of one customer and lane one job runs at a time, in order of due time`() async throws {
        let fixture = try StoreFixture()
        for (key, dueAt) in [("third", 30), ("first", 10), ("second", 20)] as [(String, Int64)] {
            try await fixture.enqueue(.laned(key, customer: "c"), dueAt: dueAt)
        }
        try await fixture.enqueue(.laned("other lane", customer: "c", lane: .mail), dueAt: 15)
        try await fixture.enqueue(.laned("other customer", customer: "d"), dueAt: 16)
        var order: [String] = []
        var leases = try await fixture.claim(at: 100)
        #expect(leases.map(\.key) == ["first", "other lane", "other customer"])
        while let lease = leases.first {
            order.append(lease.key)
            #expect(Set(leases.map { "\($0.customer ?? "")" }).count <= 2)
            try await fixture.settle(lease, as: .done, at: 100)
            leases = Array(leases.dropFirst()) + (try await fixture.claim(at: 100))
        }
        #expect(order.filter { !$0.hasPrefix("other") } == ["first", "second", "third"])
        #expect(order.count == 5)
    }

    @Test func `a job that waits for a later time holds up none behind it`() async throws {
        let fixture = try StoreFixture()
        try await fixture.enqueue(.laned("a", customer: "c"), dueAt: 10)
        try await fixture.enqueue(.laned("b", customer: "c"), dueAt: 20)
        let a = try #require(try await fixture.claim(at: 100).first)
        try await fixture.settle(a, as: .again(after: .seconds(60), reason: "later"), at: 100)
        #expect(try await fixture.claim(at: 100).map(\.key) == ["b"])
        try await fixture.enqueue(.laned("c", customer: "c"), dueAt: 50)
        #expect(try await fixture.claim(at: 100).isEmpty, "b still runs")
    }

    @Test func `a snooze and a hand-back spend no attempt, a failure does`() async throws {
        let fixture = try StoreFixture()
        try await fixture.enqueue(.plain("k"))
        var lease = try #require(try await fixture.claim(at: 0).first)
        #expect(lease.attempt == 1)
        try await fixture.settle(lease, as: .snooze(for: .seconds(5)), at: 0)
        #expect(try await fixture.claim(at: 4_999).isEmpty)
        lease = try #require(try await fixture.claim(at: 5_000).first)
        #expect(lease.attempt == 1)
        try await fixture.settle(lease, as: .handBack, at: 5_000)
        lease = try #require(try await fixture.claim(at: 5_000).first)
        #expect(lease.attempt == 1)
        try await fixture.settle(lease, as: .again(after: .seconds(1), reason: "x"), at: 5_000)
        lease = try #require(try await fixture.claim(at: 6_000).first)
        #expect(lease.attempt == 2)
        try await fixture.settle(lease, as: .done, at: 6_000)
        let shown = try #require(try await fixture.store.job(lease.jobID))
        #expect(shown.attempts.map(\.result) == ["snoozed", "handed_back", "again", "done"])
        #expect(shown.job.state == .done && shown.job.attempt == 2)
    }

    @Test func `a job whose worker dies each time runs out of attempts`() async throws {
        let fixture = try StoreFixture()
        try await fixture.enqueue(.laned("k", customer: "c", maxAttempts: 3))
        try await fixture.enqueue(.laned("next", customer: "c"), dueAt: 1)
        var now: Int64 = 10
        for attempt in 1...3 {
            #expect(try await fixture.claim(at: now).map(\.attempt) == [attempt])
            now += 30_000
        }
        #expect(try await fixture.claim(at: now).isEmpty)
        let dead = try await fixture.store.jobs(JobFilter(state: .dead), limit: 10)
        #expect(dead.map(\.key) == ["k"])
        #expect(dead.first?.lastError == "gave up after 3 attempts: the worker ended without a verdict")
        #expect(try await fixture.claim(at: now).map(\.key) == ["next"])
    }

    @Test func `a worker that restarts takes its jobs up at once`() async throws {
        let fixture = try StoreFixture()
        try await fixture.enqueue(.laned("k", customer: "c"))
        let lost = try #require(try await fixture.claim(at: 0).first)
        let released = try await fixture.store.write { try $0.releaseLeases(at: 5) }
        #expect(released == 1)
        let lease = try #require(try await fixture.claim(owner: "b", at: 5).first)
        #expect(lease.attempt == 2)
        #expect(try await !fixture.settle(lost, as: .done, at: 6))
        #expect(try await fixture.settle(lease, as: .done, at: 6))
    }

    @Test func `a renewed lease does not lapse, a lost one is reported`() async throws {
        let fixture = try StoreFixture()
        try await fixture.enqueue(.plain("k"))
        let lease = try #require(try await fixture.claim(at: 0).first)
        #expect(try await fixture.store.write { try $0.renew([lease], until: 60_000) }.isEmpty)
        #expect(try await fixture.claim(at: 59_999).isEmpty)
        #expect(try await fixture.claim(owner: "b", at: 60_000).count == 1)
        #expect(try await fixture.store.write { try $0.renew([lease], until: 90_000) } == [lease])
    }

    @Test func `a claim takes a batch, and no more than its limit`() async throws {
        let fixture = try StoreFixture()
        for index in 0..<40 { try await fixture.enqueue(.laned("\(index)", customer: "\(index)")) }
        #expect(try await fixture.claim(3, at: 0).count == 3)
        #expect(try await fixture.claim(100, at: 0).count == 16)
        #expect(try await fixture.claim(100, at: 0).count == 16)
        #expect(try await fixture.claim(100, at: 0).count == 5)
    }

    @Test func `a dead letter can be retried or discarded by a person, a running job cannot`() async throws {
        let fixture = try StoreFixture()
        try await fixture.enqueue(.laned("k", customer: "c"))
        let lease = try #require(try await fixture.claim(at: 0).first)
        #expect(try await !fixture.store.write { try $0.discard(lease.jobID, at: 1) })
        #expect(try await !fixture.store.write { try $0.retry(lease.jobID, at: 1) })
        try await fixture.settle(lease, as: .deadLetter(reason: "no"), at: 1)
        #expect(try await fixture.store.write { try $0.retry(lease.jobID, at: 2) })
        let again = try #require(try await fixture.claim(at: 2).first)
        #expect(again.attempt == 1 && again.jobID == lease.jobID)
        try await fixture.settle(again, as: .deadLetter(reason: "no"), at: 3)
        try await fixture.enqueue(.laned("k", customer: "c"), dueAt: 10)
        #expect(try await !fixture.store.write { try $0.retry(lease.jobID, at: 4) }, "another of its key is live")
        #expect(try await fixture.store.write { try $0.discard(lease.jobID, at: 5) })
        #expect(try await fixture.store.job(lease.jobID)?.job.state == .discarded)
    }

    @Test func `counts and the next due time tell what waits`() async throws {
        let fixture = try StoreFixture()
        #expect(try await fixture.store.nextDueAt() == nil)
        try await fixture.enqueue(.plain("a"), dueAt: 500)
        try await fixture.enqueue(.plain("b"), dueAt: 400)
        #expect(try await fixture.store.nextDueAt() == 400)
        let counts = try await fixture.store.jobCounts()
        #expect(counts.map(\.kind) == ["look"] && counts.map(\.state) == [.available])
        #expect(counts.map(\.count) == [2] && counts.map(\.oldestDueAt) == [400])
    }
}
