internal import Jobs
internal import LagoAPI
internal import Store

/// What the forwarder knows of the way to Lago: which events are on it, and how it went lately.
struct UsageLane: Sendable {
    /// How large batches are and how many go at once.
    struct Pace: Sendable {
        var batch = LagoClient.largestUsageBatch
        /// Of contents in a batch.
        var bytes = 512 << 10
        var batches = 4
        /// What waited so long goes out in a batch that is not full, beside others.
        var gathering = Duration.seconds(2)
        var backoff = Backoff(base: .seconds(1), limit: .seconds(300))
    }

    private let pace: Pace
    private var onTheWay: Set<Int64> = []
    private var batches = 0
    private var failures = 0
    private var pausedUntil: ContinuousClock.Instant?
    /// Smaller than the pace's while Lago fails at some event of a batch without naming it.
    private var size: Int
    /// The largest batch that Lago takes, by its own word.
    private var largest: Int
    /// Events at which Lago fails: each is tried alone, at a time of its own, and holds up no other.
    private var aside: [Int64: (failures: Int, until: ContinuousClock.Instant)] = [:]

    init(pace: Pace) {
        self.pace = pace
        self.size = pace.batch
        self.largest = pace.batch
    }

    /// What is left out when the store is asked for more.
    func unavailable(at now: ContinuousClock.Instant) -> Set<Int64> {
        self.onTheWay.union(self.aside.filter { $0.value.until > now }.keys)
    }

    /// How many events to read; zero while it is of no use.
    func room(at now: ContinuousClock.Instant) -> Int {
        if let end = self.pausedUntil, end > now { return 0 }
        // After a failure one batch finds out whether the others may go.
        let most = self.failures > 0 ? 1 : self.pace.batches
        return max(0, most - self.batches) * self.pace.batch
    }

    /// Takes the oldest events out of those that wait, for the batches that may go now.
    ///
    /// - Parameter now: Unix milliseconds.
    mutating func take(_ waiting: [WaitingUsage], at now: Int64) -> [[WaitingUsage]] {
        var (taken, rest) = ([[WaitingUsage]](), self.sorted(waiting))
        let most = self.failures > 0 ? 1 : self.pace.batches
        while !rest.isEmpty, self.batches < most {
            var batch = self.batch(from: rest)
            let isFull = batch.count >= self.limit || batch.count < rest.count
            let isOld = batch.first.map { now - $0.acceptedAt >= self.pace.gathering.milliseconds } ?? false
            // What comes while a batch is on its way makes the next one.
            guard isFull || isOld || self.batches == 0 else { break }
            if let alone = batch.first(where: { self.aside[$0.id] != nil }) { batch = [alone] }
            let ids = Set(batch.map(\.id))
            rest.removeAll { ids.contains($0.id) }
            self.onTheWay.formUnion(ids)
            self.batches += 1
            taken.append(batch)
        }
        return taken
    }

    /// While Lago fails, the others go before those at which it failed: those would keep everybody waiting.
    private func sorted(_ waiting: [WaitingUsage]) -> [WaitingUsage] {
        guard self.failures > 0, !self.aside.isEmpty else { return waiting }
        let others = waiting.filter { self.aside[$0.id] == nil }
        return others.isEmpty ? waiting : others
    }

    private var limit: Int { min(self.size, self.largest) }

    /// Lago compares transactions across subscriptions within a batch, so no two of one go together.
    private func batch(from waiting: [WaitingUsage]) -> [WaitingUsage] {
        var (batch, transactions, bytes) = ([WaitingUsage](), Set<String>(), 0)
        for event in waiting where batch.count < self.limit && bytes < self.pace.bytes {
            guard transactions.insert(event.event.transactionID).inserted else { continue }
            batch.append(event)
            bytes += event.event.content.count
        }
        return batch
    }

    /// A batch has come to an end, one way or another; what is not settled waits again.
    mutating func end(_ batch: [WaitingUsage]) {
        self.onTheWay.subtract(batch.map(\.id))
        self.batches -= 1
    }

    /// Lago answers.
    mutating func succeeded(_ events: [WaitingUsage]) {
        self.failures = 0
        self.pausedUntil = nil
        self.size = min(self.pace.batch, self.size * 2)
        for event in events { self.aside[event.id] = nil }
    }

    /// Something else than Lago is in the way.
    mutating func pause(at now: ContinuousClock.Instant) {
        self.failures += 1
        self.pausedUntil = now + self.pace.backoff.delay(afterAttempt: self.failures, jitter: 0)
    }

    /// Lago does not answer, or not to these events: they are sent again, later or in smaller batches.
    ///
    /// - Returns: how long everything waits.
    mutating func failed(_ rest: [WaitingUsage], _ error: LagoError, at now: ContinuousClock.Instant) -> Duration {
        let isSplit = rest.count > 1 && error.mayBeOneEvents
        if isSplit {
            self.size = min(self.size, rest.count / 2)
            if error.codes.contains("too_many_events") { self.largest = min(self.largest, self.size) }
        } else if error.mayBeOneEvents, let event = rest.first {
            let failures = (self.aside[event.id]?.failures ?? 0) + 1
            self.aside[event.id] = (failures, now + self.pace.backoff.delay(afterAttempt: failures, jitter: 0))
        }
        // A refusal is an answer: there is nothing to wait for.
        guard !error.isRefusal else { return .zero }
        // To find the event at which Lago fails takes several attempts, and is not to take a minute.
        self.failures = isSplit ? 1 : self.failures + 1
        var wait = self.pace.backoff.delay(afterAttempt: self.failures, jitter: 0)
        if case .rateLimited(let seconds?) = error { wait = max(wait, min(.seconds(seconds), self.pace.backoff.limit)) }
        self.pausedUntil = now + wait
        return wait
    }
}

extension LagoError {
    /// It may come from one event of a batch, whichever that is.
    fileprivate var mayBeOneEvents: Bool {
        switch self {
        case .server(status: 500): true
        default: self.isRefusal
        }
    }

    /// Lago, or a proxy before it, has read the batch and does not want it as it is.
    fileprivate var isRefusal: Bool {
        switch self {
        case .badRequest, .unexpected(status: 413): true
        case .validation: !self.canRetryHelp
        default: false
        }
    }
}
