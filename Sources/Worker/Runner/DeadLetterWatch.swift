package import Logging
internal import ServiceLifecycle
package import Store

/// Tells the operator of jobs that were given up: somebody has to mend what they met, and retry or discard them.
package struct DeadLetterWatch: Service {
    private static let batch = 200
    /// Milliseconds.
    private static let overlap: Int64 = 60_000

    private let store: Store
    private let outbox: Outbox
    private let interval: Duration
    private let logger: Logger
    private let now: @Sendable () -> Int64

    package init(
        store: Store,
        outbox: Outbox,
        interval: Duration = .seconds(30),
        logger: Logger,
        now: @escaping @Sendable () -> Int64
    ) {
        self.store = store
        self.outbox = outbox
        self.interval = interval
        self.logger = logger
        self.now = now
    }

    package func run() async throws {
        await cancelWhenGracefulShutdown {
            var since = self.now() - Sweep.tooOld
            repeat {
                do {
                    since = try await self.tell(since: since)
                } catch {
                    self.logger.error("dead letters not told", metadata: ["error": "\(error)"])
                }
            } while (try? await Task.sleep(for: self.interval)) != nil
        }
    }

    /// Returns since when to look next: those of the last minute are seen again, and told once. A letter's time is from
    /// before its commit, so one may come up behind others that were seen.
    func tell(since: Int64) async throws -> Int64 {
        let dead = try await self.store.deadLetters(since: since, limit: Self.batch)
        guard let last = dead.last else { return since }
        var alerts: [OutgoingMessage] = []
        for (job, endedAt) in dead { alerts += try self.alert(job, endedAt: endedAt) }
        try await self.store.write { [alerts, now = self.now()] transaction in
            for alert in alerts { try transaction.send(alert, at: now) }
        }
        if dead.count == Self.batch { return last.endedAt }
        return max(since, min(last.endedAt + 1, self.now() - Self.overlap))
    }

    private func alert(_ job: JobSummary, endedAt: Int64) throws -> [OutgoingMessage] {
        try self.outbox.alert(
            AlertArguments(
                title: "Jobs that were given up",
                whatHappened:
                    "Job \(job.id) (\(job.kind) \(job.key)) was given up: \(job.lastError ?? "no reason is known")",
                whatToDo: "Mend what it met, then: sluice jobs retry \(job.id)",
                since: endedAt
            ),
            fact: "dead/\(job.id)/\(endedAt)"
        )
    }
}
