import Money
import Rules
import TestSupport
import Testing

struct TopUpPropertyTests {
    /// The first days of the months around 22 November 2026.
    private static let months: [Int64] = [20_727, 20_758, 20_788, 20_819, 20_850, 20_878, 20_909]

    /// An account that is used, charged, declined, paid, resumed and looked at, in any order.
    private struct Run {
        var random: SplitMix64
        var scene: TopUpScene
        var model: TopUpModel
        var balance: Int64 = 2_000
        /// Made, and neither paid nor out of the world.
        var openID: Int?
        var charges = 0

        init(seed: UInt64) throws {
            self.random = SplitMix64(seed: seed)
            self.scene = try TopUpScene()
            let threshold = self.random.pick([0, 500, 1_000])
            let limits = TopUpModel.Limits(
                threshold: threshold,
                fixed: self.random.chance(2) ? self.random.pick([100, 1_500, 5_000]) : nil,
                target: threshold + self.random.int(200...4_000),
                minimum: self.random.pick([0, 0, 1_000]),
                maximum: self.random.pick([1_200, 2_000, 100_000]),
                cooldown: self.random.pick([0, 600_000, TopUpScene.hour, 30 * TopUpScene.hour]),
                perDay: Int(self.random.int(1...4)),
                perMonth: self.random.pick([4_000, 15_000, 1_000_000])
            )
            self.model = TopUpModel(limits: limits, months: TopUpPropertyTests.months)
            self.scene.threshold = FixedDecimal(units: threshold * 1_000)
            self.scene.amount = .refill(to: FixedDecimal(units: limits.target * 1_000))
            if let fixed = limits.fixed { self.scene.amount = .fixed(FixedDecimal(units: fixed * 1_000)) }
            (self.scene.cooldown, self.scene.maxPerDay) = (limits.cooldown, limits.perDay)
            self.scene.maxPerMonth = [self.scene.currency: limits.perMonth]
            let rate = FixedDecimal(units: 100_000)
            self.scene.wallets = [
                .init(id: "w1", rate: rate, minimum: limits.minimum, maximum: limits.maximum)
            ]
        }

        mutating func live() {
            let next = self.scene.decide().nextLookAt
            if let next, self.random.chance(4), next - self.scene.now < 2 * TopUpScene.day {
                self.scene.now = next - self.random.int(0...1)
            } else {
                self.scene.now += self.random.pick([0, 1, 59_000, 1_800_000, 3_600_000, 30_000_000, 200_000_000])
            }
            if !self.random.chance(3) { self.balance -= self.random.int(0...900) }
            if self.random.chance(12) { self.buy(self.random.int(1...900)) }
            if self.random.chance(10) {
                self.model.note(.resumed, at: self.scene.now)
                self.scene.records = self.scene.records.map { self.changed($0, forgiven: $0.failures.count) }
            }
            if let openID { self.outcome(of: openID) }
            self.scene.credits = FixedDecimal(units: self.balance * 1_000)
        }

        /// Somebody at Lago sells credits that are not paid for yet.
        mutating func buy(_ cents: Int64) {
            self.model.note(.bought(cents: cents), at: self.scene.now)
            self.scene.foreign.append(
                .init(credits: FixedDecimal(units: cents * 1_000), since: ClockTime(self.scene.now))
            )
        }

        mutating func outcome(of id: Int) {
            let record = self.scene.records[id]
            switch self.random.int(1...7) {
            case 1, 2:
                self.model.note(.paid(id: id), at: self.scene.now)
                self.balance += record.money.minorUnits
                self.scene.records[id] = self.changed(record, state: .settled, invoice: .closed)
                self.openID = nil
            case 3 where record.state == .submitted: self.decline(id)
            case 4 where record.state == .submitting:
                self.model.note(.refused(id: id), at: self.scene.now)
                self.scene.records[id] = self.changed(
                    record,
                    state: .failed,
                    invoice: TopUpRecord.Invoice.none,
                    fails: true
                )
                self.openID = nil
            case 5 where record.state == .failed && self.random.chance(3):
                self.model.note(.voided(id: id), at: self.scene.now)
                self.scene.records[id] = self.changed(record, invoice: .closed)
                self.openID = nil
            case 6 where record.state == .submitting:
                self.scene.records[id] = self.changed(record, state: .submitted, invoice: .notSeen)
            default: break
            }
        }

        mutating func decline(_ id: Int) {
            self.model.note(.declined(id: id), at: self.scene.now)
            let record = self.scene.records[id]
            self.scene.records[id] = self.changed(record, state: .failed, invoice: .payable, fails: true)
        }

        func changed(
            _ record: TopUpRecord,
            state: TopUpState? = nil,
            invoice: TopUpRecord.Invoice? = nil,
            fails: Bool = false,
            forgiven: Int? = nil
        ) -> TopUpRecord {
            TopUpRecord(
                id: record.id,
                origin: record.origin,
                state: state ?? record.state,
                walletID: record.walletID,
                credits: record.credits,
                money: record.money,
                created: record.created,
                settled: state == .settled ? ClockTime(self.scene.now) : record.settled,
                invoice: invoice ?? record.invoice,
                failures: record.failures + (fails ? [ClockTime(self.scene.now)] : []),
                forgiven: forgiven ?? record.forgiven
            )
        }

        mutating func carryOut(_ decision: TopUpDecision) {
            switch decision {
            case .charge(let charge):
                let id = self.scene.records.count
                self.charges += 1
                self.openID = id
                self.model.note(.charged(id: id, cents: charge.money.minorUnits), at: self.scene.now)
                let record = self.scene.record(.submitting, .none, id: "\(id)", ago: TopUpScene.noon - self.scene.now)
                self.scene.records.append(
                    TopUpRecord(
                        id: record.id,
                        origin: .automatic,
                        state: .submitting,
                        walletID: charge.walletID,
                        credits: charge.credits,
                        money: charge.money,
                        created: ClockTime(self.scene.now)
                    )
                )
            case .retry(let id): if self.random.chance(2), let id = Int(id) { self.decline(id) }
            case .wait: break
            }
        }
    }

    private static func expectation(_ decision: TopUpDecision) -> TopUpModel.Expectation {
        switch decision {
        case .charge(let charge): .charge(cents: charge.money.minorUnits)
        case .retry(let id): .retry(id: Int(id) ?? -1)
        case .wait: .nothing
        }
    }

    @Test(arguments: [UInt64(1), 1_000_000, 20_261_122, 0xDEAD_BEEF])
    func `decisions are those of a model that goes through the diary anew`(seed: UInt64) throws {
        var (charges, retries) = (0, 0)
        for round in 0..<1_000 {
            var run = try Run(seed: seed &+ UInt64(round))
            for step in 0..<50 {
                run.live()
                let decision = run.scene.decide()
                let expected = run.model.expect(balance: run.balance, at: run.scene.now)
                guard Self.expectation(decision) == expected else {
                    Issue.record("seed \(seed), round \(round), step \(step): \(decision), but \(expected)")
                    return
                }
                if case .retry = decision { retries += 1 }
                run.carryOut(decision)
            }
            charges += run.charges
            #expect(Self.isSound(run.model), "seed \(seed), round \(round)")
        }
        #expect(charges > 2_000 && retries > 200, "hardly anything was charged: \(charges), \(retries)")
    }

    /// From the diary alone: what may never be, whatever is decided by whichever rule.
    private static func isSound(_ model: TopUpModel) -> Bool {
        var (made, open): ([(id: Int, at: Int64, cents: Int64)], Int?) = ([], nil)
        var paid: [Int: Int64] = [:]
        for (at, entry) in model.diary {
            switch entry {
            case .charged(let id, let cents):
                guard open == nil else { return false }
                if let last = made.last, at - last.at < model.limits.cooldown { return false }
                guard cents >= model.limits.minimum, cents <= model.limits.maximum else { return false }
                made.append((id, at, cents))
                guard made.filter({ $0.at / 86_400_000 == at / 86_400_000 }).count <= model.limits.perDay else {
                    return false
                }
                open = id
            case .paid(let id):
                let month = model.months.filter { $0 <= at / 86_400_000 }.count
                paid[month, default: 0] += made.first { $0.id == id }?.cents ?? 0
                open = nil
            case .refused(let id):
                made.removeAll { $0.id == id }
                open = nil
            case .voided: open = nil
            case .declined, .resumed, .bought: break
            }
        }
        return paid.values.allSatisfy { $0 <= model.limits.perMonth }
    }

    /// The true time runs on; the clock that decisions see is set back, by minutes or by months, again and again.
    @Test(arguments: [UInt64(3), 33, 333])
    func `a clock that is set back neither unlocks an account early nor locks it for ever`(seed: UInt64) throws {
        var late = 0
        for round in 0..<300 {
            var random = SplitMix64(seed: seed &* 1_000_003 &+ UInt64(round))
            var scene = try TopUpScene()
            scene.maxPerDay = 1_000
            scene.maxPerMonth = [scene.currency: .max]
            var (time, back) = (TopUpScene.noon, Int64(0))
            var charged: [Int64] = []
            for step in 0..<40 {
                time += random.pick([60_000, 600_000, 1_800_000, 3_600_000])
                if step < 30, random.chance(5) { back += random.pick([50_000, 4_000_000, 3_000_000_000]) }
                scene.now = time - back
                for record in scene.history.noticed(at: scene.now) {
                    scene.records = scene.records.map { $0.id == record.id ? record : $0 }
                }
                let decision = scene.decide()
                if let next = decision.nextLookAt { #expect(next - scene.now <= scene.cooldown) }
                guard case .charge = decision else { continue }
                if let last = charged.last {
                    #expect(time - last >= scene.cooldown, "seed \(seed), round \(round): too early")
                    if time - last > 2 * scene.cooldown { late += 1 }
                }
                charged.append(time)
                scene.records.append(scene.record(.settled, id: "\(step)", ago: TopUpScene.noon - scene.now))
            }
            // Ten steps of at least a minute without a jump do not always suffice; two hours do.
            scene.now += 2 * TopUpScene.hour
            guard case .charge = scene.decide() else {
                Issue.record("seed \(seed), round \(round): locked")
                return
            }
        }
        #expect(late > 0, "the clock was hardly ever set back")
    }

    @Test func `a time that lies ahead counts from when it was found so`() {
        let written = ClockTime(1_000)
        #expect(written.counted(at: 2_000) == 1_000 && written.noticed(at: 2_000) == written)
        #expect(written.counted(at: 400) == 400)
        let found = written.noticed(at: 400)
        #expect(found == ClockTime(1_000, foundAheadAt: 400))
        #expect(found.counted(at: 700) == 400 && found.noticed(at: 700) == found)
        // Set back once more, and put right in the end.
        #expect(found.noticed(at: 300) == ClockTime(1_000, foundAheadAt: 300))
        #expect(found.counted(at: 1_000) == 1_000)
    }

    @Test func `a limit of money does not open where its time lies ahead`() throws {
        var scene = try TopUpScene()
        scene.maxPerDay = 1
        let ahead = -400 * TopUpScene.day
        scene.records = [scene.record(.settled, ago: ahead)]
        scene.cooldown = 0
        #expect(scene.decide().reason == .dailyLimit)
        scene.records = scene.history.noticed(at: scene.now)
        #expect(scene.records.count == 1)
        scene.now += TopUpScene.day
        #expect(scene.decide().reason == .charged)
        scene.maxPerMonth = [scene.currency: 9_999]
        #expect(scene.decide().reason == .monthlyLimit)
        scene.now += 9 * TopUpScene.day
        #expect(scene.decide().reason == .charged)
    }
}

extension SplitMix64 {
    fileprivate mutating func pick(_ values: [Int64]) -> Int64 { self.element(of: values) ?? 0 }
}
