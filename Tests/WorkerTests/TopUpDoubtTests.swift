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

/// Whatever happens to a request, an intent is one transaction.
@Suite(.timeLimit(.minutes(2))) struct TopUpDoubtTests {
    @Test func `an answer that is lost after the effect is found`() async throws {
        try await TopUpWorld.running { world in
            world.sandbox.faults.only = "/wallet_transactions"
            world.sandbox.faults.closedAfterEffect = .next(1)
            try await world.step()
            #expect(try await world.states() == ["unknown"])
            #expect(try await world.steps(to: .submitted))
            #expect(try await world.bought().count == 1)
        }
    }

    @Test(arguments: ["closed", "hanging", "server_error", "rate_limited", "garbage"])
    func `a request that is lost before its effect is made again only after two look-ups`(
        fault: String
    ) async throws {
        try await TopUpWorld.running { world in
            world.sandbox.faults.only = "/wallet_transactions"
            switch fault {
            case "closed": world.sandbox.faults.closedBeforeEffect = .next(1)
            case "hanging": world.sandbox.faults.hanging = .next(1)
            case "server_error": world.sandbox.faults.serverError = .next(1)
            case "rate_limited": world.sandbox.faults.rateLimited = .next(1)
            default: world.sandbox.faults.garbage = .next(1)
            }
            try await world.step()
            let doubtful = try #require(try await world.topUps().first)
            #expect(doubtful.state == "unknown")
            let start = ContinuousClock.now
            #expect(try await world.steps(to: .submitted))
            #expect(ContinuousClock.now - start >= TopUpWorld.grace * 2)
            #expect(try await world.topUps().map(\.id) == [doubtful.id])
            #expect(try await world.bought().map { $0.metadata?["sluice_id"] } == [doubtful.id])
            #expect(world.sandbox.requestCount("/wallet_transactions", method: "POST") == 2)
        }
    }

    @Test func `a request that a proxy holds, and carries out within the grace, is not made again`() async throws {
        try await TopUpWorld.running { world in
            world.sandbox.faults.only = "/wallet_transactions"
            world.sandbox.faults.heldRequest = .next(1)
            world.sandbox.faults.heldFor = .milliseconds(800)
            try await world.step()
            #expect(try await world.states() == ["unknown"])
            // A look-up right away proves nothing.
            #expect(try await world.bought().isEmpty)
            #expect(try await world.steps(to: .submitted))
            #expect(try await world.bought().count == 1)
            #expect(world.sandbox.requestCount("/wallet_transactions", method: "POST") == 1)
        }
    }

    @Test(arguments: [TopUpState.planned, .submitting, .unknown], [false, true])
    func `a worker that dies leaves an intent that ends as one transaction`(
        state: TopUpState,
        isAtLago: Bool
    ) async throws {
        try await TopUpWorld.running { world in
            try await world.leave(state)
            if isAtLago { try await world.carryOut() }
            #expect(try await world.steps(to: .submitted))
            for _ in 0..<3 { try await world.step() }
            let bought = try await world.bought()
            #expect(bought.count == 1)
            #expect(try await world.topUps().map(\.transactionID) == bought.map(\.id))
        }
    }

    @Test func `a file from before the purchase takes it over, and buys nothing more`() async throws {
        try await TopUpWorld.running { world in
            #expect(try await world.steps(to: .submitted))
            let restored = try world.withEmptyStore()
            for _ in 0..<3 { try await restored.step() }
            let adopted = try #require(try await restored.topUps().first)
            #expect(try await world.topUps().map(\.id) == [adopted.id])
            #expect(adopted.isAdopted)
            #expect(try await restored.reason() == "pending_top_up")
            #expect(try await restored.bought().count == 1)
            try restored.sandbox.settle(try #require(adopted.transactionID))
            #expect(try await restored.steps(to: .settled))
            // What was paid counts toward the cooldown.
            try restored.sandbox.recordUsage(customer: "c", units: "550")
            for _ in 0..<3 { try await restored.step() }
            #expect(try await restored.reason() == "cooldown")
            #expect(try await restored.bought().count == 1)
        }
    }

    @Test func `somebody else's purchase that is pending is waited for`() async throws {
        try await TopUpWorld.running { world in
            try world.sandbox.purchase("30", wallet: try world.wallet())
            for _ in 0..<3 { try await world.step() }
            #expect(try await world.reason() == "pending_top_up")
            #expect(try await world.topUps().isEmpty)
        }
    }

    @Test func `many workers at once make one transaction`() async throws {
        try await TopUpWorld.running { world in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<8 { group.addTask { try await world.step() } }
                try await group.waitForAll()
            }
            #expect(try await world.steps(to: .submitted))
            #expect(try await world.bought().count == 1)
            #expect(world.sandbox.requestCount("/wallet_transactions", method: "POST") == 1)
        }
    }
}
