import Foundation
import Jobs
import LagoAPI
import Money
import Rules
import Sandbox
import Store
import TestSupport
import Testing
import Worker

/// Yesterday's file is put back, and Lago knows more than it does.
@Suite(.timeLimit(.minutes(2))) struct TopUpRestoreTests {
    /// What became of the purchase since the copy was made.
    enum Since: CaseIterable { case pending, declined, paid, voided }

    @Test(arguments: Since.allCases, [nil, TopUpState.planned, .submitting, .unknown])
    func `what was bought since is taken over, and not bought again`(since: Since, copied: TopUpState?) async throws {
        try await TopUpWorld.running { world in
            // The copy has none of it, or has the intent of something that was never bought.
            let yesterday = try await world.copied()
            if let copied { try await yesterday.leave(copied) }
            let transaction = try await Self.buy(world, since)
            let known = try #require(try await world.topUps().first)
            let expected: Set =
                switch since {
                case .pending: ["pending_top_up"]
                case .declined: ["decline_backoff"]
                case .paid: ["above_threshold"]
                case .voided: ["cooldown"]
                }
            let isAdopted = try await eventually(within: .seconds(30)) {
                try await yesterday.step()
                let reason = try await yesterday.reason() ?? ""
                // An account that is high enough has no need to ask Lago about its history.
                let isKnown = try await yesterday.store.topUp(known.id) != nil || since == .paid
                let others = try await yesterday.topUps().filter { $0.id != known.id }
                return isKnown && expected.contains(reason) && others.allSatisfy { $0.state == "failed" }
            }
            let (rows, reason) = try await (yesterday.topUps(), yesterday.reason())
            #expect(isAdopted, "\(rows), \(reason ?? "")")
            for _ in 0..<3 { try await yesterday.step() }
            #expect(try await world.bought().map(\.id) == [transaction])
            #expect(world.sandbox.countPurchases() == 1)
        }
    }

    /// Buys, by the file that is lost later; returns Lago's id.
    private static func buy(_ world: TopUpWorld, _ since: Since) async throws -> String {
        try #require(try await world.steps(to: .submitted))
        let id = try #require(try await world.bought().first).id
        let invoice = try #require(world.sandbox.invoiceIDs(of: "c").first)
        switch since {
        case .pending: break
        case .declined: try world.sandbox.decline(id)
        case .paid: try world.sandbox.settle(id)
        case .voided: try world.sandbox.voidInvoice(invoice)
        }
        return id
    }

    @Test func `an intent of the copy that Lago has is known again`() async throws {
        try await TopUpWorld.running { world in
            try await world.leave(.planned)
            let yesterday = try await world.copied()
            #expect(try await world.steps(to: .submitted))
            #expect(try await yesterday.steps(to: .submitted))
            #expect(try await yesterday.topUps().map(\.transactionID) == world.topUps().map(\.transactionID))
            #expect(world.sandbox.countPurchases() == 1)
        }
    }

    @Test func `a declined one that was taken over is tried again on its own invoice, and paid once`() async throws {
        try await TopUpWorld.running { world in
            let yesterday = try await world.copied()
            let transaction = try await Self.buy(world, .declined)
            let clock = HandTime()
            var later = yesterday
            later.now = { clock.now }
            let isAdopted = try await eventually {
                try await later.step()
                return try await later.states() == ["failed"]
            }
            try #require(isAdopted)
            let invoice = try #require(try await later.topUps().first?.invoiceID)
            clock.move(by: 3_700_000)
            for _ in 0..<3 { try await later.step() }
            #expect(world.sandbox.requestCount("/invoices/\(invoice)/retry_payment") == 1)
            try world.sandbox.payInvoice(invoice)
            #expect(try await later.steps(to: .settled))
            #expect(try await world.bought().map(\.id) == [transaction] && world.sandbox.countPurchases() == 1)
        }
    }

    @Test func `where Lago has several that can be paid, nothing is charged until they are out of the way`()
        async throws
    {
        try await TopUpWorld.running { world in
            for id in ["11111111-2222-3333-4444-555555555555", "66666666-2222-3333-4444-555555555555"] {
                try await world.carryOut(id: id)
            }
            world.sandbox.forgetRequests()
            for _ in 0..<3 { try await world.step() }
            #expect(try await world.reason() == "history_unknown")
            #expect(try await world.states() == ["submitted", "submitted"])
            for invoice in world.sandbox.invoiceIDs(of: "c") { try world.sandbox.voidInvoice(invoice) }
            for _ in 0..<3 { try await world.step() }
            #expect(try await world.states() == ["failed", "failed"])
            #expect(try await world.reason() == "cooldown")
            #expect(world.sandbox.countPurchases() == 0)
        }
    }
}
