import Money
import Rules
import TestSupport
import Testing

/// Random pasts: whatever was used, simulated charges keep to the limits, and follow wherever nothing is in the way.
struct SimulationPropertyTests {
    private static func scene(_ random: inout SplitMix64) throws -> SimulationScene {
        var scene = try SimulationScene()
        scene.length = 40 * TopUpScene.day
        scene.thresholds = random.element(of: ["", "20,5,0", "30", "20 EUR,10%"]) ?? ""
        scene.payments = random.chance(4) ? .decline : .succeed
        scene.scene.amount = random.chance(2) ? .refill(to: FixedDecimal(units: 4_000_000)) : scene.scene.amount
        scene.scene.cooldown = random.element(of: [0, 600_000, TopUpScene.hour, TopUpScene.day]) ?? 0
        scene.scene.maxPerDay = Int(random.int(1...4))
        scene.scene.maxPerMonth = [scene.scene.currency: random.element(of: [4_000, 15_000, 90_000]) ?? 0]
        var (at, credits) = (random.int(-3_000...100), random.int(0...200))
        for _ in 0..<random.int(0...120) {
            scene.values.append((at, credits))
            at += random.element(of: [1, 30, 240, 1_500]) ?? 1
            credits += random.chance(15) ? random.int(0...150) : -random.int(0...25)
        }
        return scene
    }

    private struct Charge {
        let at: Int64
        let cents: Int64
    }

    private static func charges(_ run: SimulatedRun) -> [Charge] {
        run.effects.compactMap { effect in
            if case .charge(let charge) = effect.action {
                Charge(at: effect.at, cents: charge.money.minorUnits)
            } else {
                nil
            }
        }
    }

    /// The month of a time within 100 days of November 2026.
    private static func month(_ time: Int64) -> Int {
        [20_758, 20_788, 20_819, 20_850].lastIndex { time / TopUpScene.day >= $0 } ?? -1
    }

    @Test(arguments: 0..<20)
    func `charges keep to cooldown, day and month, and only a low account is charged`(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        for _ in 0..<20 {
            let scene = try Self.scene(&random)
            let run = try scene.run()
            let charges = Self.charges(run)
            for (before, after) in zip(charges, charges.dropFirst()) {
                #expect(after.at - before.at >= scene.scene.cooldown)
            }
            let days = Dictionary(grouping: charges) { $0.at / TopUpScene.day }
            #expect(days.values.allSatisfy { $0.count <= scene.scene.maxPerDay })
            let months = Dictionary(grouping: charges) { Self.month($0.at) }
            let limit = scene.scene.maxPerMonth[scene.scene.currency] ?? 0
            #expect(months.values.allSatisfy { $0.reduce(0) { $0 + $1.cents } <= limit })
            for effect in run.effects {
                guard case .charge = effect.action else { continue }
                #expect(effect.credits <= FixedDecimal(units: 1_000_000))
            }
            #expect(scene.payments == .succeed || charges.count <= 1, "a declined one keeps its place")
            #expect(run.effects.map(\.at) == run.effects.map(\.at).sorted())
        }
    }

    @Test(arguments: 0..<20)
    func `with nothing in the way no account is left low, and what was used is all that is missing`(seed: UInt64) throws
    {
        var random = SplitMix64(seed: seed)
        for _ in 0..<20 {
            var scene = try Self.scene(&random)
            (scene.payments, scene.scene.cooldown, scene.scene.maxPerDay) = (.succeed, 0, 1_000)
            scene.scene.maxPerMonth = [scene.scene.currency: 1_000_000_000]
            let run = try scene.run()
            let inTime = scene.values.filter { $0.at * TopUpScene.minute < scene.length }
            guard let last = inTime.last, let end = run.credits else {
                #expect(inTime.isEmpty)
                continue
            }
            #expect(end > FixedDecimal(units: 1_000_000))
            let bought = Self.charges(run).reduce(Int64(0)) { $0 + $1.cents }
            #expect(end == FixedDecimal(units: (last.credits * 100 + bought) * 1_000))
        }
    }

    @Test(arguments: 0..<20)
    func `no mail of a threshold follows another within the interval, save that nothing is left`(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        for _ in 0..<20 {
            let effects = try Self.scene(&random).run().effects
            let mails = effects.filter { if case .mail(.lowBalance) = $0.action { true } else { false } }
            for (before, after) in zip(mails, mails.dropFirst()) {
                #expect(after.at - before.at >= TopUpScene.hour || after.credits <= .zero)
            }
        }
    }
}
