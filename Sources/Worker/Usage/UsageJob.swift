package import Jobs
package import LagoAPI
package import LagoEvents
package import Metrics
internal import Store
private import Telemetry

extension NewJob {
    /// A usage event that was given up, for somebody to retry.
    static func usage(_ waiting: WaitingUsage) -> NewJob {
        NewJob(
            kind: .usage,
            key: "\(waiting.event.subscription)/\(waiting.event.transactionID)",
            customer: waiting.event.customer.rawValue,
            arguments: String(decoding: waiting.json, as: UTF8.self),
            // With the worker's own waits, a week.
            maxAttempts: 700
        )
    }
}

/// Sends a usage event to Lago that was given up, and that somebody wants tried again.
package struct UsageHandler: Sendable {
    private let client: LagoClient?
    private let quiet: Duration
    private let forwarded: Counter
    private let now: @Sendable () -> Int64

    /// - Parameters:
    ///   - client: nil while Lago is not configured; then events wait.
    ///   - quiet: the quiet time after a customer's last usage before the balance is looked at.
    ///   - now: Unix milliseconds.
    package init(
        client: LagoClient?,
        quiet: Duration,
        metrics: any MetricsFactory,
        now: @escaping @Sendable () -> Int64
    ) {
        self.client = client
        self.quiet = quiet
        self.forwarded = Metric.usageEvents.counter([("outcome", "forwarded")], in: metrics)
        self.now = now
    }

    /// A handler for jobs whose arguments are the event, as Lago is to have it.
    @Sendable
    package func callAsFunction(_ lease: Lease) async throws -> JobOutcome {
        guard let client = self.client else { return JobOutcome(.notYet(for: .seconds(60))) }
        guard let event = lease.arguments, let customer = lease.customer.map(CustomerID.init(rawValue:)) else {
            return JobOutcome(.permanent(reason: "the job does not hold its event"))
        }
        do {
            _ = try await client.sendUsage([Array(event.utf8)], mayRepeat: true)
        } catch let error as LagoError {
            let verdict = UsageVerdict.each(in: error, of: 1)[0] ?? UsageVerdict(alone: error)
            switch verdict {
            case .known: break
            case .refused(let reason): return JobOutcome(.permanent(reason: reason))
            case nil: return JobOutcome(.transient(reason: "\(error)"))
            }
        }
        self.forwarded.increment()
        return JobOutcome(.succeeded) { [quiet, now = self.now()] transaction in
            try transaction.look(afterUsageOf: [customer], quiet: quiet, at: now)
        }
    }
}
