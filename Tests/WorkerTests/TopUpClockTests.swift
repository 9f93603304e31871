import Foundation
import Jobs
import LagoAPI
import Rules
import Sandbox
import Store
import Synchronization
import TestSupport
import Testing
import Worker

/// Clocks that jump while a top-up is under way: this machine's, or Lago's.
@Suite(.timeLimit(.minutes(2))) struct TopUpClockTests {
    private static let day: Int64 = 86_400_000

    @Test(
        arguments: [[Self.day], [-Self.day], [Self.day, -Self.day], [-Self.day, 2 * Self.day]],
        [PassingRequest.Moment.beforeEffect, .afterEffect]
    )
    func `an intent is one transaction, wherever this machine's clock jumps at each step`(
        jumps: [Int64],
        isLost: PassingRequest.Moment
    ) async throws {
        let clock = HandTime()
        let met = Mutex((requests: 0, purchases: 0))
        try await TopUpWorld.running { start in
            var world = start
            world.now = { clock.now }
            world.sandbox.onRequest = { request in
                let (requests, purchases) = met.withLock { met in
                    met.requests += 1
                    if request.isPurchase(isLost) { met.purchases += 1 }
                    return (met.requests, met.purchases)
                }
                clock.move(by: jumps[requests % jumps.count])
                return request.isPurchase(isLost) && purchases == 1 ? .lost : .goOn
            }
            let isMade = try await eventually(within: .seconds(30)) {
                try await world.step()
                return try await world.topUps().contains { $0.state == "submitted" }
            }
            #expect(isMade)
            for _ in 0..<3 { try await world.step() }
            let bought = try await world.bought()
            let live = try await world.topUps().filter { $0.state != "failed" }
            #expect(bought.count == 1 && live.map(\.transactionID) == bought.map(\.id))
            #expect(world.sandbox.countPurchases() == (isLost == .beforeEffect ? 2 : 1))
        }
    }

    @Test func `a Lago whose clock jumps ahead does not shorten the wait of one in doubt`() async throws {
        try await TopUpWorld.running { world in
            world.sandbox.faults.only = "/wallet_transactions"
            world.sandbox.faults.closedBeforeEffect = .next(1)
            try await world.step()
            #expect(try await world.states() == ["unknown"])
            let start = ContinuousClock.now
            try await self.jump(world)
            let isMissed = try await eventually(within: .seconds(20)) {
                try await world.step()
                return try await world.topUps().first?.missedAt != nil
            }
            try #require(isMissed)
            try await self.jump(world)
            #expect(try await world.steps(to: .submitted))
            #expect(ContinuousClock.now - start >= TopUpWorld.grace * 2)
            #expect(world.sandbox.countPurchases() == 2)
        }
    }

    @Test func `a process that starts anew waits for one in doubt by its own clock, too`() async throws {
        try await TopUpWorld.running { world in
            world.sandbox.faults.only = "/wallet_transactions"
            world.sandbox.faults.heldRequest = .next(1)
            world.sandbox.faults.heldFor = .milliseconds(800)
            try await world.step()
            try await self.jump(world)
            #expect(try await world.restarted().steps(to: .submitted))
            #expect(world.sandbox.countPurchases() == 1)
        }
    }

    /// Lago's clock is a day ahead of what it was when the file was written.
    private func jump(_ world: TopUpWorld) async throws {
        let known = try #require(try await world.topUps().first)
        var jumped = known
        jumped.doubtAt = known.doubtAt.map { $0 - Self.day }
        jumped.missedAt = known.missedAt.map { $0 - Self.day }
        let moved = jumped
        try #require(try await world.store.write { try $0.move(moved, from: known.state) })
    }
}
