internal import Jobs
internal import Metrics
private import Telemetry

/// Counts attempts by kind and result.
struct WorkerMetrics: Sendable {
    private let factory: any MetricsFactory

    init(_ factory: any MetricsFactory) {
        self.factory = factory
    }

    func count(_ lease: Lease, _ verdict: Verdict, took duration: Duration) {
        let result =
            switch verdict {
            case .done: "done"
            case .again, .snooze, .handBack: "again"
            case .deadLetter: "dead"
            }
        let kind = lease.kind.rawValue
        Metric.attempts.counter([("kind", kind), ("result", result)], in: self.factory).increment()
        Metric.attemptSeconds.timer([("kind", kind)], in: self.factory).record(duration: duration)
    }
}
