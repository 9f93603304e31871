package import Jobs
package import Logging
package import Metrics
internal import ServiceLifecycle
package import Store

/// Works the inbox and runs due jobs, several at once, until it is told to stop.
package struct WorkerService: Service {
    /// How a worker goes about its jobs.
    package struct Pace: Sendable {
        /// Jobs that run at once, beside mails.
        package var concurrency = 8
        /// Mails that are on their way at once.
        package var mails = 4
        /// How long a claim holds unless it is renewed; a crashed worker's jobs are free again after it.
        package var lease = Duration.seconds(24)
        /// How often leases of running jobs are renewed.
        package var renewal = Duration.seconds(8)
        /// How often the store is asked for what another process wrote there.
        package var poll = Duration.milliseconds(250)
        /// How long the inbox is left alone after a full hand of events, so that those of a stream are worked together;
        /// after a few it is left alone for a fraction of that.
        package var gathering = Duration.milliseconds(20)
        /// How long running jobs may take to end on shutdown before they are handed back.
        package var farewell = Duration.seconds(6)
        package var backoff = Backoff()

        package init(concurrency: Int = 8, mails: Int = 4) {
            self.concurrency = concurrency
            self.mails = mails
        }

        func limit(_ hand: Hand) -> Int { hand == .mail ? self.mails : self.concurrency }
    }

    private let store: Store
    private let inbox: Inbox
    private let handlers: [JobKind: JobHandler]
    private let pace: Pace
    private let owner: String
    private let metrics: WorkerMetrics
    private let logger: Logger
    private let now: @Sendable () -> Int64
    private let jitter: @Sendable () -> Double
    private let running = RunningJobs()
    /// Tells whether the worker is alive.
    package let heartbeat: Heartbeat

    /// - Parameters:
    ///   - owner: this process's name in leases.
    ///   - now: Unix milliseconds.
    ///   - jitter: a random number in 0..<1.
    package init(
        store: Store,
        inbox: Inbox,
        handlers: [JobKind: JobHandler],
        pace: Pace,
        owner: String,
        metrics: any MetricsFactory,
        logger: Logger,
        now: @escaping @Sendable () -> Int64,
        jitter: @escaping @Sendable () -> Double = { Double.random(in: 0..<1) }
    ) {
        self.store = store
        self.inbox = inbox
        self.handlers = handlers
        self.pace = pace
        self.owner = owner
        self.metrics = WorkerMetrics(metrics)
        self.logger = logger
        self.now = now
        self.jitter = jitter
        self.heartbeat = Heartbeat(now: now)
    }

    package func run() async throws {
        // This process holds the worker's lock, so whoever had a lease is gone.
        let released = try await self.store.write { [now = self.now()] in try $0.releaseLeases(at: now) }
        if released > 0 { self.logger.notice("jobs of an earlier worker taken up", metadata: ["count": "\(released)"]) }
        // Whether the mail server is back is for the first mail to find out.
        let batch = 1000
        while try await self.store.write({ [now = self.now()] in try $0.releaseMail(limit: batch, at: now) }) == batch {
        }
        await withDiscardingTaskGroup { group in
            group.addTask { await self.runInbox() }
            group.addTask { await self.runJobs() }
        }
    }

    /// Works the inbox whenever a commit brings events, and now and then for what other processes bring.
    private func runInbox() async {
        await Wakeups(topic: .inbox, of: self.store, every: self.pace.poll).run {
            self.heartbeat.beat()
            do {
                let count = try await self.inbox.drain()
                guard count > 0 else { return }
                self.logger.debug("events worked", metadata: ["count": "\(count)"])
                try? await Task.sleep(for: self.pace.gathering * min(1, Double(count) / 64))
            } catch {
                self.logger.error("inbox not worked", metadata: ["error": "\(error)"])
            }
        }
    }

    /// Claims due jobs while there is room; on shutdown lets those that run end, or hands them back.
    private func runJobs() async {
        await withDiscardingTaskGroup { group in
            group.addTask { await self.renewLeases() }
            let wakeups = Wakeups(topic: .jobs, of: self.store, every: self.pace.poll)
            await wakeups.run {
                self.heartbeat.beat()
                await self.startDueJobs(in: &group, wakeups)
            }
            await self.waitForRunningJobs()
            group.cancelAll()
        }
    }

    private func startDueJobs(in group: inout DiscardingTaskGroup, _ wakeups: Wakeups) async {
        do {
            var free: [Hand] = []
            for hand in Hand.allCases where try await self.startDueJobs(of: hand, in: &group, wakeups) {
                free.append(hand)
            }
            guard let next = try await self.store.nextDueAt(for: free) else { return }
            // What is due before the next poll is not kept waiting for it.
            let wait = Duration.milliseconds(next - self.now())
            guard wait < self.pace.poll else { return }
            group.addTask { if (try? await Task.sleep(for: max(wait, .milliseconds(1)))) != nil { wakeups.wake() } }
        } catch {
            self.logger.error("jobs not claimed", metadata: ["error": "\(error)"])
        }
    }

    /// Returns whether that hand has room left; where it has none, a job that ends brings the next one.
    private func startDueJobs(
        of hand: Hand,
        in group: inout DiscardingTaskGroup,
        _ wakeups: Wakeups
    ) async throws -> Bool {
        while true {
            let room = self.pace.limit(hand) - self.running.count(hand)
            guard room > 0 else { return false }
            let leases = try await self.claim(hand, room)
            for lease in leases {
                self.running.add(lease)
                group.addTask {
                    await self.workOn(from: lease)
                    wakeups.wake()
                }
            }
            if leases.isEmpty { return true }
        }
    }

    private func claim(_ hand: Hand, _ room: Int) async throws -> [Lease] {
        try await self.store.write { [now = self.now(), owner, lease = self.pace.lease] transaction in
            try transaction.claim(hand, limit: room, owner: owner, for: lease, at: now)
        }
    }

    /// Job after job, each taken in the transaction that settles the one before, so that a job costs one commit.
    private func workOn(from first: Lease) async {
        var next: Lease? = first
        while let lease = next {
            next = await self.work(lease)
            if let next { self.running.add(next) }
            self.running.remove(lease)
        }
    }

    /// One attempt, from its handler to its verdict; returns the next lease.
    private func work(_ lease: Lease) async -> Lease? {
        let began = ContinuousClock.now
        let (verdict, writes) = await self.perform(lease)
        let next = await self.settle(lease, as: verdict, writes)
        let took = ContinuousClock.now - began
        self.metrics.count(lease, verdict, took: took)
        self.log(lease, verdict, took: took)
        return next
    }

    private func perform(_ lease: Lease) async -> (Verdict, @Sendable (Transaction) throws -> Void) {
        guard let handler = self.handlers[lease.kind] else {
            return (.deadLetter(reason: "this version knows no jobs of kind \(lease.kind.rawValue)"), { _ in })
        }
        do {
            let outcome = try await handler(lease)
            return (self.verdict(outcome.result, for: lease), outcome.writes)
        } catch {
            guard !Task.isCancelled else { return (.handBack, { _ in }) }
            return (self.verdict(.transient(reason: "\(error)"), for: lease), { _ in })
        }
    }

    private func verdict(_ result: AttemptResult, for lease: Lease) -> Verdict {
        Verdict(
            result,
            attempt: lease.attempt,
            of: lease.maxAttempts,
            backoff: self.pace.backoff,
            jitter: self.jitter()
        )
    }

    /// Writes the verdict and what the handler wants written in one transaction, if the lease still holds; takes the
    /// next due job in the same one.
    private func settle(
        _ lease: Lease,
        as verdict: Verdict,
        _ writes: @escaping @Sendable (Transaction) throws -> Void
    ) async -> Lease? {
        let takesMore = !Task.isShuttingDownGracefully && !Task.isCancelled
        do {
            let (isKept, next) = try await self.store.write { [now = self.now(), owner, pace] transaction in
                let isKept = try transaction.settle(lease, as: verdict, at: now)
                if isKept { try writes(transaction) }
                let next =
                    takesMore
                    ? try transaction.claim(lease.kind.hand, limit: 1, owner: owner, for: pace.lease, at: now).first
                    : nil
                return (isKept, next)
            }
            if !isKept { self.logger.warning("lease lost", metadata: ["job.id": "\(lease.jobID.rawValue)"]) }
            return next
        } catch {
            await self.settle(lease, afterFailure: error)
            return nil
        }
    }

    /// What the handler wanted written could not be: another attempt makes it anew. Where not even that can be written
    /// down, the lease lapses, and the job is tried again then.
    private func settle(_ lease: Lease, afterFailure error: any Error) async {
        let result: AttemptResult =
            error is OvertakenError
            ? .again(after: .milliseconds(50), reason: "\(error)") : .transient(reason: "\(error)")
        let verdict = self.verdict(result, for: lease)
        do {
            _ = try await self.store.write { [now = self.now()] in try $0.settle(lease, as: verdict, at: now) }
            self.log(lease, verdict, took: .zero)
        } catch {
            self.logger.error(
                "verdict not kept",
                metadata: ["job.id": "\(lease.jobID.rawValue)", "error": "\(error)"]
            )
        }
    }

    private func renewLeases() async {
        while (try? await Task.sleep(for: self.pace.renewal)) != nil {
            let leases = self.running.all
            guard !leases.isEmpty else { continue }
            do {
                let until = self.now() + self.pace.lease.milliseconds
                let lost = try await self.store.write { try $0.renew(leases, until: until) }
                for lease in lost {
                    self.logger.warning("lease lost", metadata: ["job.id": "\(lease.jobID.rawValue)"])
                }
            } catch {
                self.logger.error("leases not renewed", metadata: ["error": "\(error)"])
            }
        }
    }

    private func waitForRunningJobs() async {
        let deadline = ContinuousClock.now + self.pace.farewell
        while self.running.count > 0, ContinuousClock.now < deadline,
            (try? await Task.sleep(for: .milliseconds(10))) != nil
        {}
    }

    private func log(_ lease: Lease, _ verdict: Verdict, took: Duration) {
        var metadata: Logger.Metadata = [
            "job.id": "\(lease.jobID.rawValue)", "kind": "\(lease.kind.rawValue)", "attempt": "\(lease.attempt)",
            "milliseconds": "\(took.milliseconds)",
        ]
        switch verdict {
        case .done:
            self.logger.info("attempt succeeded", metadata: metadata)
        case .again(let delay, let reason):
            metadata["reason"] = "\(reason)"
            metadata["again_in"] = "\(delay.milliseconds)ms"
            self.logger.warning("attempt failed", metadata: metadata)
        case .snooze(let duration):
            metadata["again_in"] = "\(duration.milliseconds)ms"
            self.logger.info("attempt put off", metadata: metadata)
        case .handBack:
            self.logger.info("attempt handed back", metadata: metadata)
        case .deadLetter(let reason):
            metadata["reason"] = "\(reason)"
            self.logger.error("dead letter", metadata: metadata)
        }
    }
}
