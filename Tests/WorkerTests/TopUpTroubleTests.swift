import Foundation
import Jobs
import LagoAPI
import LagoEvents
import Money
import Rules
import Sandbox
import Store
import Synchronization
import TestSupport
import Testing
import Worker

/// One thing that goes wrong at Lago holds up nothing else, and costs no mail.
@Suite(.timeLimit(.minutes(2))) struct TopUpTroubleTests {
    @Test func `one that Lago does not know any more holds up no other`() async throws {
        try await TopUpWorld.running { world in
            try await world.leave(.submitted, id: "old", origin: .purchase, age: .seconds(25 * 3600)) {
                ($0.transactionID, $0.invoiceState) = ("gone", "notSeen")
            }
            guard case .again = try await world.step().result else {
                Issue.record("what is not known is not asked for again")
                return
            }
            #expect(try await world.states() == ["submitted", "submitted"])
            #expect(try await world.bought().count == 1)
        }
    }

    @Test func `one whose invoice Lago does not show is paid or declined all the same`() async throws {
        try await TopUpWorld.running { world in
            world.sandbox.delayCreditInvoices(by: nil)
            #expect(try await world.steps(to: .submitted))
            let known = try #require(try await world.topUps().first)
            var open = known
            open.invoiceID = "open"
            let hidden = open
            try #require(try await world.store.write { try $0.move(hidden, from: known.state) })
            guard case .notYet = try await world.step().result else {
                Issue.record("an invoice that is not shown is trouble")
                return
            }
            #expect(try await world.states() == ["submitted"])
        }
    }

    @Test func `a wallet that nothing was ever bought for, at a Lago without any transaction, is topped up`()
        async throws
    {
        try await TopUpWorld.running(credits: "0") { world in
            try #require(try await world.bought().isEmpty)
            #expect(try await world.steps(to: .submitted))
        }
    }

    @Test func `a refusal is told of though Lago does not say whom it concerns at first`() async throws {
        try await TopUpWorld.running { world in
            let isRefused = Mutex(false)
            world.sandbox.onRequest = { request in
                if request.isPurchase(.beforeEffect) {
                    isRefused.withLock { $0 = true }
                    return .answered(400)
                }
                let isAsked = request.moment == .beforeEffect && request.path == "/customers/c"
                return isAsked
                    && isRefused.withLock { was in
                        defer { was = false }
                        return was
                    } ? .answered(500) : .goOn
            }
            for _ in 0..<3 { try await world.step() }
            #expect(try await world.states() == ["failed"])
            #expect(try await world.mails() == ["top_up_failed"])
        }
    }

    @Test(arguments: [401, 403, 405])
    func `a retry that Lago refuses is no failed payment`(status: Int) async throws {
        try await TopUpWorld.running { world in
            let declined = try await world.declined(hoursAgo: 2)
            world.sandbox.onRequest = { $0.isRetry(.beforeEffect) ? .answered(status) : .goOn }
            for _ in 0..<3 { try await world.step() }
            #expect(world.sandbox.requestCount("/invoices", method: "POST") > 0)
            #expect(try await world.topUps().map(\.failures) == [declined.failures])
            world.sandbox.onRequest = nil
            let later = world.ahead(by: .seconds(901))
            for _ in 0..<2 { try await later.step() }
            #expect(try await world.topUps().map(\.failures.count) == [2], "it is tried again")
        }
    }

    @Test func `a payment that the bank wants confirmed is found without the webhook`() async throws {
        try await TopUpWorld.running(payments: .needsAction) { world in
            #expect(try await world.steps(to: .submitted))
            let isAsked = try await eventually {
                try await world.ahead(by: .seconds(901)).step()
                return try await world.mails() == ["top_up_action_required"]
            }
            #expect(isAsked)
            let arguments = try #require(try await world.store.messages(limit: 1).first?.arguments)
            #expect(arguments.contains("\"action\":\"confirmation\""))
            for _ in 0..<2 { try await world.ahead(by: .seconds(901)).step() }
            #expect(try await world.mails() == ["top_up_action_required"])
        }
    }
}
