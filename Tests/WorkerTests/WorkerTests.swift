import Jobs
import Store
import Synchronization
import Telemetry
import TestSupport
import Testing
import Worker

@Suite(.timeLimit(.minutes(2))) struct WorkerTests {
    private struct Mishap: Error, CustomStringConvertible {
        let description = "a mishap"
    }

    @Test func `a job runs right after its commit`() async throws {
        var fixture = try WorkerFixture()
        fixture.pace.poll = .seconds(60)  // only the signal of the commit can be so quick
        let begun = Record<ContinuousClock.Instant>()
        fixture.handlers[.chore] = { _ in
            begun.add(.now)
            return JobOutcome(.succeeded)
        }
        var waits: [Duration] = []
        try await fixture.working {
            for number in 1...20 {
                try await fixture.enqueue(.chore("\(number)"))
                let committed = ContinuousClock.now
                #expect(await eventually { begun.count == number })
                waits.append(try #require(begun.all.last) - committed)
            }
            try #require(try await fixture.isIdle())
        }
        // That every job came at all is the signal's doing; how soon is for a machine to tell that is not so busy.
        #expect(waits.sorted()[waits.count / 4] < .seconds(1), "\(waits)")
    }

    @Test func `a job that another process commits runs within the poll`() async throws {
        var fixture = try WorkerFixture()
        fixture.handlers[.chore] = { _ in JobOutcome(.succeeded) }
        let elsewhere = try Store(path: fixture.folder.path("sluice.db"), access: .command)
        try await fixture.working {
            let now = WorkerFixture.now()
            try await elsewhere.write { try $0.enqueue(.chore("far"), .keep(dueAt: now), at: now) }
            try #require(try await fixture.isIdle(within: .seconds(5)))
            #expect(try await fixture.job(1).state == .done)
        }
    }

    @Test func `failing attempts back off and the last makes a dead letter`() async throws {
        var fixture = try WorkerFixture()
        fixture.pace.backoff = Backoff(base: .milliseconds(40), limit: .milliseconds(100))
        let begun = Record<ContinuousClock.Instant>()
        fixture.handlers[.chore] = { _ in
            begun.add(.now)
            throw Mishap()
        }
        try await fixture.working {
            try await fixture.enqueue(.chore("a", maxAttempts: 4))
            try #require(try await fixture.isIdle())
        }
        let job = try await fixture.job(1)
        #expect(job.state == .dead && job.attempt == 4 && job.results == ["again", "again", "again", "dead"])
        #expect(job.error == "gave up after 4 attempts: a mishap")
        let waits = zip(begun.all, begun.all.dropFirst()).map { $1 - $0 }
        for (wait, least) in zip(waits, [40, 80, 100]) { #expect(wait >= .milliseconds(least)) }
        let metrics = fixture.registry.exposition(gauges: [])
        #expect(metrics.contains(#"sluice_attempts_total{kind="chore",result="again"} 3"#))
        #expect(metrics.contains(#"sluice_attempts_total{kind="chore",result="dead"} 1"#))
    }

    @Test func `jitter shortens a wait by up to half`() async throws {
        var fixture = try WorkerFixture()
        fixture.pace.backoff = Backoff(base: .seconds(3600), limit: .seconds(3600))
        fixture.jitter = 0.5
        fixture.handlers[.chore] = { _ in throw Mishap() }
        let before = WorkerFixture.now()
        try await fixture.working {
            try await fixture.enqueue(.chore("a"))
            try #require(try await eventually { try await fixture.job(1).results == ["again"] })
        }
        let dueAt = try #require(try await fixture.store.jobs(limit: 1).first?.dueAt)
        #expect((2_700_000...2_720_000).contains(dueAt - before))
    }

    @Test(arguments: [
        (AttemptResult.permanent(reason: "no such thing"), "no such thing"), (nil, "this version knows no jobs"),
    ])
    func `what cannot succeed is a dead letter at once`(result: AttemptResult?, reason: String) async throws {
        var fixture = try WorkerFixture()
        if let result { fixture.handlers[.chore] = { _ in JobOutcome(result) } }
        try await fixture.working {
            try await fixture.enqueue(.chore("a"))
            try #require(try await fixture.isIdle())
        }
        let job = try await fixture.job(1)
        #expect(job.state == .dead && job.attempt == 1 && job.results == ["dead"])
        #expect(job.error?.contains(reason) == true)
    }

    @Test func `of one customer and lane no two jobs run at once, and they run in due order`() async throws {
        var fixture = try WorkerFixture()
        let running = Mutex<[String: Int]>([:])
        let overlaps = Record<String>()
        let order = Record<(customer: String, key: String)>()
        fixture.handlers[.chore] = { lease in
            let customer = lease.customer ?? ""
            let count = running.withLock { running in
                running[customer, default: 0] += 1
                return running[customer, default: 0]
            }
            if count > 1 { overlaps.add(customer) }
            order.add((customer, lease.key))
            try await Task.sleep(for: .milliseconds(.random(in: 0...2)))
            running.withLock { $0[customer, default: 0] -= 1 }
            return JobOutcome(.succeeded)
        }
        let now = WorkerFixture.now()
        var expected: [String: [String]] = [:]
        for customer in 1...50 {
            for (place, due) in (0..<8).shuffled().enumerated() {
                let job = NewJob.chore("\(customer)/\(due)", customer: "\(customer)", lane: .balance)
                try await fixture.store.write {
                    try $0.enqueue(job, .replace(dueAt: now - 1000 + Int64(due)), at: now + Int64(place))
                }
            }
            expected["\(customer)"] = (0..<8).map { "\(customer)/\($0)" }
        }
        try await fixture.working { try #require(try await fixture.isIdle()) }
        #expect(overlaps.all.isEmpty)
        #expect(Dictionary(grouping: order.all, by: \.customer).mapValues { $0.map(\.key) } == expected)
    }

    @Test func `a slow job holds up its own lane and no other`() async throws {
        var fixture = try WorkerFixture()
        let gate = Gate()
        let done = Record<String>()
        fixture.handlers[.chore] = { lease in
            if lease.key == "slow" { await gate.wait() }
            done.add(lease.key)
            return JobOutcome(.succeeded)
        }
        try await fixture.working {
            try await fixture.enqueue(.chore("slow", customer: "c", lane: .balance))
            try #require(try await eventually { try await fixture.job(1).results == ["running"] })
            try await fixture.enqueue(
                .chore("behind", customer: "c", lane: .balance),
                .chore("other lane", customer: "c", lane: .mail),
                .chore("other customer", customer: "d", lane: .balance)
            )
            #expect(await eventually { done.count == 2 })
            #expect(Set(done.all) == ["other lane", "other customer"])
            gate.open()
            try #require(try await fixture.isIdle())
            #expect(Array(done.all.dropFirst(2)) == ["slow", "behind"])
        }
    }

    @Test func `mails that hang, however many, hold up no other job`() async throws {
        var fixture = try WorkerFixture()
        fixture.pace = WorkerService.Pace(concurrency: 2, mails: 3)
        let gate = Gate()
        let (mails, chores) = (Record<String>(), Record<String>())
        fixture.handlers[.mail] = { lease in
            mails.add(lease.key)
            await gate.wait()
            return JobOutcome(.succeeded)
        }
        fixture.handlers[.chore] = { lease in
            chores.add(lease.key)
            return JobOutcome(.succeeded)
        }
        try await fixture.working {
            try await fixture.enqueue(
                (1...50).map { NewJob(kind: .mail, key: "\($0)", customer: "\($0)", lane: .mail) }
            )
            #expect(await eventually { mails.count == 3 })
            try await fixture.enqueue((1...5).map { .chore("\($0)") })
            #expect(await eventually { chores.count == 5 })
            #expect(mails.count == 3)
            gate.open()
            try #require(try await fixture.isIdle())
            #expect(mails.count == 50)
        }
    }

    @Test func `a snooze costs no attempt and leaves no row`() async throws {
        var fixture = try WorkerFixture()
        let count = Mutex(0)
        fixture.handlers[.chore] = { _ in
            let number = count.withLock { count in
                count += 1
                return count
            }
            return JobOutcome(number < 4 ? .notYet(for: .milliseconds(20)) : .succeeded)
        }
        try await fixture.working {
            try await fixture.enqueue(.chore("a", maxAttempts: 2))
            try #require(try await fixture.isIdle())
        }
        let job = try await fixture.job(1)
        #expect(job.state == .done && job.attempt == 1 && job.results == ["done"])
    }

    @Test func `what a handler writes is there with its verdict, or not at all`() async throws {
        var fixture = try WorkerFixture()
        fixture.pace.lease = .seconds(60)
        fixture.handlers[.chore] = { lease in
            JobOutcome(.succeeded) { transaction in
                try transaction.enqueue(.chore("next of \(lease.key)"), .keep(dueAt: .max), at: 0)
                if lease.key == "bad" { throw Mishap() }
            }
        }
        try await fixture.working {
            try await fixture.enqueue(.chore("bad"), .chore("good"))
            try #require(try await eventually { try await fixture.job(2).state == .done })
            try #require(try await eventually { try await fixture.job(1).results == ["again"] })
        }
        let keys = try await fixture.store.jobs(limit: 10).map(\.key)
        #expect(keys.contains("next of good") && !keys.contains("next of bad"))
        let bad = try await fixture.job(1)
        #expect(bad.state == .available && bad.error == "a mishap", "another attempt makes it anew")
    }
}
