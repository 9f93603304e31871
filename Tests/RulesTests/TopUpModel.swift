/// Top-ups decided the slow way: from a diary of all that ever happened to an account, gone through anew each time.
///
/// One wallet, in which a credit is one euro; everything counts cents.
struct TopUpModel {
    enum Entry {
        case charged(id: Int, cents: Int64)
        case declined(id: Int)
        /// Lago took the request, and answered that it will not do it.
        case refused(id: Int)
        case voided(id: Int)
        case paid(id: Int)
        case resumed
        case bought(cents: Int64)
    }

    enum Expectation: Equatable {
        case charge(cents: Int64)
        case retry(id: Int)
        case nothing
    }

    struct Limits {
        let threshold: Int64
        let fixed: Int64?
        let target: Int64
        let minimum: Int64
        let maximum: Int64
        let cooldown: Int64
        let perDay: Int
        let perMonth: Int64
    }

    let limits: Limits
    /// Whole days since 1970 at which months begin, in order.
    let months: [Int64]
    private(set) var diary: [(at: Int64, entry: Entry)] = []

    init(limits: Limits, months: [Int64]) {
        self.limits = limits
        self.months = months
    }

    mutating func note(_ entry: Entry, at now: Int64) { self.diary.append((now, entry)) }

    func expect(balance: Int64, at now: Int64) -> Expectation {
        let bought = self.diary.reduce(Int64(0)) { sum, line in
            if case .bought(let cents) = line.entry, now - line.at < 86_400_000 { sum + cents } else { sum }
        }
        guard balance + bought <= self.limits.threshold else { return .nothing }
        let failures = self.failures
        let isBackedOff = failures.last.map { now < $0 + 3_600_000 * [1, 2, 4][min(failures.count, 3) - 1] } ?? false
        guard failures.count < 3, !isBackedOff else { return .nothing }
        if let open = self.open {
            guard self.isDeclined(open),
                self.taken(in: now, without: open) + self.cents(of: open) <= self.limits.perMonth
            else { return .nothing }
            return .retry(id: open)
        }
        let charges = self.charges
        if let last = charges.last, now < last + self.limits.cooldown { return .nothing }
        guard charges.filter({ $0 / 86_400_000 == now / 86_400_000 }).count < self.limits.perDay else {
            return .nothing
        }
        let wanted = self.limits.fixed ?? self.limits.target - balance - bought
        let cents = min(max(wanted, self.limits.minimum), self.limits.maximum)
        return self.taken(in: now, without: nil) + cents <= self.limits.perMonth ? .charge(cents: cents) : .nothing
    }

    /// Declined or refused since somebody resumed or one was paid.
    private var failures: [Int64] {
        var failures: [Int64] = []
        for (at, entry) in self.diary {
            switch entry {
            case .declined, .refused: failures.append(at)
            case .paid, .resumed: failures = []
            case .charged, .voided, .bought: break
            }
        }
        return failures
    }

    /// What was charged, and neither paid nor out of the world.
    private var open: Int? {
        var open: Int?
        for (_, entry) in self.diary {
            switch entry {
            case .charged(let id, _): open = id
            case .paid, .refused, .voided: open = nil
            case .declined, .resumed, .bought: break
            }
        }
        return open
    }

    private func isDeclined(_ id: Int) -> Bool {
        self.diary.contains { if case .declined(id) = $0.entry { true } else { false } }
    }

    private func cents(of id: Int) -> Int64 {
        for case (_, .charged(id, let cents)) in self.diary { return cents }
        return 0
    }

    /// When those were charged that Lago has a transaction of.
    private var charges: [Int64] {
        var charges: [(id: Int, at: Int64)] = []
        for (at, entry) in self.diary {
            switch entry {
            case .charged(let id, _): charges.append((id, at))
            case .refused(let id): charges.removeAll { $0.id == id }
            default: break
            }
        }
        return charges.map(\.at)
    }

    /// Paid in the month, or to be paid any time.
    private func taken(in now: Int64, without id: Int?) -> Int64 {
        let month = self.months.filter { $0 <= now / 86_400_000 }.count
        var sum: Int64 = 0
        for (at, entry) in self.diary {
            if case .paid(let paid) = entry, self.months.filter({ $0 <= at / 86_400_000 }).count == month {
                sum += self.cents(of: paid)
            }
        }
        return self.open.map { $0 == id ? sum : sum + self.cents(of: $0) } ?? sum
    }
}
