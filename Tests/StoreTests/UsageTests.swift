import Jobs
import LagoEvents
import Store
import TestSupport
import Testing

/// The outbox of usage: what is accepted stays until somebody lets it go.
@Suite struct UsageTests {
    private static func event(
        _ transaction: String,
        of subscription: String = "sub",
        content: String = "{}",
        isStamped: Bool = false
    ) -> UsageEvent {
        UsageEvent(
            subscription: subscription,
            transactionID: transaction,
            customer: CustomerID(rawValue: "c"),
            content: Array(content.utf8),
            isStamped: isStamped
        )
    }

    private func accept(_ fixture: StoreFixture, _ events: [UsageEvent], at now: Int64) async throws -> [Int64] {
        try await fixture.store.write { try $0.accept(events, at: now) }
    }

    @Test func `what is accepted waits in that order, and is read by count and by size`() async throws {
        let fixture = try StoreFixture()
        let content = #"{"n":"0123456789"}"#
        for number in 0..<10 {
            _ = try await self.accept(fixture, [Self.event("t\(number)", content: content)], at: Int64(number))
        }
        let all = try await fixture.store.waitingUsage(limit: 100)
        #expect(all.map(\.event.transactionID) == (0..<10).map { "t\($0)" })
        #expect(all.map(\.acceptedAt) == Array(0..<10))
        #expect(try await fixture.store.waitingUsage(limit: 3).map(\.id) == all.prefix(3).map(\.id))
        let bytes = content.utf8.count * 2 + 1
        #expect(try await fixture.store.waitingUsage(limit: 100, bytes: bytes).count == 3)
        let others = Set(all.prefix(8).map(\.id))
        #expect(try await fixture.store.waitingUsage(limit: 100, except: others).map(\.id) == all.suffix(2).map(\.id))
        #expect(try await fixture.store.usageBacklog() == UsageBacklog(count: 10, oldestAcceptedAt: 0))
        try await fixture.store.write { try $0.removeUsage(all.map(\.id)) }
        #expect(try await fixture.store.usageBacklog() == UsageBacklog(count: 0, oldestAcceptedAt: nil))
    }

    @Test func `the same event twice is one, and another content under its name is refused with all beside it`()
        async throws
    {
        let fixture = try StoreFixture()
        let first = Self.event("t", content: #"{"n":1}"#, isStamped: true)
        #expect(try await self.accept(fixture, [first], at: 5) == [5])
        #expect(
            try await self.accept(fixture, [Self.event("new"), first], at: 9) == [9, 5],
            "its time is the first one's"
        )
        for other in [
            Self.event("t", content: #"{"n":2}"#, isStamped: true), Self.event("t", content: #"{"n":1}"#),
        ] {
            await #expect(throws: UsageEventTaken(index: 1)) {
                _ = try await self.accept(fixture, [Self.event("beside"), other], at: 10)
            }
        }
        #expect(try await self.accept(fixture, [Self.event("t", of: "another", content: "{}")], at: 11) == [11])
        let waiting = try await fixture.store.waitingUsage(limit: 9)
        #expect(waiting.map(\.event.transactionID) == ["t", "new", "t"])
    }

    @Test func `one refusal in a shared commit undoes nobody else's events`() async throws {
        let fixture = try StoreFixture()
        _ = try await self.accept(fixture, [Self.event("taken", content: "1")], at: 0)
        let outcomes = await withTaskGroup(of: Bool.self) { group in
            for number in 0..<200 {
                let event = number % 10 == 0 ? Self.event("taken", content: "2") : Self.event("t\(number)")
                group.addTask { (try? await self.accept(fixture, [event], at: 1)) != nil }
            }
            return await group.reduce(into: [Bool]()) { $0.append($1) }
        }
        #expect(outcomes.count { !$0 } == 20)
        #expect(try await fixture.store.usageBacklog().count == 181)
    }

    @Test(arguments: [
        (#"{"code":"c"}"#, true, #"{"code":"c","timestamp":"1785571200.007"}"#),
        (#"{"code":"c","timestamp":5}"#, false, #"{"code":"c","timestamp":5}"#),
    ])
    func `an event without a time has that of its acceptance`(content: String, isStamped: Bool, json: String) {
        let event = Self.event("t", content: content, isStamped: isStamped)
        let waiting = WaitingUsage(id: 1, event: event, acceptedAt: 1_785_571_200_007)
        #expect(String(decoding: waiting.json, as: UTF8.self) == json)
    }

    @Test func `a buried job is a dead letter, which a person may retry`() async throws {
        let fixture = try StoreFixture()
        let job = NewJob(kind: .usage, key: "sub/t", customer: "c", arguments: "{}", maxAttempts: 3)
        try await fixture.store.write { try $0.bury(job, reason: "it is of wax", at: 7) }
        let dead = try #require(try await fixture.store.deadLetters(since: 0, limit: 9).first)
        #expect(dead.job.state == .dead && dead.job.lastError == "it is of wax" && dead.endedAt == 7)
        #expect(try await fixture.claim(at: 100).isEmpty)
        #expect(try await fixture.store.write { try $0.retry(JobID(rawValue: dead.job.id), at: 100) })
        let lease = try #require(try await fixture.claim(at: 100).first)
        #expect(lease.kind == .usage && lease.arguments == "{}" && lease.attempt == 1 && lease.maxAttempts == 3)
    }
}
