internal import LagoEvents
internal import Metrics
private import Telemetry

/// Counts facts as they become known.
struct FactMetrics: Sendable {
    private let factory: any MetricsFactory

    init(_ factory: any MetricsFactory) {
        self.factory = factory
    }

    /// - Parameter knownAt: Unix milliseconds.
    func count(_ fact: Fact, from origin: FactOrigin, knownAt: Int64) {
        let label = ("origin", origin.rawValue)
        Metric.facts.counter([label], in: self.factory).increment()
        if origin == .healed {
            Metric.healedEvents.counter([("type", fact.type.rawValue)], in: self.factory).increment()
        }
        guard let at = fact.at else { return }
        Metric.knowledgeSeconds.timer([label], in: self.factory).recordSeconds(Double(max(0, knownAt - at)) / 1000)
    }

    func countSwept(read: Int, skipped: Int) {
        Metric.sweepObjects.counter([("result", "read")], in: self.factory).increment(by: Int64(read))
        Metric.sweepObjects.counter([("result", "skipped")], in: self.factory).increment(by: Int64(skipped))
    }
}
