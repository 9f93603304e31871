import Foundation
import LagoEvents
import Store
import Testing

/// What is kept of customers and their balances between two looks.
struct BalanceTests {
    private let fixture: StoreFixture
    private var store: Store { self.fixture.store }
    private let customer = CustomerID(rawValue: "c")

    init() throws {
        self.fixture = try StoreFixture()
    }

    private func reading(_ live: Int64, at now: Int64, account: String = "EUR") -> BalanceReading {
        BalanceReading(
            customer: self.customer,
            account: account,
            currency: "EUR",
            settledCents: 1000,
            liveCents: live,
            credits: "\(live / 100).0",
            at: now
        )
    }

    @Test func `a balance that stays is one row, one that moves another`() async throws {
        for (live, now) in [(500, 1), (500, 2), (400, 3), (500, 4)] as [(Int64, Int64)] {
            let reading = self.reading(live, at: now)
            try await self.store.write { try $0.save(reading) }
        }
        let other = self.reading(9, at: 5, account: "wallet-1")
        try await self.store.write { try $0.save(other) }
        let newest = try await self.store.balances(of: self.customer)
        #expect(newest.map(\.account) == ["EUR", "wallet-1"])
        #expect(newest.first?.liveCents == 500 && newest.first?.at == 4)
        let same = self.reading(500, at: 9)
        try await self.store.write { try $0.save(same) }
        let moved = try await self.store.balances(of: self.customer)
        #expect(moved.first?.at == 4 && moved.first?.seenAt == 9)
    }

    @Test func `who has a new balance is told from a row on, and when there are too many to tell`() async throws {
        #expect(try await self.store.balanceChanges(after: 0).newest == 0)
        for (customer, live) in [("a", 1), ("b", 2), ("a", 2), ("a", 2)] as [(String, Int64)] {
            let reading = BalanceReading(
                customer: CustomerID(rawValue: customer),
                account: "EUR",
                currency: "EUR",
                settledCents: 9,
                liveCents: live,
                credits: "\(live).0",
                at: live
            )
            try await self.store.write { try $0.save(reading) }
        }
        let all = try await self.store.balanceChanges(after: 0)
        #expect(all.customers == Set(["a", "b"].map(CustomerID.init(rawValue:))))
        // What stays as it was is no change.
        #expect(all.newest == 3 && !all.isCut)
        let last = try await self.store.balanceChanges(after: 2)
        #expect(last.customers == [CustomerID(rawValue: "a")] && last.newest == 3)
        let none = try await self.store.balanceChanges(after: 3)
        #expect(none.customers.isEmpty && none.newest == 3)
        let cut = try await self.store.balanceChanges(after: 0, limit: 2)
        #expect(cut.isCut && cut.newest == 3)
    }

    @Test func `all of a customer's accounts are read as of one moment`() async throws {
        let (customer, other) = (self.customer, CustomerID(rawValue: "other"))
        let forecast = ForecastRecord(account: "EUR", history: "{}", runsOutAt: 9, earliest: 8, latest: nil, at: 1)
        for (live, account) in [(500, "EUR"), (400, "EUR"), (9, "wallet-1")] as [(Int64, String)] {
            let reading = self.reading(live, at: 1, account: account)
            try await self.store.write { try $0.save(reading) }
        }
        try await self.store.write { transaction in
            try transaction.save(forecast, of: customer)
            try transaction.save(settings: "{}", of: customer, at: 1)
        }
        let sheets = try await self.store.balanceSheets(of: [other, customer])
        #expect(sheets.map(\.customer) == [other, customer] && sheets.map(\.revision) == [0, 3])
        #expect(sheets[0].readings.isEmpty && sheets[0].settings == nil)
        #expect(sheets[1].readings.map(\.liveCents) == [400, 9])
        #expect(sheets[1].forecasts == [forecast] && sheets[1].settings == "{}")
    }

    @Test func `a threshold state is kept only after the one it was made from`() async throws {
        let (one, two) = (ThresholdRecord(descent: 1, state: "{}"), ThresholdRecord(descent: 2, state: "{\"a\":1}"))
        let customer = self.customer
        #expect(try await self.store.write { try $0.save(one, of: customer, account: "EUR", after: nil, at: 1) })
        #expect(!(try await self.store.write { try $0.save(two, of: customer, account: "EUR", after: nil, at: 2) }))
        #expect(try await self.store.write { try $0.save(two, of: customer, account: "EUR", after: one, at: 3) })
        #expect(try await self.store.thresholds(of: customer, account: "EUR") == two)
        #expect(try await self.store.thresholds(of: customer, account: "USD") == nil)
    }

    @Test func `an earlier look never replaces a later one`() async throws {
        for (email, seenAt) in [("new@x.example", 5), ("old@x.example", 4)] as [(String, Int64)] {
            let customer = MirroredCustomer(
                id: "c",
                name: nil,
                email: email,
                locale: nil,
                object: Array("{}".utf8),
                seenAt: seenAt
            )
            try await self.store.write { try $0.save(customer) }
        }
        #expect(try await self.store.customer(self.customer)?.email == "new@x.example")
    }

    @Test func `a key of our own making stays what it first was, a milestone where it was reached`() async throws {
        for fresh in [[1, 2], [3, 4]] as [[UInt8]] {
            #expect(try await self.store.write { try $0.secret("links", fresh: fresh) } == [1, 2])
        }
        #expect(try await self.store.reached(.baseline) == nil)
        for now in [7, 8] as [Int64] { try await self.store.write { try $0.reach(.baseline, at: now) } }
        #expect(try await self.store.reached(.baseline) == 7)
    }

    @Test func `held usage is kept until there is none`() async throws {
        let customer = self.customer
        try await self.store.write { try $0.save(heldUsage: "[1]", of: customer, at: 1) }
        try await self.store.write { try $0.save(heldUsage: "[2]", of: customer, at: 2) }
        #expect(try await self.store.heldUsage(of: customer) == "[2]")
        try await self.store.write { try $0.save(heldUsage: nil, of: customer, at: 3) }
        #expect(try await self.store.heldUsage(of: customer) == nil)
    }
}
