/// Low-balance mails decided the slow way: from all looks there ever were, gone through anew for each question.
///
/// Thresholds are credits only, in hundred-thousandths, and never change.
struct LowBalanceModel {
    struct Look {
        let balance: Int64
        let at: Int64
        /// Credits that are under way, and since when.
        let topUp: (credits: Int64, since: Int64)?
    }

    enum Expectation: Equatable {
        case mail(threshold: Int64, descent: Int, at: Int64, isQueuedAlready: Bool)
        case recovered
        case nothing
        case send(threshold: Int64, descent: Int)
        case putOff(until: Int64)
        case superseded
    }

    let thresholds: [Int64]
    let interval: Int64
    private(set) var looks: [Look] = []
    private var tells: [(threshold: Int64, look: Int)] = []
    private var lastMail: (at: Int64, isEmpty: Bool)?
    private var isToBeCalledBack = false
    private var queuedFor: Int64?

    init(thresholds: [Int64], interval: Int64) {
        self.thresholds = thresholds
        self.interval = interval
    }

    mutating func observe(_ look: Look) -> Expectation {
        self.looks.append(look)
        if let lowest = self.owed.min() {
            let due = self.due(lowest, look)
            if let queuedFor, queuedFor <= due { return .nothing }
            let isQueuedAlready = self.queuedFor != nil
            self.queuedFor = due
            return .mail(threshold: lowest, descent: self.descent, at: due, isQueuedAlready: isQueuedAlready)
        }
        guard self.isToBeCalledBack, self.thresholds.allSatisfy({ self.fall(of: $0) == nil }) else { return .nothing }
        self.isToBeCalledBack = false
        self.lastMail?.isEmpty = false
        return .recovered
    }

    mutating func confirm(_ look: Look) -> Expectation {
        self.looks.append(look)
        guard self.queuedFor != nil, let lowest = self.owed.min() else {
            self.queuedFor = nil
            return .superseded
        }
        let due = self.due(lowest, look)
        guard due <= look.at else {
            self.queuedFor = due
            return .putOff(until: due)
        }
        return .send(threshold: lowest, descent: self.descent)
    }

    /// What the account owes right now: to be remembered at the time of `confirm`.
    var owed: [Int64] {
        self.thresholds.filter { threshold in
            guard let fall = self.fall(of: threshold), let last = self.looks.last else { return false }
            let isTold = self.tells.contains { $0.threshold == threshold && $0.look >= fall }
            return last.balance <= threshold && !isTold
        }
    }

    /// A mail has gone out, or was given up, that told of `owed` as of the look of that number.
    mutating func settle(_ owed: [Int64], asOf look: Int, at now: Int64, isSent: Bool) {
        self.queuedFor = nil
        self.tells += owed.map { ($0, look) }
        guard isSent else { return }
        self.lastMail = (now, self.looks[look].balance <= 0)
        self.isToBeCalledBack = true
    }

    /// The look at which the account fell to a threshold after it was last clear of it; nil where it is clear,
    /// or never was.
    private func fall(of threshold: Int64) -> Int? {
        guard let clear = self.looks.lastIndex(where: { Self.isClear($0, of: threshold) }) else { return nil }
        return self.looks.indices.first { $0 > clear && self.looks[$0].balance <= threshold }
    }

    /// How many descents there were: the first fall, and each fall that follows a rise over a threshold fallen below.
    private var descent: Int {
        var (count, hasRisen) = (0, true)
        var (armed, down): (Set<Int64>, Set<Int64>) = ([], [])
        for look in self.looks {
            for threshold in self.thresholds where Self.isClear(look, of: threshold) {
                armed.insert(threshold)
                if down.remove(threshold) != nil { hasRisen = true }
            }
            let falling = armed.filter { look.balance <= $0 }
            if !falling.isEmpty, hasRisen {
                count += 1
                hasRisen = false
            }
            armed.subtract(falling)
            down.formUnion(falling)
        }
        return count
    }

    private func due(_ threshold: Int64, _ look: Look) -> Int64 {
        var due = look.at
        if let lastMail, look.balance > 0 || lastMail.isEmpty { due = max(due, lastMail.at + self.interval) }
        if let topUp = look.topUp, look.balance + topUp.credits > threshold { due = max(due, topUp.since + 600_000) }
        return due
    }

    private static func isClear(_ look: Look, of threshold: Int64) -> Bool {
        // Ten times the distance, so that the tenth needs no rounding.
        look.balance > threshold && (look.balance - threshold) * 10 >= threshold
    }
}
