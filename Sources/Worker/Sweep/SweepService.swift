package import Jobs
package import LagoAPI
private import LagoEvents
package import Logging
package import Metrics
internal import ServiceLifecycle
package import Store

/// Reads everything at Lago at start and at an interval, and finds what no webhook told.
///
/// The first sweep of a file is its baseline: it fills the mirrors, and nothing of it is news. A baseline that was cut
/// short goes on where it was; a sweep begins anew, as what it has seen of the time before the cut is old by then, and
/// costs little the second time.
package struct SweepService: Service {
    /// How a sweep goes about its requests.
    package struct Pace: Sendable {
        /// From the beginning of one sweep to that of the next.
        package var interval: Duration
        /// How often the lists are read that hardly ever say what is not known.
        package var thorough = Duration.seconds(3600)
        /// Between the tries of one request.
        package var request = Backoff(base: .seconds(1), limit: .seconds(30))
        /// Between the tries of a sweep that Lago did not answer.
        package var sweep = Backoff(base: .seconds(30), limit: .seconds(900))

        package init(interval: Duration = .seconds(900)) { self.interval = interval }
    }

    private let client: LagoClient
    private let store: Store
    private let pace: Pace
    private let outbox: Outbox
    private let metrics: FactMetrics
    private let logger: Logger
    private let now: @Sendable () -> Int64

    package init(
        client: LagoClient,
        store: Store,
        pace: Pace,
        outbox: Outbox,
        metrics: any MetricsFactory,
        logger: Logger,
        now: @escaping @Sendable () -> Int64
    ) {
        self.client = client.on(.sweep)
        self.store = store
        self.pace = pace
        self.outbox = outbox
        self.metrics = FactMetrics(metrics)
        self.logger = logger
        self.now = now
    }

    package func run() async throws {
        await cancelWhenGracefulShutdown {
            var plan = Plan()
            while !Task.isCancelled {
                let wait = await self.sweep(&plan)
                guard (try? await Task.sleep(for: wait)) != nil else { break }
            }
        }
        // A service that ends would end the others.
        try? await gracefulShutdown()
    }

    /// What is next, from one sweep to another.
    private struct Plan {
        /// A sweep of this process that was put off.
        var isPutOff = false
        var failures = 0
        /// Unix milliseconds; nil before the first.
        var thoroughAt: Int64?
    }

    /// Sweeps once; returns how long to wait for the next.
    private func sweep(_ plan: inout Plan) async -> Duration {
        do {
            let progress = try await self.beginOrResume(plan)
            plan.isPutOff = true
            let isThorough =
                plan.thoroughAt.map { .milliseconds(progress.startedAt - $0) >= self.pace.thorough } ?? true
            try await self.read(progress, isThorough: isThorough)
            if isThorough { plan.thoroughAt = progress.startedAt }
            (plan.isPutOff, plan.failures) = (false, 0)
            if progress.kind == .baseline { return .zero }
            let wait = self.pace.interval - .milliseconds(self.now() - progress.startedAt)
            return min(max(.zero, wait), self.pace.interval)
        } catch {
            plan.failures += 1
            let wait = self.pace.sweep.delay(afterAttempt: plan.failures, jitter: 0)
            if !Task.isCancelled {
                self.logger.warning("sweep put off", metadata: ["error": "\(error)", "wait": "\(wait)"])
            }
            return wait
        }
    }

    private func beginOrResume(_ plan: Plan) async throws -> SweepProgress {
        let isBaseline = try await self.store.reached(.baseline) == nil
        if isBaseline || plan.isPutOff, let progress = try await self.store.unfinishedSweep(),
            (progress.kind == .baseline) == isBaseline
        {
            return progress
        }
        let kind: SweepProgress.Kind = isBaseline ? .baseline : .sweep
        let first = Sweep.Phase.wallets.rawValue
        return try await self.store.write { [now = self.now()] in try $0.beginSweep(kind, phase: first, at: now) }
    }

    private func read(_ progress: SweepProgress, isThorough: Bool) async throws {
        let kind = progress.kind.rawValue
        let sweep = Sweep(
            client: self.client,
            store: self.store,
            organization: try await self.store.lagoIdentity().organization,
            patience: self.pace.request,
            metrics: self.metrics,
            logger: self.logger,
            now: self.now,
            outbox: self.outbox,
            kind: progress.kind,
            knowsCreditNotes: try await self.store.reached(.creditNotes) != nil,
            id: progress.id,
            startedAt: progress.startedAt
        )
        try await self.noteEdition()
        self.logger.notice("sweep begins", metadata: ["kind": "\(kind)", "phase": "\(progress.phase)"])
        let phases = Sweep.phases(progress.kind, isThorough: isThorough)
        let first = phases.firstIndex { $0.rawValue == progress.phase } ?? 0
        for phase in phases[first...] {
            let page = phase.rawValue == progress.phase ? progress.page : 1
            try await self.read(phase, from: page, by: sweep)
        }
        try await self.store.write { [now = self.now()] transaction in
            try transaction.endSweep(progress.id, at: now)
            if progress.kind == .baseline { try transaction.reach(.baseline, at: now) }
        }
        guard let end = try await self.store.sweeps(limit: 1).first else { return }
        self.logger.notice(
            "sweep ends",
            metadata: [
                "kind": "\(kind)", "seconds": "\(Double((end.endedAt ?? 0) - end.startedAt) / 1000)",
                "objects": "\(end.seen)", "healed": "\(end.healed)", "skipped": "\(end.skipped)",
            ]
        )
    }

    /// Finds out which Lago it is; the log says so at first, and when it has changed.
    private func noteEdition() async throws {
        let before = try await self.store.lagoEdition()
        let found = LagoEdition(version: try? await self.client.health(), isPremium: try? await self.client.isPremium())
        try await self.store.write { [now = self.now()] in try $0.save(found, at: now) }
        let after = try await self.store.lagoEdition()
        guard before != after else { return }
        let edition = after.isPremium.map { $0 ? "premium" : "free" }
        self.logger.notice(
            "lago found",
            metadata: ["version": "\(after.version ?? "unknown")", "edition": "\(edition ?? "unknown")"]
        )
    }

    /// One list that this Lago does not have, or not for this key, holds up no other. A baseline goes on without credit
    /// notes alone: with the others missing, an empty store would take all of Lago's history for news.
    private func read(_ phase: Sweep.Phase, from page: Int, by sweep: Sweep) async throws {
        do {
            try await sweep.read(phase, from: page)
            guard phase == .creditNotes, !sweep.knowsCreditNotes else { return }
            try await self.store.write { [now = self.now()] in try $0.reach(.creditNotes, at: now) }
        } catch let error as LagoError where error.isAboutOneList {
            guard sweep.kind == .sweep || phase == .creditNotes && !error.canRetryHelp else { throw error }
            self.logger.error("list skipped", metadata: ["list": "\(phase.rawValue)", "error": "\(error)"])
            try await sweep.skip(phase)
        }
    }
}

extension LagoError {
    /// Lago answers, but not with this list.
    fileprivate var isAboutOneList: Bool {
        switch self {
        case .unreadable, .badRequest, .forbidden, .notFound, .noRoute, .conflict, .validation: true
        case .unauthorized, .rateLimited, .server, .unexpected, .file, .transport: false
        }
    }
}
