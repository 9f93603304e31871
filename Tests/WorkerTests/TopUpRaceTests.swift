import Foundation
import Jobs
import LagoAPI
import LagoEvents
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

/// Two workers with the same top-up in hand, because the lease of one has lapsed.
@Suite(.timeLimit(.minutes(2))) struct TopUpRaceTests {
    @Test(arguments: [PassingRequest.Moment.beforeEffect, .afterEffect], [false, true])
    func `a request that is under way when its lease lapses is not made again`(
        moment: PassingRequest.Moment,
        isAnswered: Bool
    ) async throws {
        try await TopUpWorld.running { world in
            let (gate, held) = (Gate(), Record<Int>())
            world.sandbox.onRequest = { request in
                guard request.isPurchase(moment) else { return .goOn }
                held.add(1)
                await gate.wait()
                return .goOn
            }
            async let first = world.step()
            try #require(await eventually { held.count == 1 })
            let other = world.restarted()
            try await other.step()
            #expect(try await world.states() == ["unknown"])
            if isAnswered { gate.open() }
            _ = try await first
            gate.open()
            #expect(try await other.steps(to: .submitted))
            for _ in 0..<3 { try await other.step() }
            let bought = try await world.bought()
            #expect(try await world.topUps().map(\.transactionID) == bought.map(\.id))
            #expect(bought.count == 1 && world.sandbox.countPurchases() == 1)
        }
    }

    @Test func `a worker whose lease lapses while it works takes the job over from itself, and makes one request`()
        async throws
    {
        try await TopUpWorld.running { world in
            let (gate, held) = (Gate(), Record<Int>())
            world.sandbox.onRequest = { request in
                guard request.isPurchase(.beforeEffect) else { return .goOn }
                held.add(1)
                await gate.wait()
                return .goOn
            }
            var fixture = world.fixture
            fixture.pace.lease = .seconds(2)
            fixture.pace.renewal = .seconds(3600)
            fixture.handlers[.topUp] = try await world.handler().callAsFunction
            try await fixture.working {
                let now = WorkerFixture.now()
                try await fixture.store.write {
                    try $0.enqueue(.topUp(of: TopUpWorld.customer), .replace(dueAt: now), at: now)
                }
                #expect(await eventually { held.count == 1 })
                #expect(try await eventually { try await world.states() == ["unknown"] })
                gate.open()
                #expect(try await eventually { try await world.states() == ["submitted"] })
            }
            #expect(try await world.bought().count == 1 && world.sandbox.countPurchases() == 1)
        }
    }

    @Test func `a worker that stood still before it sent sends nothing, and moves nothing that another has sent`()
        async throws
    {
        try await TopUpWorld.running { world in
            let clock = StoppableClock()
            let (frozen, lookUps, gate) = (try Self.client(world.lago, clock), Record<Int>(), Gate())
            world.sandbox.onRequest = { request in
                if request.isLookUp(.afterEffect) {
                    lookUps.add(1)
                    // The next that it does is to send.
                    if lookUps.count == 1 { clock.stop() }
                }
                if request.isPurchase(.beforeEffect) { await gate.wait() }
                return .goOn
            }
            async let first = world.asking(frozen).step()
            try #require(await eventually { try await world.states() == ["submitting"] })
            let other = world.restarted()
            async let isMade = other.steps(to: .submitted)
            try #require(await eventually { world.sandbox.countPurchases() == 1 })
            // The one request that there is is the other worker's, and on its way.
            clock.goOn()
            _ = try await first
            #expect(try await world.states() == ["submitting"])
            gate.open()
            #expect(try await isMade)
            #expect(try await world.bought().count == 1 && world.sandbox.countPurchases() == 1)
        }
    }

    @Test func `a request that waited too long for its turn is not made, and decided anew`() async throws {
        try await TopUpWorld.running { world in
            let clock = StoppableClock()
            let (frozen, lookUps) = (try Self.client(world.lago, clock), Record<Int>())
            world.sandbox.onRequest = { request in
                if request.isLookUp(.afterEffect), lookUps.count == 0 {
                    lookUps.add(1)
                    clock.stop()
                }
                return .goOn
            }
            async let step = world.asking(frozen).step()
            try #require(await eventually { try await world.states() == ["submitting"] })
            let late = ContinuousClock.now + .seconds(1.1)
            try #require(await eventually { ContinuousClock.now > late })
            clock.goOn()
            _ = try await step
            let planned = try #require(try await world.topUps().first)
            #expect(planned.state == "planned" && world.sandbox.countPurchases() == 0)
            #expect(try await world.steps(to: .submitted))
            #expect(try await world.topUps().map(\.id) == [planned.id] && world.sandbox.countPurchases() == 1)
        }
    }

    @Test func `of two workers with a declined one in hand, one has its payment tried again`() async throws {
        try await TopUpWorld.running { world in
            let declined = try await world.declined(hoursAgo: 2)
            // Both read the invoice, and only then go on.
            let arrivals = Mutex(0)
            world.sandbox.forgetRequests()
            world.sandbox.onRequest = { request in
                guard request.moment == .afterEffect, request.method == "GET", request.path.hasPrefix("/invoices/")
                else { return .goOn }
                let number = arrivals.withLock {
                    $0 += 1; return $0
                }
                _ = await eventually(within: .seconds(2)) { arrivals.withLock { $0 } >= number + number % 2 }
                return .goOn
            }
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<2 { group.addTask { try await world.restarted().step() } }
                try await group.waitForAll()
            }
            for _ in 0..<3 { try await world.step() }
            let invoice = try #require(declined.invoiceID)
            #expect(world.sandbox.requestCount("/invoices/\(invoice)/retry_payment") == 1)
            #expect(try await world.topUps().map(\.failures.count) == [2])
            #expect(world.sandbox.countPurchases() == 0)
        }
    }

    @Test func `a retry that is under way when its lease lapses is not made again`() async throws {
        try await TopUpWorld.running { world in
            let invoice = try #require(try await world.declined(hoursAgo: 2).invoiceID)
            let (gate, held) = (Gate(), Record<Int>())
            world.sandbox.onRequest = { request in
                guard request.isRetry(.beforeEffect) else { return .goOn }
                held.add(1)
                await gate.wait()
                return .goOn
            }
            async let first = world.step()
            try #require(await eventually { held.count == 1 })
            for _ in 0..<3 { try await world.restarted().step() }
            #expect(try await world.reason() == "decline_backoff")
            gate.open()
            _ = try await first
            #expect(world.sandbox.requestCount("/invoices/\(invoice)/retry_payment") == 1)
        }
    }

    @Test(arguments: [PassingRequest.Moment.beforeEffect, .afterEffect])
    func `a declined one that is paid by its link while it is tried again is charged once`(
        moment: PassingRequest.Moment
    ) async throws {
        try await TopUpWorld.running { world in
            let declined = try await world.declined(hoursAgo: 2)
            let invoice = try #require(declined.invoiceID)
            let sandbox = world.sandbox
            sandbox.onRequest = { request in
                // Lago refuses to charge an invoice that is paid, with 405.
                if request.isRetry(moment) { try? sandbox.payInvoice(invoice) }
                return .goOn
            }
            #expect(try await world.steps(to: .settled))
            sandbox.onRequest = nil
            for _ in 0..<3 { try await world.step() }
            #expect(sandbox.requestCount("/invoices/\(invoice)/retry_payment") == 1)
            #expect(try await world.bought().map(\.id) == [declined.transactionID])
            #expect(sandbox.invoiceIDs(of: "c") == [invoice])
            #expect(try #require(sandbox.wallets(of: "c").first).creditsBalance == FixedDecimal(units: 6_500_000))
            #expect(try await world.reason() == "above_threshold")
        }
    }

    private static func client(_ lago: SandboxPeer, _ clock: StoppableClock) throws -> LagoClient {
        LagoClient(
            address: try #require(LagoAddress(lago.url)),
            key: lago.sandbox.configuration.apiKey,
            engine: try TransferEngine(),
            limiter: RateLimiter(requestsPerSecond: 1000, clock: clock),
            logger: quietLogger,
            deadline: .seconds(1)
        )
    }
}

/// A clock that its owner does not see while the process stands still.
private final class StoppableClock: Clock {
    private let isStopped = Mutex(false)

    var now: ContinuousClock.Instant {
        // Nothing is due while it stands.
        ContinuousClock.now - (self.isStopped.withLock { $0 } ? .seconds(3600) : .zero)
    }
    var minimumResolution: Duration { .milliseconds(1) }

    func stop() { self.isStopped.withLock { $0 = true } }
    func goOn() { self.isStopped.withLock { $0 = false } }

    func sleep(until deadline: ContinuousClock.Instant, tolerance: Duration?) async throws {
        while self.now < deadline { try await Task.sleep(for: .milliseconds(1)) }
    }
}
