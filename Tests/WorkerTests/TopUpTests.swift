import Foundation
import Jobs
import LagoAPI
import LagoEvents
import Money
import Rules
import Sandbox
import Settings
import Store
import TestSupport
import Testing
import Transport
import Worker

/// From a low balance to credits that are paid.
@Suite(.timeLimit(.minutes(2))) struct TopUpTests {
    @Test func `usage that takes an account below its threshold buys credits once, until they are paid`() async throws {
        try await TopUpWorld.running(credits: "100", deadline: TopUpWorld.patient) { world in
            try await world.step()
            #expect(try await world.topUps().isEmpty)
            #expect(try await world.reason() == "above_threshold")
            try world.sandbox.recordUsage(customer: "c", units: "900")
            #expect(try await world.steps(to: .submitted))
            let topUp = try #require(try await world.topUps().first)
            let bought = try #require(try await world.bought().first)
            #expect(bought.metadata == ["sluice_id": topUp.id, "sluice_origin": "automatic"])
            #expect(bought.credits == FixedDecimal(units: 5_000_000) && topUp.transactionID == bought.id)
            for _ in 0..<3 { try await world.step() }
            #expect(try await world.reason() == "pending_top_up")
            try world.sandbox.settle(bought.id)
            #expect(try await world.steps(to: .settled))
            #expect(try await world.bought().count == 1)
        }
    }

    @Test func `a second one waits for the cooldown`() async throws {
        try await TopUpWorld.running(payments: .succeed, deadline: TopUpWorld.patient) { world in
            #expect(try await world.steps(to: .settled))
            try world.sandbox.recordUsage(customer: "c", units: "550")
            for _ in 0..<3 { try await world.step() }
            #expect(try await world.reason() == "cooldown")
            #expect(try await world.bought().count == 1)
        }
    }

    @Test func `without a cooldown a second one follows the first`() async throws {
        try await TopUpWorld.running(
            payments: .succeed,
            allowance: TopUpWorld.allowance(cooldown: 0),
            deadline: TopUpWorld.patient
        ) { world in
            #expect(try await world.steps(to: .settled))
            try world.sandbox.recordUsage(customer: "c", units: "550")
            let isPaid = try await eventually {
                try await world.step()
                return try await world.states() == ["settled", "settled"]
            }
            #expect(isPaid)
            #expect(try await world.bought().count == 2)
        }
    }

    @Test(
        arguments: [
            (TopUpWorld.allowance(audience: .optIn), "stripe", "not_opted_in"),
            (TopUpWorld.allowance(mode: .shadow), "stripe", "shadow"),
            (TopUpWorld.allowance(), nil, "no_payment_provider"),
        ] as [(TopUpAllowance, String?, String)]
    )
    func `nobody is charged who must not be`(allowance: TopUpAllowance, provider: String?, reason: String) async throws
    {
        try await TopUpWorld.running(provider: provider, allowance: allowance, deadline: TopUpWorld.patient) { world in
            for _ in 0..<3 { try await world.step() }
            #expect(try await world.reason() == reason)
            #expect(try await world.bought().isEmpty)
            #expect(try await world.topUps().isEmpty)
        }
    }

    @Test func `a switch that is off decides nothing`() async throws {
        try await TopUpWorld.running(allowance: TopUpWorld.allowance(mode: .off), deadline: TopUpWorld.patient) {
            world in
            let (outcome, reason, bought) = try await (world.step(), world.reason(), world.bought())
            #expect(outcome.result == .succeeded && reason == nil && bought.isEmpty)
        }
    }

    @Test func `a wallet's limit ends an intent, and a key that is refused puts it off`() async throws {
        try await TopUpWorld.running(deadline: TopUpWorld.patient) { world in
            try await world.leave(.planned)
            let stranger = try world.stranger()
            guard case .again = try await world.asking(stranger).step().result else {
                Issue.record("it goes on with a key that is refused")
                return
            }
            #expect(try await world.states() == ["planned"])
            world.sandbox.changeWallet(id: try world.wallet()) { $0.paidTopUpMaxAmountCents = 1000 }
            // The decision reads the limit, and so another amount is another intent.
            let isClamped = try await eventually {
                try await world.step()
                return try await world.states() == ["failed", "submitted"]
            }
            #expect(isClamped)
            #expect(try await world.bought().map(\.credits) == [FixedDecimal(units: 1_000_000)])
        }
    }

    @Test func `a declined one keeps its place, and is paid by its own invoice`() async throws {
        try await TopUpWorld.running(deadline: TopUpWorld.patient) { world in
            #expect(try await world.steps(to: .submitted))
            let bought = try #require(try await world.bought().first)
            try world.sandbox.decline(bought.id)
            #expect(try await world.steps(to: .failed))
            for _ in 0..<3 { try await world.step() }
            #expect(try await world.reason() == "decline_backoff")
            let declined = try #require(try await world.topUps().first)
            #expect(declined.failures.count == 1 && declined.invoiceState == "payable")
            // An hour later its invoice is tried again, once.
            let early = KeptTime(declined.failures[0].at - 3_600_001)
            var earlier = declined
            earlier.failures = [early]
            let moved = earlier
            try #require(try await world.store.write { try $0.move(moved, from: "failed") })
            world.sandbox.forgetRequests()
            for _ in 0..<3 { try await world.step() }
            let invoice = try #require(declined.invoiceID)
            let retries = world.sandbox.requestCount("/invoices/\(invoice)/retry_payment")
            #expect(retries == 1)
            #expect(try await world.topUps().first?.failures.count == 2)
            #expect(world.sandbox.requestCount("/wallet_transactions", method: "POST") == 0)
            try world.sandbox.settle(bought.id)
            #expect(try await world.steps(to: .settled))
            #expect(try await world.bought().count == 1)
        }
    }

    @Test func `a voided invoice frees the place`() async throws {
        try await TopUpWorld.running(deadline: TopUpWorld.patient) { world in
            #expect(try await world.steps(to: .submitted))
            let invoice = try #require(world.sandbox.invoiceIDs(of: "c").first)
            try world.sandbox.voidInvoice(invoice)
            let isFree = try await eventually {
                try await world.step()
                let first = try await world.topUps().first
                return first?.state == "failed" && first?.invoiceState == "closed"
            }
            #expect(isFree)
            #expect(try await world.reason() == "cooldown")
        }
    }

    @Test func `a Lago without metadata is bought nothing from`() async throws {
        try await TopUpWorld.running(version: "1.8.3", deadline: TopUpWorld.patient) { world in
            for _ in 0..<2 { try await world.step() }
            #expect(try await world.reason() == "lago_too_old")
            #expect(try await world.bought().isEmpty)
        }
    }

    @Test func `a Lago that drops the metadata is bought nothing more from`() async throws {
        let allowance = TopUpWorld.allowance(cooldown: 0)
        try await TopUpWorld.running(
            payments: .succeed,
            allowance: allowance,
            version: "1.8.3",
            deadline: TopUpWorld.patient
        ) { world in
            // As it was known before.
            try await world.store.write { try $0.save(LagoEdition(hasTransactionMetadata: true), at: 1) }
            #expect(try await world.steps(to: .settled))
            try world.sandbox.recordUsage(customer: "c", units: "550")
            for _ in 0..<2 { try await world.step() }
            #expect(try await world.reason() == "lago_too_old")
            #expect(try await world.bought().count == 1)
        }
    }
}
