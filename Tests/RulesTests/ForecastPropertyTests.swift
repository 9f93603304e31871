import Foundation
import Rules
import TestSupport
import Testing

struct ForecastPropertyTests {
    private static let minute = UsageWorld.minute
    private static let hour = UsageWorld.hour
    private static let day = UsageWorld.day
    private static let seeds: [UInt64] = [1, 20_260_801, 0xDEAD_BEEF]

    @Test(arguments: Self.seeds)
    func `steady usage with noise is forecast within a tenth, and lies in its range`(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        var inside = 0
        for round in 0..<20 {
            let mean = random.int(30...3_000)
            var world = UsageWorld(20_000 * mean)
            let start = world.now
            let time = random.int(6...72) * Self.hour
            while world.now < start + time {
                world.now += random.int(30...900) * 1000
                world.use(random.int(0...(2 * mean)))
                world.look()
            }
            let truth = Double(world.used) / Double(world.now - start)
            let forecast = try #require(world.forecast, "seed \(seed), round \(round)")
            let left = Double(world.live) / truth
            #expect(abs(Double(forecast.runsOutAt - world.now) / left - 1) < 0.1, "seed \(seed), round \(round)")
            let latest = try #require(forecast.latest)
            if Double(forecast.earliest - world.now) < left, Double(latest - world.now) > left { inside += 1 }
        }
        #expect(inside >= 19)
    }

    @Test(arguments: Self.seeds)
    func `top-ups and voids at any time change no rate`(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        for round in 0..<20 {
            var (plain, paid) = (UsageWorld(1_000_000), UsageWorld(1_000_000))
            for _ in 0..<random.int(40...400) {
                let (pause, used) = (random.int(30...900) * 1000, random.int(0...300))
                plain.now += pause
                paid.now += pause
                plain.use(used)
                paid.use(used)
                if random.chance(20) { paid.topUp(random.int(-1_000...1_000_000)) }
                plain.look()
                paid.look()
            }
            paid.topUp(plain.live - paid.live)
            #expect(plain.forecast == paid.forecast && plain.forecast != nil, "seed \(seed), round \(round)")
        }
    }

    @Test(arguments: Self.seeds)
    func `a forecast survives ten period ends whose invoices are late`(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        var world = UsageWorld(3_000_000)
        world.run(for: 6 * Self.hour) { _ in random.int(5...15) }
        for period in 0..<10 {
            world.run(for: random.int(20...30) * Self.hour, step: 5 * Self.minute) { _ in random.int(25...75) }
            // The last usage of the period is often seen by no look.
            world.use(random.int(0...40))
            let before = try #require(world.rate)
            world.endPeriod()
            let late = random.int(1...20) * Self.hour / 2
            world.run(for: late, step: 5 * Self.minute) { _ in random.int(25...75) }
            world.invoice(fee: random.int(0...50_000))
            // The wallets are read before the invoice: for one look it is missing.
            world.look()
            world.run(for: Self.minute, step: Self.minute) { _ in random.int(5...15) }
            let after = try #require(world.rate)
            #expect(abs(after / before - 1) < 0.08, "seed \(seed), period \(period): \(before) then \(after)")
        }
        #expect(abs(try #require(world.rate) / 600 - 1) < 0.1)
    }

    @Test(arguments: Self.seeds)
    func `spikes at random give no forecast, or a wide one`(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        for round in 0..<30 {
            var world = UsageWorld(1_000_000)
            let oddity = random.int(12...120)
            world.run(for: 2 * Self.day, step: 10 * Self.minute) { _ in
                random.chance(oddity) ? random.int(100...10_000) : 0
            }
            guard let forecast = world.forecast else { continue }
            let range = Double((forecast.latest ?? .max) - world.now) / Double(forecast.earliest - world.now)
            #expect(range > 2, "seed \(seed), round \(round)")
        }
    }

    @Test(arguments: Self.seeds)
    func `days and nights give the average, whatever the hour`(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        var world = UsageWorld(1_000_000)
        world.run(for: Self.day, step: 10 * Self.minute) { Self.isDay($0) ? random.int(80...120) : 0 }
        for step in 0..<30 {
            world.run(for: 4 * Self.hour + random.int(0...40) * Self.minute, step: 10 * Self.minute) {
                Self.isDay($0) ? random.int(80...120) : 0
            }
            let rate = try #require(world.rate, "seed \(seed), step \(step)")
            #expect(abs(rate / 300 - 1) < 0.1, "600 an hour for half of the day; seed \(seed), step \(step): \(rate)")
        }
        let forecast = try #require(world.forecast)
        let range = Double(try #require(forecast.latest) - world.now) / Double(forecast.earliest - world.now)
        #expect(range < 1.7, "after days of the same, it is nearly sure")
    }

    private static func isDay(_ now: Int64) -> Bool {
        now % Self.day > 8 * Self.hour && now % Self.day <= 20 * Self.hour
    }

    @Test(arguments: Self.seeds)
    func `order holds: earliest, run-out, latest, and all of them ahead`(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        var forecasts = 0
        for round in 0..<150 {
            var world = UsageWorld(random.int(1...1_000_000))
            for _ in 0..<random.int(1...150) {
                world.now += random.int(10...3_600) * 1000
                if random.chance(2) { world.use(random.int(-20...500)) }
                if random.chance(20) { world.topUp(random.int(-1_000...10_000)) }
                if random.chance(30) { world.endPeriod() }
                if random.chance(30) { world.invoice(fee: random.int(0...500)) }
                world.look()
            }
            guard let forecast = world.forecast else { continue }
            forecasts += 1
            let note = Comment(rawValue: "seed \(seed), round \(round)")
            #expect(world.live > 0 && forecast.earliest >= world.now && forecast.earliest <= forecast.runsOutAt, note)
            #expect(forecast.runsOutAt <= forecast.latest ?? .max, note)
            #expect(forecast.runsOutAt <= world.now + 366 * Self.day, note)
        }
        #expect(forecasts > 20)
    }
}
