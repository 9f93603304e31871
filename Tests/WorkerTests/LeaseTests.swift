import Jobs
import Store
import TestSupport
import Testing
import Worker

/// Claims on jobs, and what becomes of them at the end of a worker.
@Suite(.timeLimit(.minutes(2))) struct LeaseTests {
    @Test func `a shutdown lets a running job finish`() async throws {
        var fixture = try WorkerFixture()
        let gate = Gate()
        fixture.handlers[.chore] = { _ in
            await gate.wait()
            return JobOutcome(.succeeded)
        }
        try await fixture.enqueue(.chore("running"))
        try await withThrowingTaskGroup(of: Void.self) { group in
            try await fixture.working {
                try #require(try await eventually { try await fixture.job(1).results == ["running"] })
                // The shutdown begins when this body returns, and the gate opens after that.
                group.addTask {
                    try await Task.sleep(for: .milliseconds(100))
                    gate.open()
                }
            }
            try await group.waitForAll()
        }
        let job = try await fixture.job(1)
        #expect(job.state == .done && job.attempt == 1 && job.results == ["done"])
    }

    @Test func `a shutdown hands back a job that will not finish, and takes up no other`() async throws {
        var fixture = try WorkerFixture()
        fixture.pace.concurrency = 1
        fixture.pace.farewell = .milliseconds(50)
        fixture.handlers[.chore] = { _ in
            try await Task.sleep(for: .seconds(3600))
            return JobOutcome(.succeeded)
        }
        try await fixture.enqueue(.chore("endless"), .chore("waiting"))
        try await fixture.working {
            try #require(try await eventually { try await fixture.job(1).results == ["running"] })
        }
        let job = try await fixture.job(1)
        #expect(job.state == .available && job.attempt == 0 && job.results == ["handed_back"])
        let dueAt = try #require(try await fixture.store.jobs(limit: 10).last).dueAt
        #expect(dueAt <= WorkerFixture.now(), "it is due at once")
        let waiting = try await fixture.job(2)
        #expect(waiting.state == .available && waiting.results.isEmpty)
    }

    @Test func `a job of a worker that is gone is taken up at the start of the next`() async throws {
        var fixture = try WorkerFixture()
        fixture.handlers[.chore] = { _ in JobOutcome(.succeeded) }
        try await fixture.enqueue(.chore("a", customer: "c", lane: .mail))
        let now = WorkerFixture.now()
        _ = try await fixture.store.write { try $0.claim(limit: 1, owner: "gone", for: .seconds(3600), at: now) }
        try await fixture.working { try #require(try await fixture.isIdle(within: .seconds(5))) }
        let job = try await fixture.job(1)
        #expect(job.state == .done && job.attempt == 2 && job.results == ["lapsed", "done"])
    }

    @Test func `renewal keeps a job that takes longer than its lease`() async throws {
        var fixture = try WorkerFixture()
        fixture.pace.lease = .seconds(3)
        fixture.pace.renewal = .milliseconds(100)
        let runs = Record<Int>()
        fixture.handlers[.chore] = { lease in
            runs.add(lease.attempt)
            try await Task.sleep(for: .seconds(5))
            return JobOutcome(.succeeded)
        }
        try await fixture.working {
            try await fixture.enqueue(.chore("long"))
            try #require(try await fixture.isIdle())
        }
        #expect(runs.all == [1])
        #expect(try await fixture.job(1).results == ["done"])
    }

    @Test func `a job that outlives its lease writes nothing`() async throws {
        var fixture = try WorkerFixture()
        fixture.pace.concurrency = 2
        fixture.pace.lease = .seconds(3)
        fixture.pace.renewal = .seconds(60)
        let gate = Gate()
        let runs = Record<Int>()
        fixture.handlers[.chore] = { lease in
            runs.add(lease.attempt)
            if lease.attempt == 1 { await gate.wait() }
            return JobOutcome(.succeeded) { transaction in
                try transaction.enqueue(.chore("left by attempt \(lease.attempt)"), .keep(dueAt: .max), at: 0)
            }
        }
        try await fixture.working {
            try await fixture.enqueue(.chore("a"))
            try #require(try await eventually { try await fixture.job(1).state == .done })
            gate.open()
        }
        #expect(runs.all == [1, 2])
        #expect(try await fixture.job(1).results == ["lapsed", "done"])
        let keys = try await fixture.store.jobs(limit: 10).map(\.key)
        #expect(keys == ["left by attempt 2", "a"])
    }

    @Test func `a job that kills its worker each time runs out of attempts`() async throws {
        let fixture = try WorkerFixture()
        try await fixture.enqueue(.chore("deadly", maxAttempts: 3))
        var now = WorkerFixture.now()
        for _ in 0..<3 {
            let leases = try await fixture.store.write { [now] in
                try $0.claim(limit: 1, owner: "mortal", for: .seconds(1), at: now)
            }
            #expect(leases.count == 1)
            now += 1001
        }
        try await fixture.working { try #require(try await fixture.isIdle()) }
        let job = try await fixture.job(1)
        #expect(job.state == .dead && job.attempt == 3 && job.results == ["lapsed", "lapsed", "lapsed"])
        #expect(job.error?.contains("the worker ended without a verdict") == true)
    }
}
