import Foundation
import Rules

/// An account that is used, topped up and billed, and looked at: what a history has to make sense of.
struct UsageWorld {
    static let minute: Int64 = 60_000
    static let hour: Int64 = 3_600_000
    static let day: Int64 = 86_400_000

    var now: Int64 = 1_795_356_300_000
    var history = UsageHistory()
    private(set) var settled: Int64
    /// Of the running period.
    private(set) var current: Int64 = 0
    /// Of periods that ended, until their invoice is seen.
    private(set) var held: Int64 = 0
    /// All that was ever used, also what no look ever saw.
    private(set) var used: Int64 = 0
    private(set) var looks: [(at: Int64, settled: Int64, live: Int64)] = []

    init(_ settled: Int64 = 1_000_000_000) { self.settled = settled }

    var live: Int64 { self.settled - self.current - self.held }
    var forecast: Forecast? { Forecast(history: self.history, live: self.live, at: self.now) }
    /// Minor units per hour, as the forecast has it.
    var rate: Double? {
        self.forecast.map { Double(self.live) / Double($0.runsOutAt - self.now) * Double(Self.hour) }
    }

    mutating func use(_ amount: Int64) {
        self.current += amount
        self.used += amount
    }

    /// A top-up, or a void when it is negative.
    mutating func topUp(_ amount: Int64) { self.settled += amount }

    mutating func endPeriod() {
        self.held += self.current
        self.current = 0
    }

    mutating func invoice(fee: Int64 = 0) {
        self.settled -= self.held + fee
        self.held = 0
    }

    mutating func look() {
        self.history.note(settled: self.settled, live: self.live, at: self.now)
        self.looks.append((self.now, self.settled, self.live))
    }

    /// Uses and looks in steps of `step` for `time`; what is used in a step may depend on the time of its end.
    mutating func run(for time: Int64, step: Int64 = Self.minute, use: (Int64) -> Int64) {
        let end = self.now + time
        while self.now < end {
            self.now += step
            self.use(use(self.now))
            self.look()
        }
    }

    /// The history's segments, as they are kept: from, to, known, used, rises, drawn, draws.
    func segments() throws -> [[Int64]] {
        struct Kept: Decodable { let segments: [[Int64]] }
        return try JSONDecoder().decode(Kept.self, from: JSONEncoder().encode(self.history)).segments
    }
}
