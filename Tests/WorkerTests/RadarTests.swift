import Foundation
import LagoAPI
import LagoEvents
import Sandbox
import Store
import TestSupport
import Testing
import Transport
import Worker

/// One list of usage events tells whose balance moved.
@Suite(.timeLimit(.minutes(2))) struct RadarTests {
    private func watching(
        _ credits: [String: String],
        _ configure: (inout PollingPace) -> Void = { _ in },
        body: (PollingFixture) async throws -> Void
    ) async throws {
        try await SandboxPeer.running {
            $0.customers = []
        } body: { lago in
            for (customer, credits) in credits {
                try lago.sandbox.createCustomer(customer, email: "\(customer)@example.test", credits: credits)
            }
            var fixture = try PollingFixture(lago)
            configure(&fixture.pace)
            try await body(fixture)
        }
    }

    /// Waits until the radar sees, and then until the customers were looked at.
    private func settle(_ fixture: PollingFixture, _ customers: String...) async throws {
        let whole = "sluice_radar_readings_total{result=\"whole\"}"
        try #require(await eventually { (fixture.metric(whole) ?? 0) >= 1 })
        for customer in customers { try await fixture.begin(customer) }
        for customer in customers { try #require(try await fixture.hasLooked(at: customer)) }
    }

    @Test func `usage of an idle customer is found long before its next look`() async throws {
        try await self.watching(["c": "500", "other": "500"]) { fixture in
            try await fixture.polling(withRadar: true) {
                try await self.settle(fixture, "c", "other")
                let other = try await fixture.look("other")
                try fixture.lago.sandbox.recordUsage(customer: "c", units: "4850")
                #expect(try await eventually { try await fixture.store.messages(limit: 9).count == 1 })
                #expect(try await fixture.look("other") == other, "nobody else was looked at")
            }
        }
    }

    @Test func `a thousand usage events in a second are one look, and one more at most`() async throws {
        try await self.watching(["c": "500"]) { fixture in
            try await fixture.polling(withRadar: true) {
                try await self.settle(fixture, "c")
                let before = fixture.count("current_usage")
                for _ in 0..<990 { try fixture.lago.sandbox.recordUsage(customer: "c", units: "0.01") }
                #expect(try await eventually { try await fixture.credits("c") == "499.01" })
                let lists = fixture.count("events")
                #expect(await eventually { fixture.count("events") >= lists + 15 })
                #expect((1...2).contains(fixture.count("current_usage") - before))
            }
        }
    }

    @Test func `while it sees that nothing moves, looks far from a threshold are rarer, those near one are not`()
        async throws
    {
        try await self.watching(["near": "22", "far": "500"]) { fixture in
            try await fixture.polling(withRadar: true) {
                try await self.settle(fixture, "near", "far")
                let now = WorkerFixture.now()
                try await fixture.waitForLooks(at: "near", after: now)
                let near = try #require(try await fixture.look("near"))
                #expect(near.dueAt - (near.lookedAt ?? 0) == 300)
                let isStretched = try await eventually {
                    try await fixture.look("far").map { $0.dueAt - ($0.lookedAt ?? 0) == 36_000 } ?? false
                }
                #expect(isStretched)
            }
        }
    }

    @Test func `too many events for a list still tell, but all go by their own intervals again`() async throws {
        try await self.watching(["c": "500", "idle": "500"]) {
            $0.radar.page = 10
            $0.radar.limit = .milliseconds(400)
        } body: { fixture in
            try await fixture.polling(withRadar: true) {
                try await self.settle(fixture, "c", "idle")
                for _ in 0..<12 { try fixture.lago.sandbox.recordUsage(customer: "idle", units: "10") }
                #expect(await eventually { (fixture.metric("sluice_radar_readings_total{result=\"cut\"}") ?? 0) > 0 })
                #expect(try await eventually { try await fixture.credits("idle") == "488.0" })
                let isUnstretched = try await eventually {
                    try await fixture.look("c").map { $0.dueAt - ($0.lookedAt ?? 0) < 36_000 } ?? false
                }
                #expect(isUnstretched)
                // Once they are further back than lists reach, the radar sees again.
                let isStretched = try await eventually {
                    try await fixture.look("c").map { $0.dueAt - ($0.lookedAt ?? 0) == 36_000 } ?? false
                }
                #expect(isStretched)
            }
        }
    }

    @Test func `a subscription that is not known yet is looked up once, one that Lago does not know never again`()
        async throws
    {
        try await self.watching(["c": "500"]) { fixture in
            try await fixture.polling(withRadar: true) {
                try await self.settle(fixture, "c")
                try fixture.lago.sandbox.createPlan("extra", unitPrice: "0.1")
                try fixture.lago.sandbox.subscribe("c", to: "extra", as: "sub_new")
                try fixture.lago.sandbox.recordUsage(customer: "c", units: "10", subscription: "sub_new")
                #expect(try await eventually { try await fixture.credits("c") != "500.0" })
                #expect(fixture.count("subscription") == 1)
                try await self.record(subscription: "sub_nobody", at: fixture)
                #expect(await eventually { fixture.count("subscription") == 2 })
                try await self.record(subscription: "sub_nobody", at: fixture)
                let lists = fixture.count("events")
                #expect(await eventually { fixture.count("events") >= lists + 3 })
                #expect(fixture.count("subscription") == 2)
            }
        }
    }

    /// An event of any subscription, as a program would send it.
    private func record(subscription: String, at fixture: PollingFixture) async throws {
        var request = TransferRequest(
            method: "POST",
            url: "\(fixture.lago.url)/api/v1/events",
            headers: [
                ("Authorization", "Bearer \(fixture.lago.sandbox.configuration.apiKey)"),
                ("Content-Type", "application/json"),
            ],
            deadline: .seconds(10)
        )
        let event = [
            "transaction_id": UUID().uuidString, "code": "api_calls", "external_subscription_id": subscription,
        ]
        request.body = [UInt8](try JSONEncoder().encode(["event": event]))
        #expect(try await TransferEngine().send(request).status == 200)
    }

    @Test func `after a stop the gap is read, and no look is hastened`() async throws {
        try await self.watching(["c": "500"]) { fixture in
            try await fixture.polling(withRadar: true) { try await self.settle(fixture, "c") }
            let before = try await fixture.look("c")
            try fixture.lago.sandbox.recordUsage(customer: "c", units: "10")
            try await fixture.polling(withRadar: true) {
                let isFound = try await eventually { try await fixture.credits("c") == "499.0" }
                #expect(isFound)
            }
            #expect(try #require(before?.dueAt) > WorkerFixture.now() + 20_000)
        }
    }

    @Test func `a radar that gets no answer stretches no look any more, until it does`() async throws {
        try await self.watching(["c": "500"]) { fixture in
            try await fixture.polling(withRadar: true) {
                try await self.settle(fixture, "c")
                try fixture.lago.sandbox.recordUsage(customer: "c", units: "1")
                let isStretched = try await eventually {
                    try await fixture.look("c").map { $0.pace == .far && $0.dueAt == $0.lookedAt! + 36_000 } ?? false
                }
                try #require(isStretched)
                // Looks go on, by their own intervals.
                fixture.lago.sandbox.faults.only = "/events"
                fixture.lago.sandbox.faults.serverError = .always
                let isBlind = try await eventually {
                    try await fixture.look("c").map { $0.dueAt == $0.lookedAt! + $0.interval } ?? false
                }
                #expect(isBlind)
                #expect((fixture.metric("sluice_radar_readings_total{result=\"failed\"}") ?? 0) >= 2)
                let whole = fixture.metric("sluice_radar_readings_total{result=\"whole\"}") ?? 0
                fixture.lago.sandbox.faults.serverError = .never
                let seesAgain = "sluice_radar_readings_total{result=\"whole\"}"
                #expect(await eventually { (fixture.metric(seesAgain) ?? 0) >= whole + 2 })
                try fixture.lago.sandbox.recordUsage(customer: "c", units: "1")
                let isFound = try await eventually { try await fixture.credits("c") == "499.8" }
                #expect(isFound)
            }
        }
    }
}
