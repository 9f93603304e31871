private import Jobs
internal import LagoAPI
private import LagoEvents
package import Logging
package import Metrics
internal import ServiceLifecycle
package import Store
private import Synchronization

/// Looks at customers when their schedule says so: those near a threshold before all others, then those due longest.
///
/// A look is no job. Most of them find that nothing happened, and a row for each would be the largest table of all.
package struct Poller: Service {
    /// Who looks: customers near a threshold have hands of their own.
    private enum Hand: CaseIterable {
        case near, others

        var paces: [ScheduledLook.Pace] { self == .near ? [.near] : [.far, .idle] }
    }

    private let store: Store
    private let near: LookTaker
    private let others: LookTaker
    private let underWay: LooksUnderWay
    private let pace: PollingPace
    private let metrics: PollingMetrics
    private let logger: Logger
    private let now: @Sendable () -> Int64
    private let brake: PollingBrake
    private let running = RunningLooks()

    /// - Parameters:
    ///   - near: looks at customers near a threshold.
    ///   - others: looks at all others; both wait in lanes of their own for their turn at Lago.
    ///   - underWay: shared with whoever else looks at customers.
    package init(
        store: Store,
        near: LookTaker,
        others: LookTaker,
        underWay: LooksUnderWay,
        pace: PollingPace,
        metrics: any MetricsFactory,
        logger: Logger,
        now: @escaping @Sendable () -> Int64
    ) {
        self.store = store
        self.near = near
        self.others = others
        self.underWay = underWay
        self.pace = pace
        self.metrics = PollingMetrics(metrics)
        self.logger = logger
        self.now = now
        self.brake = PollingBrake(base: pace.probe, limit: pace.probeLimit)
    }

    /// A look only reads until it writes in one go, so that a shutdown waits for none.
    package func run() async throws {
        await withDiscardingTaskGroup { group in
            await self.retryFailedLooks()
            group.addTask { await self.mendSchedule() }
            let wakeups = Wakeups(topic: .looks, of: self.store, every: self.pace.poll)
            await wakeups.run { await self.startDueLooks(in: &group, wakeups) }
            group.cancelAll()
        }
    }

    private func startDueLooks(in group: inout DiscardingTaskGroup, _ wakeups: Wakeups) async {
        do {
            for hand in Hand.allCases { try await self.startDueLooks(of: hand, in: &group, wakeups) }
            guard let next = try await self.store.nextLookAt(after: self.now()) else { return }
            // What is due before the schedule is read again is not kept waiting for that.
            let wait = Duration.milliseconds(next - self.now())
            guard wait < self.pace.poll else { return }
            group.addTask { if (try? await Task.sleep(for: max(wait, .milliseconds(1)))) != nil { wakeups.wake() } }
        } catch {
            self.logger.error("schedule of looks not read", metadata: ["error": "\(error)"])
        }
    }

    private func retryFailedLooks() async {
        do {
            try await self.store.write { [now = self.now()] in try $0.retryLooks(at: now) }
        } catch {
            self.logger.error("failed looks not retried", metadata: ["error": "\(error)"])
        }
    }

    /// Mends what a clock that was set back would keep waiting.
    private func mendSchedule() async {
        repeat {
            let now = self.now()
            do {
                try await self.store.write { [idle = self.pace.idle] transaction in
                    try transaction.mendLooks(latest: now + idle.milliseconds, at: now)
                }
            } catch {
                self.logger.error("schedule of looks not mended", metadata: ["error": "\(error)"])
            }
        } while (try? await Task.sleep(for: .seconds(60))) != nil
    }

    private func startDueLooks(
        of hand: Hand,
        in group: inout DiscardingTaskGroup,
        _ wakeups: Wakeups
    ) async throws {
        let now = self.now()
        var room = self.room(for: hand, at: now)
        guard room > 0 else { return }
        // A job that comes soon looks as well.
        let soon = now + self.pace.near.milliseconds
        let due = try await self.store.dueLooks(hand.paces, limit: room + self.underWay.count, at: now, soon: soon)
        for look in due where room > 0 && self.underWay.begin(look.customer) {
            room -= 1
            self.running.add(hand == .near)
            group.addTask {
                await self.perform(look, hand == .near ? self.near : self.others)
                self.underWay.end(look.customer)
                self.running.remove(hand == .near)
                wakeups.wake()
            }
        }
    }

    private func room(for hand: Hand, at now: Int64) -> Int {
        let limit = hand == .near ? self.pace.nearHands : self.pace.farHands
        return self.brake.room(limit - self.running.count(hand == .near), running: self.running.count, at: now)
    }

    /// One look, from the schedule to what is written.
    private func perform(_ look: ScheduledLook, _ taker: LookTaker) async {
        self.metrics.began(look, late: .milliseconds(max(0, self.now() - look.dueAt)))
        do {
            var writes: LookTaker.Writes?
            if let lookedAt = look.lookedAt { writes = try await taker.scout(look.customer, since: lookedAt) }
            let isScouted = writes != nil
            let found = if let writes { writes } else { try await taker.look(at: look.customer) }
            try await self.store.write(found)
            self.metrics.ended(look, isScouted ? .scouted : .full)
            if self.brake.succeeded() {
                self.logger.notice("scheduled looks go on")
                await self.retryFailedLooks()
            }
        } catch is OvertakenError {
            self.metrics.ended(look, .overtaken)
            await self.putOff(look, by: self.pace.quiet, isFailure: false)
        } catch {
            guard !Task.isCancelled else { return }
            self.metrics.ended(look, .failed)
            await self.fail(look, error)
        }
    }

    private func fail(_ look: ScheduledLook, _ error: any Error) async {
        let refusal = error as? LagoError
        if refusal?.isAboutOneCustomer == false, self.brake.failed(at: self.now(), pause: refusal?.pause) {
            self.logger.warning("scheduled looks fail, and wait", metadata: ["error": "\(error)"])
        }
        let limit = look.pace == .near ? self.pace.near * 2 : self.pace.idle
        let backoff = Backoff(base: self.pace.near / 2, limit: limit)
        await self.putOff(look, by: backoff.delay(afterAttempt: look.failures + 1, jitter: 0), isFailure: true)
    }

    private func putOff(_ look: ScheduledLook, by delay: Duration, isFailure: Bool) async {
        do {
            try await self.store.write { [until = self.now() + delay.milliseconds] transaction in
                try transaction.putOffLook(at: look.customer, until: until, isFailure: isFailure)
            }
        } catch {
            // Where nothing can be written, the brake keeps the same look from being begun over and over.
            _ = self.brake.failed(at: self.now())
            self.logger.error("look not put off", metadata: ["error": "\(error)"])
        }
    }
}

/// How many scheduled looks are under way, near a threshold and elsewhere.
private final class RunningLooks: Sendable {
    private let counts = Mutex((near: 0, others: 0))

    var count: Int { self.counts.withLock { $0.near + $0.others } }

    func count(_ isNear: Bool) -> Int { self.counts.withLock { isNear ? $0.near : $0.others } }

    func add(_ isNear: Bool) {
        self.counts.withLock { if isNear { $0.near += 1 } else { $0.others += 1 } }
    }

    func remove(_ isNear: Bool) {
        self.counts.withLock { if isNear { $0.near -= 1 } else { $0.others -= 1 } }
    }
}

extension LagoError {
    /// Whether the next customer may fare better.
    fileprivate var isAboutOneCustomer: Bool {
        switch self {
        case .badRequest, .notFound, .conflict, .validation, .unreadable: true
        default: false
        }
    }

    /// Milliseconds that Lago asks for.
    fileprivate var pause: Int64? {
        guard case .rateLimited(let seconds) = self else { return nil }
        return Int64(min(max(seconds ?? 1, 0), 60) * 1000)
    }
}
