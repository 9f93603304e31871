import Foundation
import Jobs
import LagoAPI
import LagoEvents
import Money
import Sandbox
import Settings
import Store
import TestSupport
import Testing
import Transport
import Worker

/// From an event in the inbox to wallets as Lago has them.
@Suite(.timeLimit(.minutes(2))) struct LookTests {
    static func client(of lago: SandboxPeer, deadline: Duration = .seconds(30)) throws -> LagoClient {
        LagoClient(
            address: try #require(LagoAddress(lago.url)),
            key: lago.sandbox.configuration.apiKey,
            engine: try TransferEngine(),
            limiter: RateLimiter(requestsPerSecond: 1000),
            logger: quietLogger,
            deadline: deadline
        )
    }

    @Test func `many events of a customer are one look once they are quiet`() async throws {
        var fixture = try WorkerFixture()
        fixture.debounce = .seconds(3)
        let looks = Record<String>()
        fixture.handlers[.look] = { lease in
            looks.add(lease.key)
            return JobOutcome(.succeeded)
        }
        try await fixture.working {
            for number in 1...20 {
                try await fixture.record("a\(number)", customer: "a")
                try await fixture.record("b\(number)", customer: "b")
            }
            try #require(try await eventually { try await fixture.store.eventCounts() == [.processed: 40] })
            try #require(try await fixture.isIdle())
        }
        #expect(looks.all.sorted() == ["a", "b"])
        #expect(try await fixture.store.jobs(limit: 9).allSatisfy { $0.kind == "look" && $0.customer == $0.key })
    }

    @Test func `an event during a look brings another look`() async throws {
        var fixture = try WorkerFixture()
        fixture.debounce = .zero
        let gate = Gate()
        let looks = Record<String>()
        fixture.handlers[.look] = { lease in
            looks.add(lease.key)
            if looks.count == 1 { await gate.wait() }
            return JobOutcome(.succeeded)
        }
        try await fixture.working {
            try await fixture.record("first", customer: "a")
            #expect(await eventually { looks.count == 1 })
            try await fixture.record("second", customer: "a")
            try #require(try await eventually { try await fixture.store.eventCounts() == [.processed: 2] })
            #expect(looks.count == 1)
            gate.open()
            #expect(await eventually { looks.count == 2 })
            try #require(try await fixture.isIdle())
        }
    }

    @Test func `what moves no balance is ignored`() async throws {
        let fixture = try WorkerFixture()
        try await fixture.working {
            try await fixture.record("a", customer: "a", type: "plan.created")
            try #require(try await eventually { try await fixture.store.eventCounts() == [.ignored: 1] })
        }
        #expect(try await fixture.store.jobs(limit: 9).isEmpty)
    }

    @Test func `a look mirrors the customer's wallets as Lago has them now`() async throws {
        try await SandboxPeer.running {
            $0.customers = SandboxPeer.customers(2)
        } body: { lago in
            var fixture = try WorkerFixture()
            fixture.handlers[.look] = try await fixture.lookHandler(try Self.client(of: lago))
            try await fixture.working {
                let customer = CustomerID(rawValue: "cust_1")
                let wallet = try #require(lago.sandbox.wallets(of: "cust_1").first)
                try await fixture.record("a", customer: "cust_1")
                try #require(try await eventually { try await fixture.store.wallets(of: customer).count == 1 })
                let seen = try #require(try await fixture.store.wallets(of: customer).first)
                #expect(seen.id == wallet.id && seen.balanceCents == 10_000 && seen.status == "active")
                lago.sandbox.changeWallet(id: wallet.id) { $0.consume(FixedDecimal(units: 100_000), at: .now) }
                try await fixture.record("b", customer: "cust_1")
                let isNewer = try await eventually {
                    try await fixture.store.wallets(of: customer).first?.balanceCents != 10_000
                }
                #expect(isNewer)
                #expect(try await fixture.store.wallets(of: CustomerID(rawValue: "cust_2")).isEmpty)
            }
        }
    }

    @Test func `while Lago is away a look is tried again, and done when it is back`() async throws {
        try await SandboxPeer.running {
            $0.customers = SandboxPeer.customers(1)
        } body: { lago in
            var fixture = try WorkerFixture()
            fixture.pace.backoff = Backoff(base: .milliseconds(10), limit: .milliseconds(50))
            fixture.handlers[.look] = try await fixture.lookHandler(try Self.client(of: lago))
            lago.sandbox.faults.serverError = .next(2)
            lago.sandbox.faults.closedBeforeEffect = .never
            try await fixture.working {
                try await fixture.record("a", customer: "cust_1")
                try #require(try await eventually { try await fixture.job(1).results == ["again", "again", "done"] })
            }
            #expect(try await fixture.store.wallets(of: CustomerID(rawValue: "cust_1")).count == 1)
        }
    }

    @Test func `a key that Lago refuses makes no look succeed, and no mirror`() async throws {
        try await SandboxPeer.running {
            $0.customers = SandboxPeer.customers(1)
        } body: { lago in
            var fixture = try WorkerFixture()
            let client = LagoClient(
                address: try #require(LagoAddress(lago.url)),
                key: "wrong",
                engine: try TransferEngine(),
                limiter: RateLimiter(requestsPerSecond: 1000),
                logger: quietLogger
            )
            fixture.handlers[.look] = try await fixture.lookHandler(client)
            try await fixture.working {
                try await fixture.record("a", customer: "cust_1")
                let hasFailed = try await eventually {
                    try await ["again", "dead"].contains(fixture.job(1).results.first)
                }
                #expect(hasFailed)
            }
            #expect(try await fixture.job(1).error?.contains("wrong") == false)
            #expect(try await fixture.store.wallets(of: CustomerID(rawValue: "cust_1")).isEmpty)
        }
    }

    @Test func `a look waits for somebody to configure Lago and spends no attempt`() async throws {
        var fixture = try WorkerFixture()
        fixture.handlers[.look] = try await fixture.lookHandler(nil)
        try await fixture.working {
            try await fixture.record("a", customer: "cust_1")
            let isPutOff = try await eventually {
                let job = try await fixture.store.jobs(limit: 1).first
                return job.map { $0.dueAt > WorkerFixture.now() + 30_000 } ?? false
            }
            #expect(isPutOff)
        }
        let job = try await fixture.job(1)
        #expect(job.state == .available && job.attempt == 0 && job.results.isEmpty)
    }
}
