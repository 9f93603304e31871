import Foundation
import Jobs
import LagoEvents
import Sandbox
import Store
import Synchronization
import TestSupport
import Testing
import Worker

/// Usage reaches Lago once, whatever stands between.
@Suite(.timeLimit(.minutes(2))) struct UsageForwarderTests {
    @Test func `a backlog goes out in batches, the oldest first, with the times of acceptance`() async throws {
        try await UsageFixture.running { usage in
            let start: Int64 = 1_785_571_200_001
            for number in 0..<1000 {
                try await usage.accept(UsageFixture.event("t\(number)"), at: start + Int64(number))
            }
            try await usage.forwarding { try await usage.settles() }
            let events = usage.sandbox.usageEvents.sorted { $0.timestamp < $1.timestamp }
            #expect(events.map(\.transactionID) == (0..<1000).map { "t\($0)" })
            #expect(events.map(\.timestamp) == (0..<1000).map { start + Int64($0) })
            #expect(usage.batches.count == 10 && usage.batches.all.allSatisfy { $0.count == 100 })
            // Several go at once, so they may overtake each other on the way, but not by more than those.
            for (index, batch) in usage.batches.all.enumerated() {
                let number = try #require(batch.first.flatMap { Int($0.dropFirst()) }) / 100
                #expect(abs(number - index) < 4)
            }
            #expect(usage.metric("forwarded") == 1000)
        }
    }

    @Test func `what comes while it runs goes out at once, and has the customer looked at`() async throws {
        try await UsageFixture.running { usage in
            try await usage.forwarding {
                for number in 0..<5 {
                    try await usage.accept(UsageFixture.event("t\(number)", of: number == 0 ? "d" : "c"))
                    #expect(await eventually { usage.sandbox.usageEvents.count == number + 1 })
                }
                try await usage.settles()
            }
            let looks = try await usage.store.jobs(JobFilter(kind: "look"), limit: 9)
            #expect(Set(looks.map(\.key)) == ["c", "d"])
        }
    }

    @Test func `one transaction of two subscriptions is never in one batch`() async throws {
        try await UsageFixture.running { usage in
            let events = (0..<30).flatMap { number in
                ["c", "d"].map { UsageFixture.event("t\(number)", of: $0) }
            }
            try await usage.accept(events)
            try await usage.forwarding { try await usage.settles() }
            #expect(usage.batches.all.allSatisfy { Set($0).count == $0.count })
            #expect(usage.sandbox.usageEvents.count == 60)
            #expect(Set(usage.sandbox.usageEvents.map { "\($0.subscription ?? "") \($0.transactionID)" }).count == 60)
        }
    }

    @Test func `a Lago that takes smaller batches is found out once`() async throws {
        try await UsageFixture.running { usage in
            usage.sandbox.usageBatchLimit = 30
            try await usage.accept((0..<500).map { UsageFixture.event("t\($0)") })
            try await usage.forwarding { try await usage.settles() }
            #expect(usage.sandbox.usageEvents.count == 500)
            // Four go at once, of a hundred and of fifty.
            #expect(usage.batches.all.count { $0.count > 30 } <= 8)
            let dead = try await usage.dead()
            #expect(dead.isEmpty)
        }
    }

    @Test func `of a batch, what Lago has is done, what it refuses is buried, and the rest arrives`() async throws {
        try await UsageFixture.running { usage in
            try await usage.accept(UsageFixture.event("t3"), UsageFixture.event("t8"))
            try await usage.forwarding { try await usage.settles() }
            let events = (0..<10).map { number in
                let isBad = number == 5 || number == 6
                return UsageFixture.event(
                    "t\(number)",
                    more: isBad ? #","timestamp":"yesterday""# : "",
                    isStamped: !isBad
                )
            }
            try await usage.accept(events)
            try await usage.forwarding { try await usage.settles() }
            let ids = usage.sandbox.usageEvents.map(\.transactionID)
            #expect(ids.count == 8 && Set(ids) == Set((0..<10).filter { $0 != 5 && $0 != 6 }.map { "t\($0)" }))
            let dead = try await usage.dead()
            #expect(Set(dead.map(\.key)) == ["sub_c/t5", "sub_c/t6"] && dead.allSatisfy { $0.customer == "c" })
            #expect(dead.allSatisfy { $0.lastError?.contains("invalid_format") == true })
            #expect(usage.metric("forwarded") == 10 && usage.metric("refused") == 2)
            #expect(usage.batches.all.map(\.count) == [2, 10, 6])
        }
    }

    @Test(arguments: ["serverError", "closedBeforeEffect", "closedAfterEffect", "rateLimited", "garbage", "held"])
    func `while Lago fails, loses answers or asks for a pause, every event waits and then arrives once`(
        fault: String
    ) async throws {
        try await UsageFixture.running { usage in
            var faults = Faults()
            faults.only = "/events"
            let chance = Faults.Chance.next(4)
            switch fault {
            case "serverError": faults.serverError = chance
            case "closedBeforeEffect": faults.closedBeforeEffect = chance
            case "closedAfterEffect": faults.closedAfterEffect = chance
            case "rateLimited": faults.rateLimited = .next(2)
            case "garbage": faults.garbage = .next(2)
            default: faults.heldRequest = chance
            }
            usage.sandbox.faults = faults
            try await usage.accept((0..<350).map { UsageFixture.event("t\($0)") })
            try await usage.forwarding {
                try await usage.settles()
                #expect(await eventually { usage.sandbox.usageEvents.count >= 350 })
            }
            #expect(Set(usage.sandbox.usageEvents.map(\.transactionID)).count == 350)
            #expect(usage.sandbox.usageEvents.count == 350)
            #expect(try await usage.dead().isEmpty)
        }
    }

    @Test func `a key that Lago refuses loses nothing`() async throws {
        try await UsageFixture.running { usage in
            let attempts = Atomic(0)
            usage.watch { _, _ in attempts.add(1, ordering: .relaxed).newValue <= 3 ? .answered(401) : .goOn }
            try await usage.accept((0..<10).map { UsageFixture.event("t\($0)") })
            try await usage.forwarding { try await usage.settles() }
            #expect(usage.sandbox.usageEvents.map(\.transactionID) == (0..<10).map { "t\($0)" }, "in their order")
            #expect(try await usage.dead().isEmpty)
        }
    }

    @Test(arguments: [500, 422, 400, 413])
    func `an event at which Lago fails without naming it holds up no other`(status: Int) async throws {
        try await UsageFixture.running { usage in
            let isMended = Atomic(false)
            usage.watch { transactions, _ in
                transactions.contains("poison") && !isMended.load(ordering: .relaxed) ? .answered(status) : .goOn
            }
            let events = (0..<40).map { UsageFixture.event($0 == 17 ? "poison" : "t\($0)") }
            try await usage.accept(events)
            try await usage.forwarding {
                #expect(await eventually { usage.sandbox.usageEvents.count == 39 })
                if status == 500 {
                    // It may be Lago's fault, which passes.
                    let isLeft = try await eventually {
                        try await usage.store.waitingUsage(limit: 9).map(\.event.transactionID) == ["poison"]
                    }
                    #expect(isLeft)
                    isMended.store(true, ordering: .relaxed)
                }
                try await usage.settles()
            }
            let dead = try await usage.dead()
            #expect(dead.map(\.key) == (status == 500 ? [] : ["sub_c/poison"]))
            #expect(usage.sandbox.usageEvents.count == (status == 500 ? 40 : 39))
        }
    }

    @Test func `what Lago has not taken for a week is a dead letter, told to the operator, and arrives when retried`()
        async throws
    {
        try await UsageFixture.running { usage in
            usage.sandbox.faults.serverError = .always
            let week: Int64 = 7 * 86_400_000
            let old = WorkerFixture.now() - week - 1
            try await usage.accept([UsageFixture.event("old")], at: old)
            try await usage.accept([UsageFixture.event("young")], at: old + 60_000)
            try await usage.forwarding {
                let isDead = try await eventually { try await usage.dead().count == 1 }
                #expect(isDead)
            }
            #expect(try await usage.store.waitingUsage(limit: 9).map(\.event.transactionID) == ["young"])
            let dead = try #require(try await usage.dead().first)
            #expect(dead.key == "sub_c/old" && dead.lastError?.contains("7 days") == true)

            let watch = DeadLetterWatch(
                store: usage.store,
                outbox: try await usage.fixture.outbox(),
                interval: .milliseconds(20),
                logger: quietLogger,
                now: WorkerFixture.now
            )
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await watch.run() }
                let isTold = try await eventually {
                    try await usage.store.messages(MessageFilter(kind: "operator_alert"), limit: 9).count == 1
                }
                #expect(isTold)
                group.cancelAll()
            }

            usage.sandbox.faults.serverError = .never
            let id = JobID(rawValue: dead.id)
            let isRetried = try await usage.store.write { try $0.retry(id, at: WorkerFixture.now()) }
            #expect(isRetried)
            let worker = usage.fixture
            try await worker.working {
                let isDone = try await eventually { try await worker.job(id.rawValue).state == .done }
                #expect(isDone)
            }
            let arrived = try #require(usage.sandbox.usageEvents.first)
            #expect(arrived.transactionID == "old" && arrived.timestamp == old, "at the time of its acceptance")
            let looks = try await usage.store.jobs(JobFilter(kind: "look"), limit: 9)
            #expect(looks.map(\.key) == ["c"])
        }
    }

    @Test func `a retried dead letter that Lago knows is done, and one that it still refuses is dead again`()
        async throws
    {
        try await UsageFixture.running { usage in
            try await usage.accept(UsageFixture.event("known"))
            try await usage.forwarding { try await usage.settles() }
            let bad = #"{"transaction_id":"bad","external_subscription_id":"sub_c","code":"x","timestamp":"no"}"#
            let known = String(decoding: UsageFixture.event("known").content, as: UTF8.self)
            for (key, arguments) in [("sub_c/known", known), ("sub_c/bad", bad)] {
                let job = NewJob(kind: .usage, key: key, customer: "c", arguments: arguments)
                try await usage.fixture.enqueue(job)
            }
            let worker = usage.fixture
            try await worker.working {
                let isIdle = try await worker.isIdle()
                try #require(isIdle)
            }
            let jobs = try await usage.store.jobs(JobFilter(kind: "usage"), limit: 9)
            #expect(jobs.first { $0.key == "sub_c/known" }?.state == .done)
            #expect(jobs.first { $0.key == "sub_c/bad" }?.state == .dead)
            #expect(usage.sandbox.usageEvents.count == 1)
        }
    }

    @Test func `stopped in mid-batch, it sends what was on its way again, and Lago has it once`() async throws {
        try await UsageFixture.running { usage in
            let (stream, arrived) = AsyncStream.makeStream(of: Void.self)
            usage.sandbox.onRequest = { request in
                guard request.moment == .afterEffect, request.path == "/events/batch" else { return .goOn }
                arrived.yield()
                return .lost
            }
            try await usage.accept((0..<100).map { UsageFixture.event("t\($0)") })
            try await usage.forwarding { _ = await stream.first { _ in true } }
            #expect(try await usage.store.usageBacklog().count == 100, "nobody has said that Lago has them")
            usage.sandbox.onRequest = nil
            try await usage.forwarding { try await usage.settles() }
            #expect(usage.sandbox.usageEvents.count == 100)
            #expect(Set(usage.sandbox.usageEvents.map(\.transactionID)).count == 100)
        }
    }
}
