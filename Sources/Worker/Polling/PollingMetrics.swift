internal import Metrics
internal import Store
private import Telemetry

/// Counts scheduled looks, and how late they begin.
struct PollingMetrics: Sendable {
    enum Result: String {
        /// Nothing stood out: usage was enough to know.
        case scouted
        case full
        /// Something else about the customer was quicker.
        case overtaken
        case failed
    }

    private let factory: any MetricsFactory

    init(_ factory: any MetricsFactory) {
        self.factory = factory
    }

    func began(_ look: ScheduledLook, late: Duration) {
        Metric.looksLateSeconds.timer([("pace", look.pace.rawValue)], in: self.factory).record(duration: late)
    }

    func ended(_ look: ScheduledLook, _ result: Result) {
        let labels = [("pace", look.pace.rawValue), ("result", result.rawValue)]
        Metric.looks.counter(labels, in: self.factory).increment()
    }
}
