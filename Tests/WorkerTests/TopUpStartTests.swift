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
    /// One look of a worker that leaves top-ups to the test.
    private func look(_ world: TopUpWorld) async throws {
        try await self.looking(world) { try await $0() }
    }

    /// A worker that looks when it is told to, leaves top-ups to the test, and puts mails off for an hour.
    private func looking(_ world: TopUpWorld, _ body: (_ look: () async throws -> Void) async throws -> Void)
        async throws
    {
        var fixture = world.fixture
        let taker = try await fixture.lookTaker(world.client, topUps: world.desk)
        fixture.handlers[.look] = LookHandler(taker: taker).callAsFunction
        fixture.handlers[.topUp] = { _ in JobOutcome(.notYet(for: .seconds(3600))) }
        fixture.handlers[.mail] = { _ in JobOutcome(.notYet(for: .seconds(3600))) }
        let worker = fixture
        try await worker.working { try await body { try await worker.lookWhileWorking(at: "c") } }
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
            // A worker that starts has all mails decided anew, so it is one throughout.
            try await self.looking(world) { look in
                try await look()
                try world.sandbox.recordUsage(customer: "c", units: "900")
                try await look()
                #expect(try await world.mails() == ["low_balance"])
                let tenMinutes: Range<Int64> = 60_000..<601_000
                #expect(tenMinutes.contains(try await self.mailIsDueIn(world)))
                #expect(try await world.steps(to: .submitted))
                try await look()
                #expect(tenMinutes.contains(try await self.mailIsDueIn(world)))
                try world.sandbox.decline(try #require(try await world.bought().first).id)
                #expect(try await world.steps(to: .failed))
                try await look()
                // It ran, and was put off.
                #expect(try await eventually { try await self.mailIsDueIn(world) > 3_000_000 })
            }
        }
    }

    @Test func `a mail that waited for a top-up goes out when the account falls again with nothing under way`()
        async throws
    {
        try await TopUpWorld.running(credits: "100", payments: .succeed, deadline: TopUpWorld.patient) { world in
            try await self.looking(world) { look in
                try await look()
                try world.sandbox.recordUsage(customer: "c", units: "900")
                try await look()
                #expect(try await world.mails() == ["low_balance"])
                #expect(try await world.steps(to: .settled))
                try await look()
                #expect(try await world.reason() == "above_threshold")
                try world.sandbox.recordUsage(customer: "c", units: "450")
                try await look()
                #expect(try await world.reason() == "cooldown")
                // It ran, and was put off.
                #expect(try await eventually { try await self.mailIsDueIn(world) > 3_000_000 })
            }
        }
    }

    /// In milliseconds.
    private func mailIsDueIn(_ world: TopUpWorld) async throws -> Int64 {
        let mails = try await world.store.jobs(JobFilter(kind: "mail"), limit: 9)
        return try #require(mails.first { $0.key == "1" }).dueAt - WorkerFixture.now()
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
