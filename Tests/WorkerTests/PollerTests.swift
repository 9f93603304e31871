import Foundation
import Jobs
import LagoEvents
import Sandbox
import Store
import TestSupport
import Testing
import Worker

/// Looks by schedule, with no webhook at all.
@Suite(.timeLimit(.minutes(2))) struct PollerTests {
    /// Runs `body` with customers of these credits; nobody has been looked at.
    private func polling(_ credits: [String: String], body: (PollingFixture) async throws -> Void) async throws {
        try await SandboxPeer.running {
            $0.customers = []
        } body: { lago in
            for (customer, credits) in credits {
                try lago.sandbox.createCustomer(customer, email: "\(customer)@example.test", credits: credits)
            }
            try await body(PollingFixture(lago))
        }
    }

    @Test func `usage that no webhook tells of is found, and a mail follows`() async throws {
        try await self.polling(["c": "23"]) { fixture in
            try await fixture.begin("c")
            try await fixture.polling {
                try await fixture.waitForLooks(at: "c")
                #expect(try await fixture.look("c")?.pace == .near)
                try fixture.lago.sandbox.recordUsage(customer: "c", units: "40")
                let isMailed = try await eventually { try await fixture.store.messages(limit: 9).count == 1 }
                #expect(isMailed)
            }
            let message = try #require(try await fixture.store.messages(limit: 9).first)
            #expect(message.kind == "low_balance" && message.state == .queued)
            #expect(try await fixture.credits("c") == "19.0")
            #expect(try await fixture.store.jobs(limit: 9).allSatisfy { $0.kind == "mail" }, "looks leave no jobs")
        }
    }

    @Test func `the nearer a threshold, the sooner the next look`() async throws {
        try await self.polling(["near": "22", "far": "500", "idle": "500", "low": "3"]) { fixture in
            try fixture.lago.sandbox.endSubscription("sub_idle")
            try await fixture.begin("near", "far", "idle", "low", "nobody")
            try await fixture.polling {
                try await fixture.waitForLooks(at: "near", "far", "idle", "low")
                #expect(try await eventually { try await fixture.look("nobody") == nil }, "no wallet, no look")
                #expect(try await fixture.look("near")?.pace == .near)
                let idle = try #require(try await fixture.look("idle"))
                #expect(idle.pace == .idle && idle.dueAt - (idle.lookedAt ?? 0) == 36_000, "nothing can be used")
                let far = try #require(try await fixture.look("far"))
                #expect(far.pace == .far && (1000...9000).contains(far.dueAt - (far.lookedAt ?? 0)))
            }
            #expect((fixture.metric("sluice_looks_late_seconds_count{pace=\"near\"}") ?? 0) >= 3)
            #expect((fixture.metric("sluice_looks_total{pace=\"near\",result=\"full\"}") ?? 0) >= 1)
        }
    }

    @Test func `a customer without a subscription is idle, and costs no request`() async throws {
        try await self.polling(["c": "22"]) { fixture in
            try fixture.lago.sandbox.endSubscription("sub_c")
            var fixture = fixture
            fixture.pace.idle = .milliseconds(500)
            try await fixture.begin("c")
            try await fixture.polling {
                try await fixture.waitForLooks(at: "c")
                #expect(try await fixture.look("c")?.pace == .idle)
                let asked = fixture.requests.count
                try await fixture.waitForLooks(at: "c", after: WorkerFixture.now())
                #expect(fixture.requests.count == asked, "\(fixture.requests.all)")
            }
        }
    }

    @Test func `a scheduled look asks for usage alone, and for all once something stands out`() async throws {
        try await self.polling(["c": "23"]) { fixture in
            try await fixture.begin("c")
            try await fixture.polling {
                try await fixture.waitForLooks(at: "c")
                let asked = (fixture.count("wallets"), fixture.count("current_usage"))
                try fixture.lago.sandbox.recordUsage(customer: "c", units: "10")
                #expect(try await eventually { try await fixture.credits("c") == "22.0" }, "found by usage alone")
                #expect(await eventually { fixture.count("current_usage") >= asked.1 + 4 })
                #expect(fixture.count("wallets") == asked.0, "\(fixture.requests.all)")
                #expect(fixture.count("subscriptions") == 1 && fixture.count("plan") <= 1)
                try fixture.lago.sandbox.recordUsage(customer: "c", units: "30")
                #expect(try await eventually { try await fixture.store.messages(limit: 9).count == 1 })
                #expect(fixture.count("wallets") == asked.0 + 1, "a mail follows from a full look only")
            }
            #expect((fixture.metric("sluice_looks_total{pace=\"near\",result=\"scouted\"}") ?? 0) >= 3)
        }
    }

    @Test func `wallets that were not seen for long, a new subscription or a new period need a full look`() async throws
    {
        try await self.polling(["c": "23"]) { fixture in
            try await fixture.begin("c")
            try await fixture.polling {
                try await fixture.waitForLooks(at: "c")
                try fixture.lago.sandbox.recordUsage(customer: "c", units: "5")
                #expect(try await eventually { try await fixture.credits("c") == "22.5" })
                let before = fixture.count("wallets")
                fixture.lago.sandbox.advanceToPeriodEnd()
                #expect(await eventually { fixture.count("wallets") > before })
                let later = WorkerFixture.now()
                try await fixture.waitForLooks(at: "c", after: later)
                #expect(try await fixture.credits("c") == "22.5", "the ended period is still deducted")
            }
            try await fixture.polling {
                let before = fixture.count("wallets")
                try await fixture.mirrorSubscription("sub_other", of: "c")
                #expect(await eventually { fixture.count("wallets") > before })
            }
            var stale = fixture
            stale.pace.walletsSeen = .zero
            let before = fixture.count("wallets")
            try await stale.polling {
                #expect(await eventually { fixture.count("wallets") >= before + 2 })
            }
        }
    }

    @Test func `the schedule outlives a restart`() async throws {
        try await self.polling(["a": "22", "b": "500"]) { fixture in
            try fixture.lago.sandbox.endSubscription("sub_b")
            try await fixture.begin("a", "b")
            try await fixture.polling {
                try await fixture.waitForLooks(at: "a", "b")
            }
            let (near, idle) = (try await fixture.look("a"), try await fixture.look("b"))
            let looks = fixture.count("current_usage")
            let lookedAt = try #require(near?.lookedAt)
            try await fixture.polling {
                let hasLooked = try await fixture.hasLooked(at: "a", after: lookedAt)
                #expect(hasLooked)
            }
            #expect(try await fixture.look("b") == idle, "who is far from a threshold waits for the time")
            #expect(fixture.count("current_usage") > looks)
        }
    }

    @Test func `while Lago is away one look at a time finds out, and then all go on`() async throws {
        try await self.polling(["a": "22", "b": "22", "c": "22"]) { fixture in
            try await fixture.begin("a", "b", "c")
            try await fixture.polling {
                try await fixture.waitForLooks(at: "a", "b", "c")
                fixture.lago.sandbox.faults.serverError = .always
                let failed = "sluice_looks_total{pace=\"near\",result=\"failed\"}"
                #expect(await eventually { (fixture.metric(failed) ?? 0) >= 6 })
                #expect(try await eventually { try await fixture.look("a")?.failures ?? 0 > 0 })
                fixture.lago.sandbox.faults.serverError = .never
                let now = WorkerFixture.now()
                try await fixture.waitForLooks(at: "a", "b", "c", after: now)
                #expect(try await eventually { try await fixture.look("a")?.failures == 0 })
            }
        }
    }

    @Test func `nobody is looked at twice at once`() async throws {
        try await self.polling(["c": "22"]) { fixture in
            var fixture = fixture
            fixture.lago.sandbox.faults.latency = .milliseconds(100)
            let taker = try await fixture.worker.lookTaker(fixture.client, polling: fixture.pace)
            let handler = LookHandler(taker: taker, underWay: fixture.underWay)
            let (results, busy) = (Record<String>(), Record<String>())
            fixture.worker.handlers[.look] = { lease in
                let outcome = try await handler(lease)
                if case .notYet = outcome.result { busy.add(lease.key) } else { results.add(lease.key) }
                return outcome
            }
            let worker = fixture.worker
            try await fixture.begin("c")
            try await fixture.polling {
                #expect(await eventually { !fixture.requests.all.isEmpty })
                try await worker.working {
                    // Due far ahead until now, so that the poller does not leave the customer to it.
                    try await worker.enqueue(.look(at: CustomerID(rawValue: "c")))
                    #expect(await eventually { results.count == 1 })
                }
            }
            #expect(busy.count >= 1, "the job waited for the look under way")
        }
    }

    @Test func `a thousand events of a customer in a second are one look, and one more at most`() async throws {
        try await self.polling(["c": "50"]) { fixture in
            var worker = fixture.worker
            worker.debounce = .milliseconds(500)
            let taker = try await worker.lookTaker(fixture.client, polling: fixture.pace)
            worker.handlers[.look] = LookHandler(taker: taker, underWay: fixture.underWay).callAsFunction
            let ready = worker
            try await ready.working {
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for number in 0..<1000 {
                        group.addTask { try await ready.record("e\(number)", customer: "c") }
                    }
                    try await group.waitForAll()
                }
                let isWorked = try await eventually {
                    try await fixture.store.eventCounts() == [.processed: 1000]
                }
                #expect(isWorked)
                try #require(try await ready.isIdle())
            }
            #expect((1...2).contains(fixture.count("current_usage")), "\(fixture.requests.all)")
            #expect(try await fixture.look("c") != nil, "a look after an event plans the next one")
        }
    }

    @Test func `where Lago keeps the ongoing balance fresh, its wallets are all that is asked for`() async throws {
        try await SandboxPeer.running {
            $0.customers = []
            $0.isPremium = true
        } body: { lago in
            try lago.sandbox.createCustomer("c", email: "ada@example.test", credits: "23")
            let fixture = try PollingFixture(lago)
            try await fixture.begin("c")
            try await fixture.polling {
                try await fixture.waitForLooks(at: "c")
                let asked = (fixture.count("current_usage"), fixture.count("wallets"))
                try lago.sandbox.recordUsage(customer: "c", units: "10")
                #expect(try await eventually { try await fixture.credits("c") == "22.0" })
                #expect(await eventually { fixture.count("wallets") >= asked.1 + 3 })
                #expect(fixture.count("current_usage") == asked.0, "\(fixture.requests.all)")
                let wallet = try #require(lago.sandbox.wallets(of: "c").first)
                _ = try lago.sandbox.grant("100", wallet: wallet.id)
                #expect(try await eventually { try await fixture.credits("c") == "122.0" })
                #expect(fixture.count("current_usage") > asked.0, "what is settled has changed: a full look")
            }
        }
    }

    @Test func `a customer that is gone at Lago leaves the schedule`() async throws {
        try await self.polling(["c": "22"]) { fixture in
            try await fixture.begin("c")
            try await fixture.polling {
                try await fixture.waitForLooks(at: "c")
                let wallet = try #require(fixture.lago.sandbox.wallets(of: "c").first)
                try fixture.lago.sandbox.terminateWallet(wallet.id)
                try fixture.lago.sandbox.endSubscription("sub_c")
                let isGone = try await eventually { try await fixture.look("c") == nil }
                #expect(isGone)
            }
        }
    }
}
