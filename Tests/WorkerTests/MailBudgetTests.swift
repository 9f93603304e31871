import Foundation
import LagoEvents
import Notices
import Sandbox
import Store
import TestSupport
import Testing
import Worker

/// How much one reader gets, and what becomes of the rest.
@Suite(.timeLimit(.minutes(3))) struct MailBudgetTests {
    /// Has a customer begin so many subscriptions, which are optional mail.
    private func begin(_ numbers: ClosedRange<Int>, in world: BillingWorld) throws {
        for number in numbers { _ = try world.sandbox.subscribe("c", to: "plan_\(number)") }
    }

    private func running(_ body: (BillingWorld) async throws -> Void) async throws {
        try await BillingWorld.running {
            $0.customers = [.init(externalID: "c", name: "Ada", email: "c@example.test", credits: nil)]
        } body: { world in
            for number in 1...20 { try world.sandbox.createPlan("plan_\(number)", unitPrice: "1", baseCents: 0) }
            try await body(world)
        }
    }

    @Test func `of optional mail an address gets five a day, and the rest in one digest`() async throws {
        try await self.running { world in
            try self.begin(1...9, in: world)
            try await world.pass(.seconds(600))
            #expect(try await world.kinds() == Array(repeating: "subscription_started", count: 5))
            let held = try await world.messages(.digested)
            #expect(held.count == 4 && held.allSatisfy { $0.subject != nil && $0.reason != nil }, "with their words")
            let digest = try await world.message("customer_digest")
            #expect(digest.state == .queued)

            try self.begin(10...11, in: world)
            try await world.pass(BillingWorld.day)
            let sent = try await world.message("customer_digest")
            #expect(sent.state == .sent && sent.id == digest.id, "one digest for all of the day")
            let text = try #require(try await world.mail(of: sent).plainText)
            for subject in Set(try await world.messages(.digested).compactMap(\.subject)) {
                #expect(text.contains(subject.replacingOccurrences(of: "\u{A0}", with: " ")))
            }
            #expect(try await world.store.messages(inDigest: sent.id, limit: 100).count == 6, "nothing is dropped")
            // A day on, mail goes by itself again.
            try self.begin(12...12, in: world)
            try await world.pass(.seconds(600))
            #expect(try await world.kinds().count { $0 == "subscription_started" } == 6)
        }
    }

    @Test func `mail that nobody can refuse is never held back`() async throws {
        try await self.running { world in
            try self.begin(1...9, in: world)
            let invoice = try await world.bill()
            try await world.pass(.seconds(600))
            try world.sandbox.payInvoice(invoice)
            try await world.pass(.seconds(600))
            let kinds = try await world.kinds()
            #expect(kinds.contains("invoice_issued") && kinds.contains("payment_received"))
        }
    }

    // MARK: - Operators

    private func fail(_ number: Int, in world: BillingWorld) async throws {
        let event = #"{"lago_id":"e-\#(number)","transaction_id":"evt-\#(number)"}"#
        let error = #"{"status":422,"error":"Unprocessable entity","message":"no \#(number)","event":\#(event)}"#
        try await world.record(
            #"{"webhook_type":"event.error","object_type":"event_error","organization_id":"o","event_error":\#(error)}"#
        )
    }

    @Test func `operators get one mail in a quarter of an hour, with all that happened meanwhile`() async throws {
        try await BillingWorld.running { world in
            try await self.fail(0, in: world)
            try await world.work()
            #expect(try await world.kinds() == ["operator_alert"], "the first goes at once")
            for number in 1...40 {
                try await self.fail(number, in: world)
                try await world.pass(.seconds(10))
            }
            #expect(try await world.kinds().count == 1)
            try await world.pass(.seconds(600))
            let sent = try await world.messages(.sent)
            #expect(sent.map(\.kind) == ["operator_alert", "operator_digest"])
            #expect(try #require(sent[1].sentAt) - (try #require(sent[0].sentAt)) >= 900_000)
            #expect(try await world.messages(.digested).count == 40)
            let text = try #require(try await world.mail(of: sent[1]).plainText)
            #expect(text.contains("40") && text.contains("no 40") && text.contains("/dashboard/lago-admin"))
            try await world.pass(.seconds(3600))
            #expect(try await world.kinds().count == 2, "quiet again")
        }
    }

    @Test func `alerts that come together are one mail`() async throws {
        try await BillingWorld.running { world in
            for number in 0..<30 { try await self.fail(number, in: world) }
            try await world.pass(.seconds(3600))
            #expect(try await world.kinds() == ["operator_digest"])
            #expect(try await world.messages(.digested).count == 30)
        }
    }
}
