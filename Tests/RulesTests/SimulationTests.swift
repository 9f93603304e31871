import Money
import Rules
import Testing

/// A policy played over a past that is written down in a few lines.
struct SimulationTests {
    @Test func `a low balance that stays is charged once, and told of where the charge does not lift it`() throws {
        var scene = try SimulationScene()
        scene.values = [(0, 100), (60, 8)]
        #expect(try scene.told() == ["60 charge 50.00 EUR at 8", "60 top_up_succeeded at 58"])
        scene.thresholds = "80"
        #expect(
            try scene.told() == ["60 charge 50.00 EUR at 8", "60 top_up_succeeded at 58", "60 low_balance 80 at 58"]
        )
    }

    @Test func `a balance that falls on is charged on, within the cooldown and the day's count`() throws {
        var scene = try SimulationScene()
        scene.thresholds = ""
        // 60 credits of usage each quarter of an hour; 50 an hour come in.
        scene.values = (0...20).map { (Int64($0) * 15, 100 - 60 * Int64($0)) }
        #expect(try scene.charges() == [30, 90, 150, 720, 780, 840], "three a day, from midnight on again")
        #expect(try scene.run().held == [.cooldown: 6, .dailyLimit: 2])
        scene.scene.maxPerDay = 9
        #expect(try scene.charges().count == 10, "five hundred a month")
    }

    @Test func `what was put off is looked at when its reason ends, not only at the next value`() throws {
        var scene = try SimulationScene()
        scene.thresholds = ""
        scene.values = [(0, -60)]
        #expect(try scene.charges() == [0, 60])
        scene.scene.choice.isEnabled = false
        #expect(try scene.charges().isEmpty)
        #expect(try scene.run().held == [.notOptedIn: 1])
    }

    @Test func `without a policy nothing happens`() throws {
        var scene = try SimulationScene()
        (scene.thresholds, scene.scene.threshold, scene.scene.amount) = ("", nil, nil)
        scene.values = [(0, 100), (60, 3), (120, -4)]
        #expect(try scene.told().isEmpty)
    }

    @Test func `a descent is told of once at each threshold, and that it is over`() throws {
        var scene = try SimulationScene()
        scene.scene.mode = .off
        scene.values = [(0, 100), (60, 15), (70, 14), (180, 4), (190, 3), (300, 90)]
        let told = ["60 low_balance 20 at 15", "180 low_balance 5 at 4", "300 balance_recovered at 90"]
        #expect(try scene.told() == told)
        scene.unwanted = ["low_balance"]
        #expect(try scene.told().isEmpty)
    }

    @Test func `two mails keep their distance, unless nothing is left`() throws {
        var scene = try SimulationScene()
        scene.scene.mode = .off
        scene.values = [(0, 100), (60, 15), (70, 4)]
        #expect(try scene.told() == ["60 low_balance 20 at 15", "120 low_balance 5 at 4"])
        scene.values = [(0, 100), (60, 15), (70, 4), (80, 0)]
        #expect(try scene.told() == ["60 low_balance 20 at 15", "80 low_balance 0 at 0"])
    }

    @Test func `what was low before the period is no descent in it, and what was high before is one`() throws {
        var scene = try SimulationScene()
        scene.scene.mode = .off
        scene.values = [(-120, 100), (-60, 15), (60, 14), (70, 4)]
        #expect(try scene.told() == ["70 low_balance 5 at 4"])
        scene.values = [(60, 4), (70, 3)]
        #expect(try scene.told().isEmpty, "nobody knows whether it was ever above")
        #expect(try scene.run().knownFrom == TopUpScene.noon + 60 * TopUpScene.minute)
        scene.values = []
        #expect(try scene.run() == SimulatedRun())
    }

    @Test func `a declined charge is tried again on its invoice, and pauses after three`() throws {
        var scene = try SimulationScene()
        scene.payments = .decline
        scene.values = [(0, 100), (60, 8)]
        let told = [
            "60 charge 50.00 EUR at 8", "60 top_up_failed at 8", "60 low_balance 20 at 8", "120 retry 50.00 EUR at 8",
            "240 retry 50.00 EUR at 8", "240 top_up_paused at 8",
        ]
        #expect(try scene.told() == told)
        #expect(try scene.run().held[.pausedAfterFailures] == 1)
    }

    @Test func `the month's money ends it, and is told of on the way`() throws {
        var scene = try SimulationScene()
        scene.thresholds = ""
        scene.scene.maxPerMonth = [scene.scene.currency: 11_000]
        scene.values = [(0, -500)]
        let told = [
            "0 charge 50.00 EUR at -500", "0 top_up_succeeded at -450", "60 charge 50.00 EUR at -450",
            "60 top_up_succeeded at -400", "60 top_up_limit 90 at -400",
        ]
        #expect(try scene.told() == told)
        #expect(try scene.run().held == [.cooldown: 2, .monthlyLimit: 1])
    }

    @Test func `top-ups that really were paid are taken out, from the value that first showed them`() throws {
        var scene = try SimulationScene()
        scene.thresholds = ""
        // Paid at 61, by Lago's clock, and seen at 62; at 60 it was not there.
        scene.values = [(0, 100), (60, 8), (62, 58), (200, 30)]
        scene.settledOnly = [62: 50]
        scene.scene.records = [try scene.record(at: 59, settled: 61)]
        #expect(try scene.told() == ["60 charge 50.00 EUR at 8", "60 top_up_succeeded at 58"])
        #expect(try scene.run().removed == 1)
        #expect(try scene.run().credits == FixedDecimal(units: 3_000_000))
        scene.scene.mode = .off
        #expect(try scene.run().credits == FixedDecimal(units: -2_000_000))
    }

    @Test func `top-ups from before the period stay, and count`() throws {
        var scene = try SimulationScene()
        scene.thresholds = ""
        scene.values = [(-120, 8), (-30, 58), (10, 3)]
        scene.scene.records = [try scene.record(at: -31, settled: -30)]
        #expect(try scene.charges() == [29], "the cooldown of the one at -31 holds until then")
        #expect(try scene.run().removed == 0)
    }

    @Test func `thresholds in days go by what was used, as the service forecasts it`() throws {
        var scene = try SimulationScene()
        scene.scene.mode = .off
        (scene.thresholds, scene.length) = ("1d", 2 * TopUpScene.day)
        // 10 credits an hour: a day is left at 240.
        scene.values = (0...40).map { (Int64($0) * 60, 500 - 10 * Int64($0)) }
        let told = try scene.told()
        #expect(told.count == 1 && told.first?.contains("low_balance 1d") == true)
        let at = try #require(try scene.run().effects.first?.at)
        #expect(abs(at - TopUpScene.noon - 26 * TopUpScene.hour) <= 2 * TopUpScene.hour)
    }
}
