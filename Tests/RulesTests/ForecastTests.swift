import Rules
import Testing

struct ForecastTests {
    private static let hour = UsageWorld.hour
    private static let day = UsageWorld.day

    @Test func `ten minutes of steady use are enough, for what is not far ahead`() throws {
        var world = UsageWorld(6_000)
        world.look()
        world.run(for: 2 * UsageWorld.minute, step: 30_000) { _ in 5 }
        #expect(world.forecast == nil, "two minutes are too little")
        world.run(for: 8 * UsageWorld.minute, step: 30_000) { _ in 5 }
        let forecast = try #require(world.forecast)
        #expect(abs(Double(forecast.runsOutAt - world.now) - 590 * 60_000) < 60_000, "5,900 are left at 10 a minute")
        #expect(forecast.earliest < forecast.runsOutAt)
        #expect(try #require(forecast.latest) > forecast.runsOutAt)
        world.topUp(1_000_000)
        #expect(world.forecast == nil, "two months ahead is too far for ten minutes")
    }

    @Test func `with nothing left there is nothing to foretell`() {
        var world = UsageWorld(100)
        world.run(for: Self.hour) { _ in 1 }
        #expect(world.live > 0 && world.forecast != nil)
        world.run(for: Self.hour) { _ in 1 }
        #expect(world.live <= 0 && world.forecast == nil)
    }

    @Test func `an idle customer, a single burst and a year ahead are no forecast`() {
        var idle = UsageWorld()
        idle.run(for: 3 * Self.day, step: Self.hour) { _ in 0 }
        #expect(idle.forecast == nil)
        #expect(idle.history.burnRate(at: idle.now) == 0)

        var burst = UsageWorld(1_000)
        burst.run(for: 5 * Self.hour) { _ in 0 }
        burst.run(for: 10 * UsageWorld.minute) { _ in 20 }
        burst.run(for: 5 * Self.hour) { _ in 0 }
        #expect(burst.forecast == nil)

        var rich = UsageWorld(10_000_000)
        rich.run(for: 2 * Self.day, step: 10 * UsageWorld.minute) { _ in 1 }
        #expect(rich.forecast == nil)
    }

    @Test func `who stopped two days ago has no forecast`() {
        var world = UsageWorld(100_000)
        world.run(for: 4 * Self.day, step: 10 * UsageWorld.minute) { _ in 10 }
        #expect(world.forecast != nil)
        world.run(for: 50 * Self.hour, step: Self.hour) { _ in 0 }
        #expect(world.forecast == nil)
    }

    @Test func `a burst of days ago does not dominate`() throws {
        var world = UsageWorld(1_000_000)
        world.run(for: Self.hour) { _ in 500 }
        world.run(for: 5 * Self.day, step: 10 * UsageWorld.minute) { _ in 100 }
        let rate = try #require(world.rate)
        #expect(rate > 590 && rate < 900, "600 an hour, and 30,000 in one hour five days ago: \(rate)")
    }

    @Test func `recent days weigh more than those before`() throws {
        var world = UsageWorld(1_000_000)
        world.run(for: 3 * Self.day, step: 10 * UsageWorld.minute) { _ in 100 }
        world.run(for: 2 * Self.day, step: 10 * UsageWorld.minute) { _ in 25 }
        let rate = try #require(world.rate)
        #expect(rate > 150 && rate < 300, "600 an hour, then 150: \(rate)")
    }

    @Test func `what was used before a gap of days is no forecast`() {
        var world = UsageWorld(1_000_000)
        world.run(for: 4 * Self.day, step: 10 * UsageWorld.minute) { _ in 100 }
        #expect(world.forecast != nil)
        world.now += 60 * Self.hour
        world.topUp(10)
        world.look()
        #expect(world.forecast == nil)
    }

    @Test func `charges that are paid in advance are usage; a fee now and then is none`() throws {
        var world = UsageWorld(100_000)
        for _ in 0..<120 {
            world.now += UsageWorld.minute
            world.topUp(-10)
            world.look()
        }
        #expect(abs(try #require(world.rate) - 600) < 20)
        var fee = UsageWorld(100_000)
        fee.run(for: 2 * Self.hour) { _ in 10 }
        fee.topUp(-5_000)
        fee.run(for: 2 * Self.hour) { _ in 10 }
        #expect(abs(try #require(fee.rate) - 600) < 20)
    }

    @Test func `after a week in which nobody looked, what is seen now soon counts`() throws {
        var world = UsageWorld(100_000)
        world.run(for: 2 * Self.day, step: 10 * UsageWorld.minute) { _ in 10 }
        world.now += 7 * Self.day
        world.use(10_000)
        world.endPeriod()
        world.invoice(fee: 700)
        world.topUp(50_000)
        world.look()
        #expect(world.forecast == nil, "nothing is known of this week")
        world.run(for: 3 * Self.hour) { _ in 5 }
        #expect(abs(try #require(world.rate) - 300) < 15)
        // A gap without a bill or a top-up is known, though only as a whole.
        var quiet = UsageWorld(1_000_000)
        quiet.run(for: Self.hour) { _ in 10 }
        quiet.now += 2 * Self.day
        quiet.use(600 * 48)
        quiet.look()
        quiet.run(for: Self.hour) { _ in 10 }
        #expect(abs(try #require(quiet.rate) - 600) < 30)
    }

    @Test func `the burn rate is that of the busiest of now and the average`() throws {
        var world = UsageWorld()
        #expect(world.history.burnRate(at: world.now) == nil)
        world.run(for: Self.day, step: 5 * UsageWorld.minute) { _ in 5 }
        #expect(abs(try #require(world.history.burnRate(at: world.now)) - 60) < 3)
        world.run(for: 15 * UsageWorld.minute) { _ in 50 }
        #expect(abs(try #require(world.history.burnRate(at: world.now)) - 3000) < 300)
        world.run(for: 4 * Self.hour) { _ in 0 }
        let rate = try #require(world.history.burnRate(at: world.now))
        #expect(rate > 50 && rate < 120, "back at the average: \(rate)")
    }
}
