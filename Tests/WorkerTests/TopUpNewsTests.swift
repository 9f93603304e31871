import Foundation
import Jobs
import LagoAPI
import LagoEvents
import Money
import Rules
import Sandbox
import Store
import TestSupport
import Testing
import Worker

/// What people are told about top-ups: once, whoever finds it out and however often.
@Suite(.timeLimit(.minutes(2))) struct TopUpNewsTests {
    @Test func `one that is paid is one mail`() async throws {
        try await TopUpWorld.running(payments: .succeed, deadline: TopUpWorld.patient) { world in
            #expect(try await world.steps(to: .settled))
            for _ in 0..<3 { try await world.step() }
            #expect(try await world.mails() == ["top_up_succeeded"])
            let mail = try #require(try await world.store.messages(limit: 1).first)
            let topUp = try #require(try await world.topUps().first)
            #expect(mail.recipient == "ada@example.test" && mail.state == .queued && mail.customer == "c")
            #expect(mail.fact == "top_up/\(topUp.transactionID ?? "")/paid")
        }
    }

    @Test func `one that is declined is one mail, retries are none, and its payment is the second`() async throws {
        try await TopUpWorld.running(deadline: TopUpWorld.patient) { world in
            #expect(try await world.steps(to: .submitted))
            let bought = try #require(try await world.bought().first)
            try world.sandbox.decline(bought.id)
            #expect(try await world.steps(to: .failed))
            #expect(try await world.mails() == ["top_up_failed"])
            try await self.letPass(.seconds(3601), in: world)
            for _ in 0..<3 { try await world.step() }
            #expect(try await world.topUps().first?.failures.count == 2)
            #expect(try await world.mails() == ["top_up_failed"])
            try world.sandbox.settle(bought.id)
            #expect(try await world.steps(to: .settled))
            #expect(try await world.mails() == ["top_up_failed", "top_up_succeeded"])
        }
    }

    /// Makes the failures of the only top-up earlier.
    private func letPass(_ time: Duration, in world: TopUpWorld) async throws {
        var topUp = try #require(try await world.topUps().first)
        let state = topUp.state
        topUp.failures = topUp.failures.map { KeptTime($0.at - time.milliseconds) }
        let earlier = topUp
        try #require(try await world.store.write { try $0.move(earlier, from: state) })
    }

    @Test func `the third failure pauses, and the customer and the operator are told once`() async throws {
        try await TopUpWorld.running(payments: .decline, deadline: TopUpWorld.patient) { world in
            #expect(try await world.steps(to: .failed))
            for _ in 0..<2 {
                try await self.letPass(.seconds(2 * 3600 + 1), in: world)
                for _ in 0..<2 { try await world.step() }
            }
            #expect(try await world.topUps().first?.failures.count == 3)
            #expect(try await world.reason() == "paused_after_failures")
            for _ in 0..<3 { try await world.step() }
            #expect(try await world.mails() == ["top_up_failed", "top_up_paused", "operator_alert"])
            let resume = TopUpResume(store: world.store)
            let now = WorkerFixture.now()
            #expect(try await resume.resume(TopUpWorld.customer, by: .customerByLink, at: now).count == 1)
            #expect(try await resume.resume(TopUpWorld.customer, by: .customerByLink, at: now).isEmpty)
            let before = world.sandbox.requestCount("/invoices", method: "POST")
            try await world.step()
            #expect(world.sandbox.requestCount("/invoices", method: "POST") == before + 1, "it is tried again")
        }
    }

    @Test(arguments: [(6000, "80"), (5500, "90"), (5000, "100")] as [(Int64, String)])
    func `a charge that uses most of the month's money is told of, by the highest share`(
        limit: Int64,
        percent: String
    ) async throws {
        let allowance = TopUpWorld.allowance(maxPerMonth: limit)
        try await TopUpWorld.running(payments: .succeed, allowance: allowance, deadline: TopUpWorld.patient) { world in
            #expect(try await world.steps(to: .settled))
            #expect(try await world.mails() == ["top_up_succeeded", "top_up_limit"])
            let fact = try #require(try await world.store.messages(limit: 1).first?.fact)
            #expect(fact.hasPrefix("top_up_limit/EUR/month/") && fact.hasSuffix("/\(percent)"))
        }
    }

    @Test(arguments: [(3, 9000, "month"), (1, 50_000, "day")] as [(Int, Int64, String)])
    func `a limit that stands in the way is told of once`(perDay: Int, perMonth: Int64, span: String) async throws {
        let allowance = TopUpWorld.allowance(cooldown: 0, maxPerDay: perDay, maxPerMonth: perMonth)
        try await TopUpWorld.running(payments: .succeed, allowance: allowance, deadline: TopUpWorld.patient) { world in
            #expect(try await world.steps(to: .settled))
            try world.sandbox.recordUsage(customer: "c", units: "550")
            for _ in 0..<3 { try await world.step() }
            #expect(try await world.reason() == (span == "day" ? "daily_limit" : "monthly_limit"))
            let facts = try await world.store.messages(MessageFilter(kind: "top_up_limit"), limit: 9).map(\.fact)
            #expect(facts.count == 1 && facts.allSatisfy { $0.hasPrefix("top_up_limit/EUR/\(span)/") })
        }
    }

    @Test func `who has no provider is asked to pay, once`() async throws {
        let allowance = TopUpWorld.allowance(chargesWithoutProvider: true)
        try await TopUpWorld.running(provider: nil, allowance: allowance, deadline: TopUpWorld.patient) { world in
            #expect(try await world.steps(to: .submitted))
            let isAsked = try await eventually {
                try await world.step()
                return try await world.mails() == ["top_up_action_required"]
            }
            #expect(isAsked)
            for _ in 0..<3 { try await world.step() }
            #expect(try await world.mails() == ["top_up_action_required"])
            let arguments = try #require(try await world.store.messages(limit: 1).first?.arguments)
            #expect(arguments.contains("\"action\":\"payment\""))
        }
    }

    @Test func `a payment that the bank wants confirmed is told of once each`() async throws {
        try await TopUpWorld.running(deadline: TopUpWorld.patient) { world in
            #expect(try await world.steps(to: .submitted))
            let hasInvoice = try await eventually {
                try await world.step()
                return try await world.topUps().first?.invoiceID != nil
            }
            try #require(hasInvoice)
            #expect(try await world.mails().isEmpty)
            let invoice = try #require(try await world.topUps().first?.invoiceID)
            for payment in ["p1", "p1", "p2"] {
                let type = WebhookType(rawValue: "payment.requires_action")
                let what = "action_required/\(payment)"
                let fact = Fact(.invoice, id: invoice, what, type: type, customer: TopUpWorld.customer, at: nil)
                _ = try await world.store.write { try $0.learn([fact], from: .webhook, at: 1) }
                try await world.step()
            }
            #expect(try await world.mails() == ["top_up_action_required", "top_up_action_required"])
            let facts = try await world.store.messages(limit: 9).map(\.fact)
            #expect(facts.map { $0.suffix(2) } == ["p2", "p1"])
        }
    }

    @Test func `what no webhook told is asked for: a payment to be confirmed, and one that nobody tries`() async throws
    {
        try await TopUpWorld.running(payments: .needsAction, deadline: TopUpWorld.patient) { world in
            #expect(try await world.steps(to: .submitted))
            for _ in 0..<2 { try await world.step() }
            #expect(try await world.mails().isEmpty)
            for _ in 0..<2 { try await world.ahead(by: .seconds(61)).step() }
            #expect(try await world.mails() == ["top_up_action_required"])
            let arguments = try #require(try await world.store.messages(limit: 1).first?.arguments)
            #expect(arguments.contains("\"action\":\"confirmation\""))
        }
        try await TopUpWorld.running(deadline: TopUpWorld.patient) { world in
            world.sandbox.delayCreditInvoices(by: nil)
            #expect(try await world.steps(to: .submitted))
            for _ in 0..<2 { try await world.ahead(by: .seconds(901)).step() }
            #expect(try await world.mails().isEmpty, "there is nothing to be paid yet")
        }
    }

    @Test func `only watching tells nobody`() async throws {
        try await TopUpWorld.running(
            allowance: TopUpWorld.allowance(mode: .shadow, maxPerMonth: 5000),
            deadline: TopUpWorld.patient
        ) { world in
            for _ in 0..<3 { try await world.step() }
            #expect(try await world.mails().isEmpty)
        }
    }

    @Test func `the operator is told of what is pending for a day and unknown for a quarter of an hour`() async throws {
        try await TopUpWorld.running(deadline: TopUpWorld.patient) { world in
            try await world.leave(.submitted, age: .seconds(24 * 3600 + 1)) {
                ($0.transactionID, $0.invoiceState) = ("gone", "notSeen")
            }
            for _ in 0..<2 { _ = try? await world.step() }
            #expect(try await world.store.messages(limit: 9).map { $0.fact.prefix(14) } == ["top_up_pending"])
        }
        try await TopUpWorld.running(deadline: TopUpWorld.patient) { world in
            let since = WorkerFixture.now() - 901_000
            try await world.leave(.unknown, age: .seconds(901)) { ($0.updatedAt, $0.doubtAt) = (since, since) }
            try await world.asking(try world.stranger()).step()
            try await world.asking(try world.stranger()).step()
            #expect(try await world.store.messages(limit: 9).map { $0.fact.prefix(14) } == ["top_up_unknown"])
        }
    }

    @Test func `the operator is told of a purchase at Lago that nobody pays`() async throws {
        try await TopUpWorld.running(deadline: TopUpWorld.patient) { world in
            let foreign = try world.sandbox.purchase("50", wallet: try world.wallet())
            try await world.step()
            #expect(try await world.reason() == "pending_top_up")
            #expect(try await world.mails().isEmpty)
            for _ in 0..<2 { try await world.ahead(by: .seconds(24 * 3600 + 60)).step() }
            #expect(try await world.store.messages(limit: 9).map(\.fact).contains("top_up_pending/\(foreign)"))
            #expect(try await world.topUps().count == 1, "it no longer counts")
        }
    }

    @Test func `the operator is told of top-ups that the file does not know`() async throws {
        try await TopUpWorld.running(payments: .succeed, deadline: TopUpWorld.patient) { world in
            #expect(try await world.steps(to: .settled))
            let restored = try world.withEmptyStore()
            try world.sandbox.recordUsage(customer: "c", units: "550")
            for _ in 0..<2 { try await restored.step() }
            #expect(try await restored.reason() == "cooldown")
            #expect(try await restored.mails() == ["operator_alert"])
            #expect(try await restored.store.messages(limit: 1).first?.fact.hasPrefix("top_ups_adopted/c/") == true)
        }
    }

    @Test func `a purchase is sent without any policy, and ends ten minutes after its request`() async throws {
        try await TopUpWorld.running(
            credits: "100",
            payments: .succeed,
            allowance: TopUpWorld.allowance(mode: .off),
            deadline: TopUpWorld.patient
        ) { world in
            try await world.leave(.planned, origin: .purchase, age: .seconds(590))
            #expect(try await world.steps(to: .settled))
            #expect(try await world.bought().first?.metadata?["sluice_origin"] == "purchase")
            #expect(try await world.mails() == ["top_up_succeeded"])
            try await world.leave(.planned, id: "late", origin: .purchase, age: .seconds(601))
            try await world.step()
            let late = try #require(try await world.store.topUp("late"))
            #expect(late.state == "failed" && late.reason == "abandoned")
            #expect(try await world.bought().count == 1)
            #expect(try await world.mails() == ["top_up_succeeded"])
        }
    }
}
