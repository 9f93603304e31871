import Money
import Rules
import TestSupport
import Testing

struct LookPaceTests {
    private static let now: Int64 = 1_795_356_300_000
    private static let hour: Int64 = 3_600_000
    private static let day: Int64 = 86_400_000

    private func pace(
        _ readings: [AccountReading],
        burn: Double? = 0,
        usedAgo: Int64? = 0,
        policy: String = "20,5,0",
        hasSubscription: Bool = true,
        limits: LookPace.Limits = .init()
    ) throws -> LookPace {
        LookPace(
            accounts: readings.map {
                .init(reading: $0, burnPerHour: burn, lastUsedAt: usedAgo.map { Self.now - $0 })
            },
            policy: try ThresholdPolicy(policy),
            hasSubscription: hasSubscription,
            limits: limits,
            at: Self.now
        )
    }

    /// Credits of one euro, so that a burn of 100 is a credit an hour.
    @Test(arguments: [
        ("1000", 0.0, Int64(0), LookPace.Kind.far, Int64(900)),
        ("1000", 0, 7, .idle, 3600),
        ("24", 0, 0, .near, 30), ("24.01", 0, 0, .far, 900), ("24", 0, 7, .near, 30),
        ("20", 0, 0, .far, 900), ("6", 0, 0, .near, 30), ("6.01", 0, 0, .far, 900),
        ("4.99", 0, 0, .far, 900), ("1", 0, 0, .near, 30), ("1.01", 0, 0, .far, 900),
        ("0", 0, 0, .far, 900), ("-3", 5000, 0, .far, 900),
        // 80 credits above, 40 an hour, doubled: an hour.
        ("100", 4000, 0, .far, 900), ("100", 8000, 0, .far, 450), ("100", 24_000, 0, .near, 30),
        ("100", 23_900, 0, .far, 150), ("100", 1000, 7, .idle, 3600), ("100", 2000, 7, .idle, 1800),
    ])
    func `how close and how fast it is tells how soon to look`(
        credits: String,
        burn: Double,
        hoursUnused: Int64,
        kind: LookPace.Kind,
        seconds: Int64
    ) throws {
        let pace = try self.pace([try Sample.account(credits)], burn: burn, usedAgo: hoursUnused * Self.hour)
        #expect(pace.kind == kind)
        #expect(pace.interval / 1000 == seconds)
    }

    @Test func `above zero, a twentieth of the last top-up is close`() throws {
        #expect(try self.pace([try Sample.account("5", lastTopUp: "100")], policy: "0").kind == .near)
        #expect(try self.pace([try Sample.account("5.01", lastTopUp: "100")], policy: "0").kind == .far)
    }

    @Test func `money and shares are levels like credits; another currency is none`() throws {
        #expect(try self.pace([try Sample.account("12", rate: "2")], policy: "20 EUR").kind == .near)
        #expect(try self.pace([try Sample.account("13", rate: "2")], policy: "20 EUR").kind == .far)
        #expect(try self.pace([try Sample.account("12", rate: "2")], policy: "20 USD").kind == .far)
        #expect(try self.pace([try Sample.account("12", lastTopUp: "100")], policy: "10%").kind == .near)
    }

    @Test(arguments: [
        (Int64(3 * 24 + 100), LookPace.Kind.far, Int64(900)), (3 * 24 + 1, .far, 450), (3 * 24, .far, 900),
        (1, .far, 900),
    ])
    func `a threshold in days is as far off as the forecast says`(
        hours: Int64,
        kind: LookPace.Kind,
        seconds: Int64
    ) throws {
        let reading = try Sample.account("1000", runsOutAt: Self.now + hours * Self.hour)
        let pace = try self.pace([reading], policy: "3d")
        #expect(pace.kind == kind && pace.interval == seconds * 1000)
        let soon = try Sample.account("1000", runsOutAt: Self.now + 3 * Self.day + 20 * 60_000)
        #expect(try self.pace([soon], policy: "3d").kind == .near)
    }

    @Test func `where nothing can be used there is no hurry, and where nothing is known there is some`() throws {
        let near = try Sample.account("21")
        #expect(try self.pace([near], hasSubscription: false).kind == .idle)
        #expect(try self.pace([]).kind == .idle)
        let far = try Sample.account("500")
        let unknown = try self.pace([far], burn: nil, usedAgo: nil)
        #expect(unknown.kind == .far && unknown.interval == 180_000)
        #expect(try self.pace([far], usedAgo: nil).kind == .far, "unseen is not unused")
        #expect(try self.pace([near], policy: "").kind == .far, "no mail is wanted")
    }

    @Test func `of several accounts the soonest wins`() throws {
        let pace = try self.pace([try Sample.account("500"), try Sample.account("21"), try Sample.account("0")])
        #expect(pace.kind == .near)
    }

    @Test func `limits that are out of order are put in order, and time is told by them`() throws {
        let limits = LookPace.Limits(near: 500, far: 100, idle: 3)
        #expect([limits.near, limits.far, limits.idle] == [500, 500, 500])
        let fast = LookPace.Limits(near: 300, far: 9_000, idle: 36_000)
        let reading = [try Sample.account("1000")]
        #expect(try self.pace(reading, usedAgo: 215_000, limits: fast).kind == .far)
        #expect(try self.pace(reading, usedAgo: 216_000, limits: fast).kind == .idle)
    }

    @Test(arguments: [UInt64(1), 20_260_801])
    func `an interval keeps its limits, and nobody closer or faster waits longer`(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        let limits = LookPace.Limits()
        for round in 0..<2_000 {
            let note = Comment(rawValue: "seed \(seed), round \(round)")
            let level = random.int(0...50)
            let lastTopUp = random.chance(2) ? "\(random.int(1...500))" : nil
            let far = random.int(1...40_000)
            let close = random.int(1...far)
            let usedAgo = random.int(0...12) * Self.hour
            let burn = Double(random.int(0...100_000)) / 7
            func pace(_ gap: Int64, _ burn: Double, _ usedAgo: Int64) throws -> LookPace {
                let credits = "\(level + gap / 100).\(gap % 100 < 10 ? "0" : "")\(gap % 100)"
                let reading = try Sample.account(credits, lastTopUp: lastTopUp)
                return try self.pace([reading], burn: burn, usedAgo: usedAgo, policy: "\(level)")
            }
            let base = try pace(far, burn, usedAgo)
            #expect(base.interval >= limits.near && base.interval <= limits.idle, note)
            #expect(base.kind != .near || base.interval == limits.near, note)
            #expect(try pace(close, burn, usedAgo).interval <= base.interval, note)
            #expect(try pace(far, burn * 1.5, usedAgo).interval <= base.interval, note)
            #expect(try pace(far, burn, usedAgo / 2).interval <= base.interval, note)
        }
    }

    @Test(arguments: [UInt64(5), 99])
    func `one that burns steadily is looked at twice before it meets the threshold`(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        let policy = try ThresholdPolicy("20")
        for round in 0..<60 {
            let perMinute = random.int(1...2_000)
            var world = UsageWorld(2_000 + perMinute * random.int(60...2_000) + random.int(0...500))
            let start = world.now
            var due = start
            var looks: [Int64] = []
            let met = start + (world.live - 2_000) * 60_000 / perMinute
            while world.now < met {
                if world.now >= due {
                    world.look()
                    looks.append(world.now)
                    let reading = try Sample.account("\(Double(world.live) / 100)", cents: world.live)
                    let account = LookPace.Account(reading: reading, history: world.history, at: world.now)
                    due = world.now + LookPace(accounts: [account], policy: policy, at: world.now).interval
                }
                world.now += 10_000
                world.use((world.now - start) * perMinute / 60_000 - world.used)
            }
            let late = looks.filter { $0 > met - 900_000 }
            #expect(late.count >= 2, "seed \(seed), round \(round), \(perMinute) a minute: \(looks.count) looks")
        }
    }
}
