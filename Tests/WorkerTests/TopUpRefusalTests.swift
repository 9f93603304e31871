import Foundation
import Jobs
import LagoAPI
import Money
import Rules
import Sandbox
import Settings
import Store
import Synchronization
import TestSupport
import Testing
import Transport
import Worker

/// Lago says no, or something on the way does.
@Suite(.timeLimit(.minutes(2))) struct TopUpRefusalTests {
    @Test(arguments: [401, 403])
    func `a key that is refused puts all top-ups off, and one is tried every quarter of an hour`(
        status: Int
    ) async throws {
        let clock = HandTime()
        try await TopUpWorld.running(others: ["d", "e"]) { lago in
            var world = lago
            world.now = { clock.now }
            let isRefused = Mutex(true)
            world.sandbox.onRequest = { request in
                request.isPurchase(.beforeEffect) && isRefused.withLock { $0 } ? .answered(status) : .goOn
            }
            let customers = ["c", "d", "e"]
            for _ in 0..<3 { for customer in customers { try await world.step(of: customer) } }
            #expect(world.sandbox.countPurchases() == 1)
            let intent = try #require(try await world.topUps().first)
            #expect(intent.state == "planned" && intent.reason == "lago_refused" && intent.failures.isEmpty)
            #expect(try await world.reason() == "lago_refused")
            #expect(try await world.store.topUps(limit: 9).count == 1)
            for quarter in 2...4 {
                clock.move(by: 15 * 60_000 - 1000)
                for customer in customers { try await world.step(of: customer) }
                #expect(world.sandbox.countPurchases() == quarter - 1)
                clock.move(by: 1000)
                try await Self.stepTogether(world, customers)
                #expect(world.sandbox.countPurchases() == quarter)
            }
            // A clock that is set back keeps it up for no more than another quarter of an hour.
            clock.move(by: -86_400_000)
            for customer in customers { try await world.step(of: customer) }
            #expect(world.sandbox.countPurchases() == 4)
            clock.move(by: 15 * 60_000)
            isRefused.withLock { $0 = false }
            for _ in 0..<3 { for customer in customers { try await world.step(of: customer) } }
            // The first success ended it for all.
            #expect(try await world.store.topUps(TopUpFilter(state: "submitted"), limit: 9).count == 3)
            #expect(world.sandbox.countPurchases() == 7)
            #expect(try await world.store.reached(.topUpsRefused) == nil)
        }
    }

    private static func stepTogether(_ world: TopUpWorld, _ customers: [String]) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for customer in customers { group.addTask { try await world.step(of: customer) } }
            try await group.waitForAll()
        }
    }

    @Test func `one that paused after three failures is tried on its own invoice once somebody resumed`() async throws {
        try await TopUpWorld.running { world in
            let declined = try await world.declined(hoursAgo: 30)
            let (first, invoice) = (try #require(declined.failures.first), try #require(declined.invoiceID))
            var paused = declined
            paused.failures = [first, first, first]
            let three = paused
            try #require(try await world.store.write { try $0.move(three, from: "failed") })
            for _ in 0..<3 { try await world.step() }
            #expect(try await world.reason() == "paused_after_failures")
            #expect(world.sandbox.requestCount("/invoices/\(invoice)/retry_payment") == 0)
            var resumed = try #require(try await world.topUps().first)
            resumed.forgiven = 3
            let forgiven = resumed
            try #require(try await world.store.write { try $0.move(forgiven, from: "failed") })
            for _ in 0..<3 { try await world.step() }
            #expect(world.sandbox.requestCount("/invoices/\(invoice)/retry_payment") == 1)
            #expect(try await world.topUps().map(\.failures.count) == [4])
            #expect(try await world.reason() == "decline_backoff")
            #expect(world.sandbox.countPurchases() == 1)
        }
    }

    @Test(arguments: ["minimum", "maximum", "terminated"])
    func `a wallet that changes before the request ends the intent with a reason, and counts as a failure`(
        change: String
    ) async throws {
        try await TopUpWorld.running { world in
            let (sandbox, wallet) = (world.sandbox, try world.wallet())
            sandbox.onRequest = { request in
                guard request.isPurchase(.beforeEffect) else { return .goOn }
                switch change {
                case "minimum": sandbox.changeWallet(id: wallet) { $0.paidTopUpMinAmountCents = 6000 }
                case "maximum": sandbox.changeWallet(id: wallet) { $0.paidTopUpMaxAmountCents = 4000 }
                default: try? sandbox.terminateWallet(wallet)
                }
                return .goOn
            }
            #expect(try await world.steps(to: .failed))
            let refused = try #require(try await world.topUps().first)
            #expect(refused.reason == (change == "terminated" ? "wallet_terminated" : "wallet_limits"))
            #expect(refused.failures.count == 1 && refused.invoiceState == "none" && refused.transactionID == nil)
            for _ in 0..<3 { try await world.step() }
            if change != "terminated" { #expect(try await world.reason() == "decline_backoff") }
            #expect(sandbox.countPurchases() == 1)
        }
    }

    @Test(arguments: [400, 404, 405, 413, 414, 431])
    func `a definite refusal ends the intent, and another one follows after the back-off`(status: Int) async throws {
        let clock = HandTime()
        try await TopUpWorld.running { start in
            var world = start
            world.now = { clock.now }
            let isRefused = Mutex(true)
            world.sandbox.onRequest = { request in
                request.isPurchase(.beforeEffect) && isRefused.withLock { $0 } ? .answered(status) : .goOn
            }
            for _ in 0..<3 { try await world.step() }
            let refused = try #require(try await world.topUps().first)
            #expect(refused.state == "failed" && refused.reason == "lago_refused" && refused.failures.count == 1)
            #expect(try await world.reason() == "decline_backoff")
            isRefused.withLock { $0 = false }
            clock.move(by: 3_600_000 - 1)
            try await world.step()
            #expect(try await world.bought().isEmpty)
            clock.move(by: 1)
            try await world.step()
            #expect(try await world.states() == ["failed", "submitted"])
            #expect(try await world.bought().count == 1 && world.sandbox.countPurchases() == 2)
        }
    }

    @Test(arguments: [408, 409, 425, 429, 500, 502, 503, 504], [false, true])
    func `an answer that is not definite leaves it unknown, and it is made once`(
        status: Int,
        isCarriedOut: Bool
    ) async throws {
        try await TopUpWorld.running { world in
            let isAnswered = Mutex(false)
            world.sandbox.onRequest = { request in
                guard request.isPurchase(isCarriedOut ? .afterEffect : .beforeEffect) else { return .goOn }
                return isAnswered.withLock { isAnswered in
                    defer { isAnswered = true }
                    return isAnswered ? .goOn : .answered(status)
                }
            }
            try await world.step()
            #expect(try await world.states() == ["unknown"])
            #expect(try await world.steps(to: .submitted))
            #expect(try await world.bought().count == 1)
            #expect(world.sandbox.countPurchases() == (isCarriedOut ? 1 : 2))
        }
    }

    @Test func `a Lago that nobody answers for is waited for without an end, and nothing fails`() async throws {
        try await TopUpWorld.running { world in
            try await world.leave(.planned)
            let nobody = try await Self.nobody()
            var waits: [Duration] = []
            for attempt in 1...20 {
                guard case .again(let wait, _) = try await world.asking(nobody).step(attempt: attempt).result else {
                    Issue.record("attempt \(attempt) is not made again")
                    return
                }
                waits.append(wait)
            }
            #expect(waits == waits.sorted() && waits[0] < waits[19])
            let planned = try #require(try await world.topUps().first)
            #expect(planned.state == "planned" && planned.failures.isEmpty)
            #expect(try await world.steps(to: .submitted))
            #expect(world.sandbox.countPurchases() == 1)
        }
    }

    @Test func `one in doubt keeps its age while nobody answers for Lago`() async throws {
        try await TopUpWorld.running { start in
            try await start.leave(.unknown)
            let clock = HandTime()
            var world = start.asking(try await Self.nobody())
            world.now = { clock.now }
            let since = try #require(try await world.topUps().first).updatedAt
            for _ in 0..<3 {
                clock.move(by: 60_000)
                try await world.step()
            }
            let doubtful = try #require(try await world.topUps().first)
            #expect(doubtful.state == "unknown" && doubtful.updatedAt == since && doubtful.doubtAt == nil)
            #expect(try await world.store.oldestTopUp(in: "unknown") == since)
            #expect(try await start.steps(to: .submitted))
            #expect(world.sandbox.countPurchases() == 1)
        }
    }

    /// A client of a Lago that is not there.
    private static func nobody() async throws -> LagoClient {
        let port = try await TCPPeer.serving { _ in
        } during: {
            $0.port
        }
        return LagoClient(
            address: try #require(LagoAddress("http://127.0.0.1:\(port)")),
            key: "key",
            engine: try TransferEngine(),
            limiter: RateLimiter(requestsPerSecond: 1000),
            logger: quietLogger
        )
    }
}

/// A time that only the test moves; at first it is that of its making.
final class HandTime: Sendable {
    private let time = Mutex(WorkerFixture.now())

    /// Unix milliseconds.
    var now: Int64 { self.time.withLock { $0 } }

    func move(by milliseconds: Int64) { self.time.withLock { $0 += milliseconds } }
}
