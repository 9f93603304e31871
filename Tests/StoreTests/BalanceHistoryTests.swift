import LagoEvents
import Store
import TestSupport
import Testing

/// What is read back of times that have passed.
struct BalanceHistoryTests {
    private let fixture: StoreFixture
    private var store: Store { self.fixture.store }

    init() throws {
        self.fixture = try StoreFixture()
    }

    private func keep(_ customer: String, _ account: String, live: Int64, at: Int64) async throws {
        let reading = BalanceReading(
            customer: CustomerID(rawValue: customer),
            account: account,
            currency: "EUR",
            settledCents: 1000,
            liveCents: live,
            credits: "\(live).0",
            at: at
        )
        try await self.store.write { try $0.save(reading) }
    }

    @Test func `a history begins with the value that held at its beginning, and ends before its end`() async throws {
        for (live, at) in [(9, 10), (8, 20), (7, 30), (6, 40)] {
            try await self.keep("a", "EUR", live: Int64(live), at: Int64(at))
            try await self.keep("b", "EUR", live: -Int64(live), at: Int64(at))
        }
        let known = KnownAccount(customer: CustomerID(rawValue: "a"), account: "EUR")
        func live(from start: Int64, to end: Int64) async throws -> [Int64] {
            try await self.store.balances(of: known, from: start, to: end).map(\.liveCents)
        }
        #expect(try await live(from: 25, to: 40) == [8, 7])
        #expect(try await live(from: 20, to: 41) == [9, 8, 7, 6])
        #expect(try await live(from: 0, to: 11) == [9])
        #expect(try await live(from: 50, to: 60) == [6])
        #expect(try await live(from: 0, to: 10).isEmpty)
    }

    @Test func `accounts are listed once each, of all customers or of one`() async throws {
        for at in 1...2 {
            try await self.keep("b", "USD", live: Int64(at), at: Int64(at))
            try await self.keep("a", "EUR", live: Int64(at), at: Int64(at))
            try await self.keep("b", "EUR", live: Int64(at), at: Int64(at))
        }
        let all = try await self.store.accounts().map { "\($0.customer.rawValue) \($0.account)" }
        #expect(all == ["a EUR", "b EUR", "b USD"])
        let one = try await self.store.accounts(of: CustomerID(rawValue: "b")).map(\.account)
        #expect(one == ["EUR", "USD"])
    }

    @Test func `the minutes of events are told once each, by customer`() async throws {
        for (number, customer, at) in [(1, "a", 1), (2, "a", 59_999), (3, "b", 60_001), (4, "a", 200_000)] {
            let body = String(decoding: Webhook.body(of: customer, mark: "\(number)"), as: UTF8.self)
            _ = try await self.fixture.record("k\(number)", body: body, at: Int64(at))
        }
        let minutes = try await self.store.eventMinutes(from: 0, to: 200_000)
        #expect(minutes == [CustomerID(rawValue: "a"): [60_000], CustomerID(rawValue: "b"): [120_000]])
        let later = try await self.store.eventMinutes(of: CustomerID(rawValue: "a"), from: 2, to: 200_001)
        #expect(later == [CustomerID(rawValue: "a"): [60_000, 240_000]])
    }

    @Test func `decisions are found by account and by the time in which they stood`() async throws {
        let customer = CustomerID(rawValue: "a")
        for (account, reason, at, lastAt) in [
            ("EUR", "above_threshold", 10, 20), ("USD", "disabled", 15, 50), ("EUR", "charged", 30, 30),
            ("EUR", "cooldown", 31, 90),
        ] {
            let decision = TopUpDecisionRecord(
                customer: customer,
                account: account,
                reason: reason,
                detail: nil,
                nextLookAt: nil,
                at: Int64(at),
                lastAt: Int64(lastAt)
            )
            #expect(try await self.store.write { try $0.save(decision) })
        }
        func reasons(_ account: String? = nil, _ times: ClosedRange<Int64>? = nil) async throws -> [String] {
            try await self.store.topUpDecisions(of: customer, account: account, in: times, limit: 9).map(\.reason)
        }
        #expect(try await reasons() == ["cooldown", "charged", "disabled", "above_threshold"])
        #expect(try await reasons("EUR") == ["cooldown", "charged", "above_threshold"])
        #expect(try await reasons("EUR", 20...30) == ["charged", "above_threshold"])
        #expect(try await reasons(nil, 60...70) == ["cooldown"])
    }
}
