import Foundation
import Jobs
import LagoAPI
import LagoEvents
import Rules
import Sandbox
import Store
import TestSupport
import Testing
import Worker

/// Billing periods that end, and whose invoices come late.
@Suite(.timeLimit(.minutes(3))) struct PeriodTests {
    private static let hour: Int64 = 3_600_000

    /// Looks at the customer `c` by Lago's clock: a day is a billing period, invoiced four hours after its end.
    private struct Stage {
        let fixture: WorkerFixture
        let lago: SandboxPeer

        var now: Int64 { Int64(self.lago.sandbox.now.timeIntervalSince1970 * 1000) }

        /// Uses something, and has a look, every two hours for this many periods; `body` sees each look.
        func live(
            periods: Int,
            units: String,
            body: (_ credits: String, _ forecast: ForecastRecord?) throws -> Void
        ) async throws {
            for _ in 0..<periods * 12 {
                self.lago.sandbox.advance(by: .seconds(7200))
                try self.lago.sandbox.recordUsage(customer: "c", units: units)
                try await self.fixture.look(at: "c")
                let customer = CustomerID(rawValue: "c")
                let credits = try #require(try await self.fixture.store.balances(of: customer).first?.credits)
                try body(credits, try await self.fixture.store.forecasts(of: customer).first)
            }
        }
    }

    private func onStage(credits: String, body: (Stage) async throws -> Void) async throws {
        try await SandboxPeer.running {
            $0.customers = []
            $0.periodLength = .seconds(86_400)
            $0.billingDelay = .seconds(4 * 3600)
        } body: { lago in
            try lago.sandbox.createCustomer("c", email: "ada@example.test", credits: credits)
            var fixture = try WorkerFixture()
            let taker = LookTaker(
                looks: Looks(
                    reader: BalanceReader(
                        client: try LookTests.client(of: lago),
                        now: { Int64(lago.sandbox.now.timeIntervalSince1970 * 1000) }
                    ),
                    store: fixture.store,
                    fresh: FreshReadings()
                ),
                store: fixture.store,
                policy: LowBalance(policy: try ThresholdPolicy("20,5,0"), minimumInterval: 0),
                outbox: try await fixture.outbox(),
                now: { Int64(lago.sandbox.now.timeIntervalSince1970 * 1000) }
            )
            fixture.handlers[.look] = LookHandler(taker: taker).callAsFunction
            fixture.handlers[.mail] = { _ in JobOutcome(.notYet(for: .seconds(3600))) }
            try await fixture.look(at: "c")
            try await body(Stage(fixture: fixture, lago: lago))
        }
    }

    @Test func `ten of them mail nobody, and the forecast outlives each`() async throws {
        try await self.onStage(credits: "3000") { stage in
            var left = 3000
            try await stage.live(periods: 10, units: "100") { credits, forecast in
                left -= 10
                #expect(credits == "\(left).0", "usage neither comes back nor counts twice")
                guard left <= 2880 else { return }
                // Ten credits in two hours.
                let expected = stage.now + Int64(left) * Self.hour / 5
                let runsOutAt = try #require(forecast?.runsOutAt, "\(left) left")
                let error = abs(Double(runsOutAt - expected)) / Double(expected - stage.now)
                #expect(error < 0.15, "\(left) left: \(Int(error * 100)) % off")
            }
            let invoices = stage.lago.sandbox.invoiceIDs(of: "c")
            #expect(invoices.count >= 9)
            #expect(try await stage.fixture.store.messages(limit: 9).isEmpty)
        }
    }

    @Test func `who is low stays so: no false recovery, no second descent`() async throws {
        try await self.onStage(credits: "100") { stage in
            try stage.lago.sandbox.recordUsage(customer: "c", units: "850")
            try await stage.fixture.look(at: "c")
            let first = try await stage.fixture.store.messages(limit: 9)
            #expect(first.map(\.fact) == ["EUR/1/1"])
            var highest = 0.0
            try await stage.live(periods: 10, units: "0.5") { credits, _ in highest = max(highest, Double(credits) ?? 0)
            }
            #expect(highest < 15, "what is used stays used")
            #expect(try await stage.fixture.store.messages(limit: 9).map(\.fact) == ["EUR/1/1"])
            let state = try await stage.fixture.store.thresholds(of: CustomerID(rawValue: "c"), account: "EUR")
            #expect(state?.descent == 1)
        }
    }
}
