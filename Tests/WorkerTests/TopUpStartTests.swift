import Foundation
import Jobs
import LagoAPI
import LagoEvents
import Rules
import Sandbox
import Store
import TestSupport
import Testing
import Worker

/// What starts a top-up: looks, and events about purchases.
@Suite(.timeLimit(.minutes(2))) struct TopUpStartTests {
    /// A worker that looks, and leaves top-ups to the test.
    private func look(_ world: TopUpWorld) async throws {
        var fixture = world.fixture
        let taker = try await fixture.lookTaker(world.client, topUps: world.desk)
        fixture.handlers[.look] = LookHandler(taker: taker).callAsFunction
        fixture.handlers[.topUp] = { _ in JobOutcome(.notYet(for: .seconds(3600))) }
        fixture.handlers[.mail] = { _ in JobOutcome(.notYet(for: .seconds(3600))) }
        try await fixture.look(at: "c")
    }

    private func jobs(_ world: TopUpWorld) async throws -> [JobSummary] {
        try await world.store.jobs(JobFilter(kind: "top_up"), limit: 9)
    }

    @Test func `a look at a low account has it topped up, and one above its threshold says why not`() async throws {
        try await TopUpWorld.running(credits: "100", deadline: TopUpWorld.patient) { world in
            try await self.look(world)
            #expect(try await self.jobs(world).isEmpty)
            #expect(try await world.reason() == "above_threshold")
            try world.sandbox.recordUsage(customer: "c", units: "900")
            try await self.look(world)
            #expect(try await self.jobs(world).map(\.key) == ["c"])
            #expect(try await world.topUps().isEmpty)
        }
    }

    @Test func `a low-balance mail waits for the top-up that follows, and goes out when that is declined`() async throws
    {
        try await TopUpWorld.running(credits: "100", deadline: TopUpWorld.patient) { world in
            try await self.look(world)
            try world.sandbox.recordUsage(customer: "c", units: "900")
            try await self.look(world)
            func due() async throws -> Int64? {
                let mails = try await world.store.jobs(JobFilter(kind: "mail"), limit: 9)
                return mails.first { $0.key == "1" }.map { $0.dueAt - WorkerFixture.now() }
            }
            #expect(try await world.mails() == ["low_balance"])
            let tenMinutes: Range<Int64> = 60_000..<601_000
            #expect(tenMinutes.contains(try #require(try await due())))
            #expect(try await world.steps(to: .submitted))
            try await self.look(world)
            #expect(tenMinutes.contains(try #require(try await due())))
            try world.sandbox.decline(try #require(try await world.bought().first).id)
            #expect(try await world.steps(to: .failed))
            try await self.look(world)
            // It ran, and this worker puts mails off for an hour.
            #expect(try await eventually { try await due() ?? 0 > 3_000_000 })
        }
    }

    @Test func `a mail that waited for a top-up goes out when the account falls again with nothing under way`()
        async throws
    {
        try await TopUpWorld.running(credits: "100", payments: .succeed, deadline: TopUpWorld.patient) { world in
            try await self.look(world)
            try world.sandbox.recordUsage(customer: "c", units: "900")
            try await self.look(world)
            #expect(try await world.mails() == ["low_balance"])
            #expect(try await world.steps(to: .settled))
            try await self.look(world)
            #expect(try await world.reason() == "above_threshold")
            try world.sandbox.recordUsage(customer: "c", units: "450")
            try await self.look(world)
            #expect(try await world.reason() == "cooldown")
            // It ran, and this worker puts mails off for an hour.
            let hasRun = try await eventually {
                let mails = try await world.store.jobs(JobFilter(kind: "mail"), limit: 9)
                return mails.contains { $0.key == "1" && $0.dueAt - WorkerFixture.now() > 3_000_000 }
            }
            #expect(hasRun)
        }
    }

    @Test func `what Lago answered a moment ago is not asked again at each look`() async throws {
        try await TopUpWorld.running(provider: nil, deadline: TopUpWorld.patient) { world in
            try await world.step()
            #expect(try await world.reason() == "no_payment_provider")
            try await self.look(world)
            #expect(try await self.jobs(world).isEmpty)
        }
    }

    @Test func `a limit that ends brings the next try`() async throws {
        try await TopUpWorld.running(payments: .succeed, deadline: TopUpWorld.patient) { world in
            #expect(try await world.steps(to: .settled))
            try world.sandbox.recordUsage(customer: "c", units: "550")
            try await self.look(world)
            #expect(try await world.reason() == "cooldown")
            let due = try #require(try await self.jobs(world).first).dueAt
            let made = try #require(try await world.topUps().first).created.at
            #expect(due == made + 3_600_000)
        }
    }

    @Test func `an event about a purchase has open top-ups looked at`() async throws {
        try await TopUpWorld.running(deadline: TopUpWorld.patient) { world in
            var fixture = world.fixture
            fixture.handlers[.look] = { _ in JobOutcome(.succeeded) }
            fixture.handlers[.topUp] = { _ in JobOutcome(.succeeded) }
            try await fixture.working {
                try await fixture.record("a", customer: "c", type: "wallet_transaction.updated")
                try #require(try await eventually { try await fixture.store.pendingEvents(limit: 1).isEmpty })
                #expect(try await self.jobs(world).isEmpty)
                try await world.leave(.unknown)
                try await fixture.record("b", customer: "c", type: "wallet_transaction.updated")
                #expect(try await eventually { try await self.jobs(world).map(\.state) == [.done] })
            }
        }
    }
}
