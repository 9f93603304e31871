import Foundation
import Rules
import TestSupport
import Testing

struct UsageHistoryTests {
    private static let minute = UsageWorld.minute

    /// Known milliseconds and what was used in them, and what was drawn.
    private func sums(_ world: UsageWorld) throws -> [Int64] {
        let segments = try world.segments()
        return [2, 3, 5].map { index in segments.reduce(0) { $0 + ($1.count > index ? $1[index] : 0) } }
    }

    /// Settled and live balance of looks a minute apart, and what they say.
    struct Case: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let looks: [[Int64]]
        /// Known minutes, used, drawn.
        let says: [Int64]

        init(_ name: String, _ looks: [[Int64]], says: [Int64]) {
            self.testDescription = name
            self.looks = looks
            self.says = says
        }
    }

    private static let cases: [Case] = [
        Case("usage", [[1000, 1000], [1000, 990], [1000, 970]], says: [2, 30, 0]),
        Case("nothing", [[1000, 1000], [1000, 1000]], says: [1, 0, 0]),
        Case("a top-up beside usage", [[1000, 900], [6000, 5890]], says: [1, 10, 0]),
        Case("a void beside usage", [[1000, 900], [400, 290]], says: [1, 10, 600]),
        Case("a wallet that expired", [[1000, 900], [400, 300]], says: [1, 0, 600]),
        Case("an invoice for what was used", [[1000, 900], [900, 900]], says: [0, 0, 0]),
        Case("an invoice with a base fee", [[1000, 900], [850, 840], [850, 830]], says: [1, 10, 0]),
        Case("a recount", [[1000, 900], [1000, 897], [1000, 903], [1000, 890]], says: [3, 10, 0]),
        Case("usage taken back", [[1000, 900], [1000, 940], [1000, 930]], says: [1, 10, 0]),
        Case("a top-up beside an invoice", [[1000, 900], [5900, 5890]], says: [0, 0, 0]),
        Case("below zero", [[0, -50], [0, -70], [100, 30]], says: [2, 20, 0]),
    ]

    @Test(arguments: Self.cases)
    func `looks tell what was used, and where nobody can tell`(item: Case) throws {
        var world = UsageWorld()
        for look in item.looks {
            world.now += Self.minute
            world.history.note(settled: look[0], live: look[1], at: world.now)
        }
        let sums = try self.sums(world)
        #expect([sums[0] / Self.minute, sums[1], sums[2]] == item.says)
    }

    @Test func `a look that is not later says nothing, and a clock that was wrong by days begins anew`() throws {
        var world = UsageWorld()
        world.look()
        world.now += Self.minute
        world.use(5)
        world.look()
        let before = world.history
        world.history.note(settled: 1, live: -100, at: world.now)
        world.history.note(settled: 1, live: -100, at: world.now - 30)
        #expect(world.history == before)
        world.history.note(settled: 1, live: 0, at: world.now - 2 * UsageWorld.day)
        #expect(world.history.since == nil)
        #expect(world.history.lastUsedAt == nil)
    }

    @Test func `a gap of hours counts where the settled balance stood still`() throws {
        var world = UsageWorld()
        world.look()
        world.now += 9 * UsageWorld.hour
        world.use(90)
        world.look()
        #expect(try self.sums(world) == [9 * UsageWorld.hour, 90, 0])
        world.now += 9 * UsageWorld.hour
        world.use(90)
        world.topUp(1000)
        world.look()
        #expect(try self.sums(world) == [9 * UsageWorld.hour, 90, 0])
    }

    @Test func `figures at the ends of the range do no harm`() {
        var history = UsageHistory()
        let ends: [Int64] = [.min, .max, 0, -1, 1]
        for index in 0..<200 {
            history.note(settled: ends[index % 5], live: ends[(index / 5) % 5], at: Int64(index) * 60_000)
        }
        _ = Forecast(history: history, live: .max, at: 200 * 60_000)
        #expect(history.burnRate(at: 200 * 60_000) != nil)
    }

    /// A look goes through all segments: as long as there are no more of them, it costs no more.
    @Test(arguments: [UInt64(3), 77])
    func `it stays small, and reads as it was written`(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        var world = UsageWorld()
        var longest = 0
        for _ in 0..<20_000 {
            world.now += random.chance(200) ? random.int(1...9) * UsageWorld.hour : random.int(20...90) * 1000
            if random.chance(2) { world.use(random.int(1...100_000)) }
            if random.chance(50) { world.topUp(random.int(-50_000...500_000)) }
            world.look()
            if random.chance(40) {
                let json = try JSONEncoder().encode(world.history)
                longest = max(longest, json.count)
                #expect(try JSONDecoder().decode(UsageHistory.self, from: json) == world.history)
            }
        }
        #expect(try world.segments().count <= 100)
        #expect(longest < 6_500, "bytes of JSON")
    }

    /// Every pair of looks of its own, in the words of the rules; slow, and without segments.
    @Test(arguments: [UInt64(1), 20_260_801, 0xDEAD_BEEF])
    func `sums are those of a model that keeps every look`(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        for round in 0..<60 {
            var world = UsageWorld(random.int(0...100_000))
            for _ in 0..<random.int(2...300) {
                world.now += random.chance(30) ? random.int(1...5) * UsageWorld.hour : random.int(1...90) * 10_000
                if random.chance(2) { world.use(random.int(0...300)) }
                if random.chance(12), world.current > 50 { world.use(-random.int(1...world.current / 8)) }
                if random.chance(15) { world.topUp(random.int(-900...9_000)) }
                if random.chance(25) { world.endPeriod() }
                if random.chance(25) { world.invoice(fee: random.int(0...100)) }
                world.look()
            }
            guard world.now - world.looks[0].at < UsageHistory.reach else { continue }
            #expect(try self.sums(world) == self.model(world), "seed \(seed), round \(round)")
        }
    }

    private func model(_ world: UsageWorld) -> [Int64] {
        var (known, used, drawn): (Int64, Int64, Int64) = (0, 0, 0)
        var counted = world.looks[0].settled - world.looks[0].live
        for (before, after) in zip(world.looks, world.looks.dropFirst()) {
            let unbilled = after.settled - after.live
            let fell = before.settled - after.settled
            let isLong = after.at - before.at > 2 * UsageWorld.hour
            if isLong, fell != 0 {
                counted = unbilled
            } else if unbilled >= counted {
                known += after.at - before.at
                used += unbilled - counted
                drawn += max(fell, 0)
                counted = unbilled
            } else if fell <= 0, counted - unbilled <= 2 || (counted - unbilled) * 10 <= counted {
                known += after.at - before.at
            } else {
                counted = unbilled
            }
        }
        return [known, used, drawn]
    }
}
