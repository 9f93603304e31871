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

/// What a look at a falling balance makes of it.
@Suite(.timeLimit(.minutes(2))) struct DescentTests {
    /// A customer with 100 credits, who was looked at once.
    private func seen(
        isPremium: Bool = false,
        body: (WorkerFixture, SandboxPeer, LagoClient) async throws -> Void
    ) async throws {
        try await SandboxPeer.running {
            $0.customers = []
            $0.isPremium = isPremium
        } body: { lago in
            try lago.sandbox.createCustomer("c", email: "ada@example.test", credits: "100")
            var fixture = try WorkerFixture()
            let client = try LookTests.client(of: lago)
            fixture.handlers[.look] = try await fixture.lookHandler(client)
            // What is queued stays so.
            fixture.handlers[.mail] = { _ in JobOutcome(.notYet(for: .seconds(3600))) }
            try await fixture.look(at: "c")
            #expect(try await fixture.store.balances(of: CustomerID(rawValue: "c")).map(\.credits) == ["100.0"])
            try await body(fixture, lago, client)
        }
    }

    @Test func `several thresholds crossed at once make one mail, of the lowest`() async throws {
        try await self.seen { fixture, lago, _ in
            try lago.sandbox.recordUsage(customer: "c", units: "960")
            for _ in 0..<3 { try await fixture.look(at: "c") }
            let messages = try await fixture.store.messages(limit: 9)
            #expect(messages.map(\.fact) == ["EUR/1/1"])
            #expect(messages.first?.arguments.contains("\"threshold\":\"5\"") == true)
        }
    }

    @Test func `a customer who was low from the first is no descent`() async throws {
        try await SandboxPeer.running {
            $0.customers = []
        } body: { lago in
            try lago.sandbox.createCustomer("c", email: "ada@example.test", credits: "15")
            var fixture = try WorkerFixture()
            fixture.handlers[.look] = try await fixture.lookHandler(try LookTests.client(of: lago))
            for units in ["10", "20"] {
                try await fixture.look(at: "c")
                try lago.sandbox.recordUsage(customer: "c", units: units)
            }
            try await fixture.look(at: "c")
            #expect(try await fixture.store.messages(limit: 9).isEmpty)
        }
    }

    @Test func `a purchase that is not paid yet puts the mail off`() async throws {
        try await self.seen { fixture, lago, _ in
            let wallet = try #require(lago.sandbox.wallets(of: "c").first)
            try lago.sandbox.purchase("50", wallet: wallet.id)
            try lago.sandbox.recordUsage(customer: "c", units: "850")
            try await fixture.look(at: "c")
            let job = try #require(try await fixture.store.jobs(JobFilter(kind: "mail"), limit: 1).first)
            let wait = job.dueAt - WorkerFixture.now()
            #expect(job.state == .available && (500_000...600_000).contains(wait), "\(wait) ms")
        }
    }

    @Test func `what fell while nobody looked for days is put on record, not mailed`() async throws {
        try await self.seen { fixture, lago, client in
            var later = fixture
            later.handlers[.look] = try await fixture.lookHandler(client, ahead: 73 * 3_600_000)
            try lago.sandbox.recordUsage(customer: "c", units: "850")
            try await later.look(at: "c")
            let message = try #require(try await fixture.store.messages(limit: 1).first)
            #expect(message.state == .superseded && message.reason?.hasPrefix("too_old") == true)
            // From here on all is news again.
            try lago.sandbox.recordUsage(customer: "c", units: "110")
            try await later.look(at: "c")
            #expect(try await fixture.store.messages(limit: 1).first?.state == .queued)
        }
    }

    @Test func `a balance that came back while nobody looked for days is put on record, not mailed`() async throws {
        try await self.seen { fixture, lago, client in
            try lago.sandbox.recordUsage(customer: "c", units: "850")
            try await fixture.look(at: "c")
            try await self.noteSent(fixture)
            let wallet = try #require(lago.sandbox.wallets(of: "c").first)
            try lago.sandbox.grant("500", wallet: wallet.id)
            var later = fixture
            later.handlers[.look] = try await fixture.lookHandler(client, ahead: 73 * 3_600_000)
            try await later.look(at: "c")
            let message = try #require(try await fixture.store.messages(limit: 1).first)
            #expect(message.kind == "balance_recovered" && message.state == .superseded)
            #expect(message.reason?.hasPrefix("too_old") == true)
        }
    }

    /// Has the account's low-balance mail be one that was sent.
    private func noteSent(_ fixture: WorkerFixture) async throws {
        let customer = CustomerID(rawValue: "c")
        let before = try #require(try await fixture.store.thresholds(of: customer, account: "EUR"))
        let state = try JSONDecoder().decode(LowBalanceState.self, from: Data(before.state.utf8))
        let rule = LowBalance(policy: try ThresholdPolicy("20,5,0"), minimumInterval: 3_600_000)
        let reading = AccountReading(
            credits: try #require(FixedDecimal("15")),
            amount: Amount(minorUnits: 1500, currency: try #require(Currency("EUR"))),
            rate: try #require(FixedDecimal("1"))
        )
        let now = WorkerFixture.now()
        let (confirmed, answer) = rule.confirm(1, reading: reading, state: state, at: now)
        guard case .send(let send) = answer else {
            Issue.record("\(answer)")
            return
        }
        let sent = rule.settle(send, as: .sent, state: confirmed, at: now).state
        let after = ThresholdRecord(
            descent: before.descent,
            state: String(decoding: try JSONEncoder().encode(sent), as: UTF8.self)
        )
        let isKept = try await fixture.store.write {
            try $0.save(after, of: customer, account: "EUR", after: before, at: now)
        }
        #expect(isKept)
    }

    @Test func `a mail that an operator discards silences nobody`() async throws {
        try await self.seen { fixture, lago, _ in
            try lago.sandbox.recordUsage(customer: "c", units: "850")
            try await fixture.look(at: "c")
            let job = try #require(try await fixture.store.jobs(JobFilter(kind: "mail"), limit: 1).first)
            let now = WorkerFixture.now()
            #expect(try await fixture.store.write { try $0.discard(JobID(rawValue: job.id), at: now) })
            #expect(try await fixture.store.messages(limit: 1).first?.state == .failed)
            try await fixture.look(at: "c")
            #expect(try await fixture.store.messages(limit: 9).count == 1, "it is not told of again in its descent")
            try lago.sandbox.recordUsage(customer: "c", units: "110")
            try await fixture.look(at: "c")
            #expect(try await fixture.store.messages(limit: 1).first?.state == .queued)
        }
    }

    @Test func `where Lago keeps the ongoing balance fresh, its figure counts`() async throws {
        try await self.seen(isPremium: true) { fixture, lago, _ in
            let wallet = try #require(lago.sandbox.wallets(of: "c").first)
            lago.sandbox.changeWallet(id: wallet.id) { $0.ongoingUsageCents = 3_000 }
            try await fixture.look(at: "c")
            #expect(try await fixture.store.balances(of: CustomerID(rawValue: "c")).map(\.credits) == ["70.0"])
        }
    }

    @Test func `the usage of an ended period stays deducted until its invoice is there`() async throws {
        try await self.seen { fixture, lago, _ in
            let customer = CustomerID(rawValue: "c")
            try lago.sandbox.recordUsage(customer: "c", units: "300")
            try await fixture.look(at: "c")
            lago.sandbox.advanceToPeriodEnd()
            try await fixture.look(at: "c")
            #expect(try await fixture.store.balances(of: customer).map(\.credits) == ["70.0"], "not yet billed")
            lago.sandbox.advanceToBilling()
            try await fixture.look(at: "c")
            let balance = try #require(try await fixture.store.balances(of: customer).first)
            #expect(balance.credits == "70.0" && balance.settledCents == 7_000, "billed, and not deducted twice")
        }
    }
}
