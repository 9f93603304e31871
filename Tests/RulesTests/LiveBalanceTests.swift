import Money
import Rules
import Testing

struct LiveBalanceTests {
    /// Wallets by id and live minor units, and what nobody can pay.
    private func shown(_ balance: LiveBalance) -> [String: Int64] {
        Dictionary(uniqueKeysWithValues: balance.wallets.map { ($0.reading.id, $0.live) })
    }

    @Test(
        arguments: [
            ("EUR", 4_250, 3_011, "1", "12.39"), ("JPY", 4_250, 3_011, "1", "1239.0"),
            ("HUF", 4_250, 3_011, "2", "619.5"),
            ("KWD", 4_250, 3_011, "1", "1.239"), ("CLF", 4_250, 3_011, "1", "0.1239"), ("MRO", 11, 5, "1", "1.2"),
            ("EUR", 100, 350, "0.5", "-5.0"), ("EUR", 0, 1, "3", "-0.00333"), ("EUR", 2, 0, "3", "0.00667"),
            ("EUR", 500, 100, "0", "0.0"),
        ] as [(String, Int64, Int64, String, String)]
    )
    func `one wallet holds what is settled less usage, and its credits are that over the rate`(
        currency: String,
        settled: Int64,
        used: Int64,
        rate: String,
        credits: String
    ) throws {
        let wallet = try Sample.wallet("w", settled, currency, rate: rate)
        let usage = try Sample.usage([Sample.charge("calls", used)], currency)
        let balance = LiveBalance(wallets: [wallet], usages: [usage])
        let account = try #require(balance.accounts.first)
        #expect(account.live.minorUnits == settled - used)
        #expect(account.liveCredits.description == credits)
        #expect(account.walletIDs == ["w"])
        #expect(balance.unpayable.isEmpty)
    }

    @Test func `wallets pay by priority, age and id, and the last takes the overflow`() throws {
        let wallets = [
            try Sample.wallet("d", 100, priority: 50, createdAt: 2),
            try Sample.wallet("c", 100, priority: 50, createdAt: 1),
            try Sample.wallet("b", 100, priority: 1, createdAt: 9),
            try Sample.wallet("a", 100, priority: 1, createdAt: 9),
        ]
        let usage = try Sample.usage([Sample.charge("calls", 450)])
        let balance = LiveBalance(wallets: wallets, usages: [usage])
        #expect(balance.wallets.map(\.reading.id) == ["a", "b", "c", "d"])
        #expect(balance.wallets.map(\.live) == [0, 0, 0, -50])
        let half = LiveBalance(wallets: wallets, usages: [try Sample.usage([Sample.charge("calls", 150)])])
        #expect(half.wallets.map(\.live) == [0, 50, 100, 100])
        #expect(half.accounts.map(\.live.minorUnits) == [250])
    }

    @Test func `a restricted wallet pays its own metric only, and belongs to no account`() throws {
        let wallets = [
            try Sample.wallet("metric", 100, priority: 1, metrics: ["storage"]),
            try Sample.wallet("free", 1_000, priority: 2),
        ]
        let usage = try Sample.usage([Sample.charge("storage", 300), Sample.charge("calls", 400)])
        let balance = LiveBalance(wallets: wallets, usages: [usage])
        #expect(self.shown(balance) == ["metric": 0, "free": 400])
        #expect(balance.accounts.map(\.walletIDs) == [["free"]])
    }

    @Test(
        arguments: [
            (["charge"], [], 40), (["subscription"], [], 100), (["subscription"], ["calls"], 40),
            ([], ["storage"], 100),
            (["credit", "charge"], ["storage"], 40),
        ] as [([String], [String], Int64)]
    )
    func `fee types and metrics each open a wallet to a charge`(types: [String], metrics: [String], live: Int64) throws
    {
        let wallet = try Sample.wallet("w", 100, feeTypes: types, metrics: metrics)
        let usage = try Sample.usage([Sample.charge("calls", 60)])
        let balance = LiveBalance(wallets: [wallet], usages: [usage])
        #expect(balance.wallets.map(\.live) == [live])
        #expect(balance.accounts.isEmpty)
        #expect(balance.unpayable.map(\.minorUnits) == (live == 100 ? [60] : []))
    }

    @Test func `the last applicable wallet of a metric may be a restricted one that goes below zero`() throws {
        let wallets = [
            try Sample.wallet("free", 50, priority: 1),
            try Sample.wallet("metric", 20, priority: 2, metrics: ["calls"]),
        ]
        let usage = try Sample.usage([Sample.charge("calls", 100)])
        #expect(self.shown(LiveBalance(wallets: wallets, usages: [usage])) == ["free": 0, "metric": -30])
    }

    @Test func `the largest metric is served first`() throws {
        let wallets = [
            try Sample.wallet("both", 100, priority: 1, metrics: ["small", "large"]),
            try Sample.wallet("rest", 500, priority: 2, metrics: ["small"]),
        ]
        let usage = try Sample.usage([Sample.charge("small", 60), Sample.charge("large", 90)])
        #expect(self.shown(LiveBalance(wallets: wallets, usages: [usage])) == ["both": 0, "rest": 450])
    }

    @Test func `currencies never mix`() throws {
        let wallets = [try Sample.wallet("e", 1_000), try Sample.wallet("y", 1_000, "JPY")]
        let usages = [
            try Sample.usage([Sample.charge("calls", 100)]), try Sample.usage([Sample.charge("calls", 30)], "JPY"),
            try Sample.usage([Sample.charge("calls", 7)], "USD"),
        ]
        let balance = LiveBalance(wallets: wallets, usages: usages)
        #expect(balance.accounts.map(\.live.description) == ["9.00 EUR", "970 JPY"])
        #expect(balance.unpayable.map(\.description) == ["0.07 USD"])
    }

    @Test(
        arguments: [
            (2_530, 0, 481, 3_011), (1_265, 1_265, 481, 1_506), (1_265, 1_265, 1, 1_266), (633, 1_897, 4, 634),
            (0, 2_530, 481, 0), (100, 200, 2, 101), (100, 300, 2, 101), (100, 301, 2, 100),
        ] as [(Int64, Int64, Int64, Int64)]
    )
    func `charges paid in advance are left out, and taxes with them in proportion, rounded half up`(
        open: Int64,
        inAdvance: Int64,
        taxes: Int64,
        due: Int64
    ) throws {
        let charges = [Sample.charge("calls", open), Sample.charge("seats", inAdvance, inAdvance: true)]
        #expect(try Sample.usage(charges, taxes: taxes).due == due)
    }

    @Test func `what progressive billing invoiced is not taken off again`() throws {
        let charges = [Sample.charge("calls", 1_000), Sample.charge("storage", 500)]
        #expect(try Sample.usage(charges, taxes: 300, progressive: 700).due == 1_100)
        #expect(try Sample.usage(charges, taxes: 300, progressive: 9_000).due == 0)
    }

    @Test func `taxes fall on charges in proportion, and no minor unit is lost`() throws {
        let wallets = [
            try Sample.wallet("a", 10_000, metrics: ["a"]), try Sample.wallet("b", 10_000, metrics: ["b"]),
            try Sample.wallet("c", 10_000, metrics: ["c"]),
        ]
        let usage = try Sample.usage(["a", "b", "c"].map { Sample.charge($0, 100) }, taxes: 20)
        let balance = LiveBalance(wallets: wallets, usages: [usage])
        #expect(self.shown(balance) == ["a": 9_893, "b": 9_893, "c": 9_894])
    }

    @Test func `drafts are paid by unrestricted wallets, terminated wallets pay nothing`() throws {
        let wallets = [
            try Sample.wallet("gone", 900, priority: 1, isActive: false),
            try Sample.wallet("calls", 900, priority: 2, feeTypes: ["charge"]),
            try Sample.wallet("free", 900, priority: 3),
        ]
        let draft = Amount(minorUnits: 250, currency: try Sample.currency())
        #expect(self.shown(LiveBalance(wallets: wallets, usages: [], drafts: [draft])) == ["calls": 900, "free": 650])
    }

    @Test func `a wallet that is below zero already takes nothing unless it is the last`() throws {
        let wallets = [try Sample.wallet("a", -40, priority: 1), try Sample.wallet("b", 100, priority: 2)]
        let usage = try Sample.usage([Sample.charge("calls", 130)])
        #expect(self.shown(LiveBalance(wallets: wallets, usages: [usage])) == ["a": -40, "b": -30])
    }

    @Test func `where Lago keeps its own figure fresh, that one wins`() throws {
        let wallet = try Sample.wallet("w", 1_000, ongoing: 730)
        let usage = try Sample.usage([Sample.charge("calls", 400)])
        let balance = LiveBalance(wallets: [wallet], usages: [usage], isOngoingFresh: true)
        #expect(balance.wallets.map(\.live) == [730])
        #expect(balance.wallets.map(\.usage) == [270])
    }

    @Test func `an account adds up credits of wallets with different rates`() throws {
        let wallets = [
            try Sample.wallet("a", 1_000, rate: "0.5", priority: 1),
            try Sample.wallet("b", 1_000, rate: "2", priority: 2),
        ]
        let usage = try Sample.usage([Sample.charge("calls", 500)])
        let account = try #require(LiveBalance(wallets: wallets, usages: [usage]).accounts.first)
        #expect(account.liveCredits.description == "15.0")
        #expect(account.settled.description == "20.00 EUR")
        #expect(account.rate.description == "0.5")
    }

    @Test func `figures beyond all sense end no process`() throws {
        let wallets = [try Sample.wallet("a", .max, rate: "0.00001"), try Sample.wallet("b", .max, rate: "0.00001")]
        let charges = [Sample.charge("calls", .max), Sample.charge("storage", .max, inAdvance: true)]
        let usage = try Sample.usage(charges, taxes: .max)
        let balance = LiveBalance(wallets: wallets, usages: [usage, usage])
        #expect(balance.accounts.map(\.liveCredits.units) == [.max])
    }
}
