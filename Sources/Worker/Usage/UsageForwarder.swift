package import Jobs
package import LagoAPI
private import LagoEvents
package import Logging
package import Metrics
internal import ServiceLifecycle
package import Store
private import Synchronization
private import Telemetry

/// Brings accepted usage to Lago, the oldest first, until Lago has it: each event once, by Lago's own check.
///
/// What Lago refuses becomes a dead letter that somebody may retry; so does what it has not taken for a week.
package final class UsageForwarder: Service {
    /// Contents that are read at a time, in bytes.
    private static let readBytes = 4 << 20

    private let client: LagoClient
    private let store: Store
    private let quiet: Duration
    private let patience: Duration
    private let poll: Duration
    private let logger: Logger
    private let now: @Sendable () -> Int64
    private let lane: Mutex<UsageLane>
    private let forwarded: Counter
    private let refused: Counter

    /// - Parameters:
    ///   - quiet: the quiet time after a customer's last usage before the balance is looked at.
    ///   - patience: for how long an event is sent again and again while Lago does not take it.
    ///   - backoff: between attempts while Lago does not answer.
    ///   - poll: how often the store is asked for what another process wrote there.
    ///   - now: Unix milliseconds.
    package init(
        client: LagoClient,
        store: Store,
        quiet: Duration,
        patience: Duration = .seconds(7 * 86_400),
        backoff: Backoff = Backoff(base: .seconds(1), limit: .seconds(300)),
        poll: Duration = .milliseconds(250),
        metrics: any MetricsFactory,
        logger: Logger,
        now: @escaping @Sendable () -> Int64
    ) {
        self.client = client.on(.prompt)
        self.store = store
        self.quiet = quiet
        self.patience = patience
        self.poll = poll
        self.logger = logger
        self.now = now
        self.lane = Mutex(UsageLane(pace: UsageLane.Pace(backoff: backoff)))
        self.forwarded = Metric.usageEvents.counter([("outcome", "forwarded")], in: metrics)
        self.refused = Metric.usageEvents.counter([("outcome", "refused")], in: metrics)
    }

    package func run() async throws {
        await withDiscardingTaskGroup { group in
            let wakeups = Wakeups(topic: .usage, of: self.store, every: self.poll)
            await wakeups.run { await self.startBatches(in: &group, wakeups) }
            // What is on its way may have arrived: it is sent again after the next start, and Lago knows it then.
            group.cancelAll()
        }
    }

    private func startBatches(in group: inout DiscardingTaskGroup, _ wakeups: Wakeups) async {
        let (room, unavailable) = self.lane.withLock { ($0.room(at: .now), $0.unavailable(at: .now)) }
        guard room > 0 else { return }
        do {
            let waiting = try await self.store.waitingUsage(limit: room, bytes: Self.readBytes, except: unavailable)
            let batches = self.lane.withLock { [now = self.now()] in $0.take(waiting, at: now) }
            for batch in batches {
                group.addTask {
                    await self.forward(batch)
                    wakeups.wake()
                }
            }
        } catch {
            self.logger.error("usage not read", metadata: ["error": "\(error)"])
        }
    }

    private func forward(_ batch: [WaitingUsage]) async {
        let outcome = await self.send(batch)
        do {
            try await self.settle(outcome)
        } catch {
            // They are sent again, and Lago knows them then.
            self.lane.withLock { lane in
                lane.end(batch)
                lane.pause(at: .now)
            }
            self.logger.error("usage not settled", metadata: ["count": "\(batch.count)", "error": "\(error)"])
            return
        }
        let wait = self.lane.withLock { lane -> Duration? in
            lane.end(batch)
            if outcome.isAnswered { lane.succeeded(outcome.taken + outcome.refused.map(\.event)) }
            return outcome.failure.map { lane.failed(outcome.rest, $0, at: .now) }
        }
        guard let wait, let error = outcome.failure else { return }
        self.logger.warning(
            "usage put off",
            metadata: [
                "count": "\(outcome.rest.count)", "error": "\(error)", "again_in": "\(wait.milliseconds)ms",
            ]
        )
    }

    /// What became of the events of a batch.
    private struct Outcome {
        var taken: [WaitingUsage] = []
        var refused: [(event: WaitingUsage, reason: String)] = []
        var rest: [WaitingUsage]
        /// Why the rest is still there; nil also where the forwarder is being stopped.
        var failure: LagoError?

        /// Lago has spoken about some of them.
        var isAnswered: Bool { !self.taken.isEmpty || !self.refused.isEmpty }

        /// Takes those out of the rest about which Lago has said something; false where it has not.
        mutating func sort(by verdicts: [Int: UsageVerdict]) -> Bool {
            for (index, event) in self.rest.enumerated() {
                switch verdicts[index] {
                case .known: self.taken.append(event)
                case .refused(let reason): self.refused.append((event, reason))
                case nil: break
                }
            }
            self.rest = self.rest.enumerated().filter { verdicts[$0.offset] == nil }.map(\.element)
            return !verdicts.isEmpty
        }

        /// Gives those up that were accepted before a time, in Unix milliseconds.
        mutating func giveUp(acceptedBefore time: Int64, reason: String) {
            self.refused += self.rest.filter { $0.acceptedAt < time }.map { ($0, reason) }
            self.rest.removeAll { $0.acceptedAt < time }
        }
    }

    /// Sends a batch, and what is left of it once Lago has named those that it does not want: it takes all or none.
    private func send(_ batch: [WaitingUsage]) async -> Outcome {
        var outcome = Outcome(rest: batch)
        while !outcome.rest.isEmpty {
            do {
                try await self.client.sendUsage(outcome.rest.map(\.json), mayRepeat: true)
                outcome.taken += outcome.rest
                outcome.rest = []
            } catch let error as LagoError {
                var verdicts = UsageVerdict.each(in: error, of: outcome.rest.count)
                if verdicts.isEmpty, outcome.rest.count == 1 { verdicts[0] = UsageVerdict(alone: error) }
                guard !outcome.sort(by: verdicts) else { continue }
                outcome.failure = error
                outcome.giveUp(
                    acceptedBefore: self.now() - self.patience.milliseconds,
                    reason: "Lago has not taken it for \(self.patience.components.seconds / 86_400) days: \(error)"
                )
                return outcome
            } catch {
                return outcome  // the forwarder is being stopped
            }
        }
        return outcome
    }

    /// Lets go what Lago has, buries what it refuses, and has the customers looked at, all in one.
    private func settle(_ outcome: Outcome) async throws {
        guard outcome.isAnswered else { return }
        let ids = (outcome.taken + outcome.refused.map(\.event)).map(\.id)
        let customers = Set(outcome.taken.map(\.event.customer))
        let dead = outcome.refused.map { (job: NewJob.usage($0.event), reason: $0.reason) }
        try await self.store.write { [quiet, now = self.now()] transaction in
            try transaction.removeUsage(ids)
            for (job, reason) in dead { try transaction.bury(job, reason: reason, at: now) }
            try transaction.look(afterUsageOf: customers, quiet: quiet, at: now)
        }
        self.forwarded.increment(by: Int64(outcome.taken.count))
        self.refused.increment(by: Int64(outcome.refused.count))
        if !outcome.taken.isEmpty {
            self.logger.info("usage forwarded", metadata: ["count": "\(outcome.taken.count)"])
        }
        for (event, reason) in outcome.refused {
            self.logger.error(
                "usage given up",
                metadata: ["transaction.id": "\(event.event.transactionID)", "reason": "\(reason)"]
            )
        }
    }
}
