package import Metrics
private import Synchronization

/// Keeps what counters and timers of swift-metrics report, and writes it as Prometheus text (version 0.0.4).
///
/// One instance belongs to one server; nothing is global, so several servers may live in one process. Labels of a
/// metric are a closed set, so what is kept is bounded.
package final class PrometheusRegistry: MetricsFactory {
    private struct Key: Hashable {
        let name: String
        let labels: [Sample.Label]
    }

    private let series = Mutex<[Key: Series]>([:])

    package init() {}

    /// The exposition of all that was reported, and of `gauges`, which are measured when asked for.
    package func exposition(gauges: [Sample] = []) -> String {
        let kept = self.series.withLock { series in
            series.map { (name: $0.key.name, labels: $0.key.labels, series: $0.value) }
        }
        var text = ""
        for metric in Metric.all {
            let lines =
                kept.filter { $0.name == metric.name }
                .sorted { $0.labels.map(\.value).lexicographicallyPrecedes($1.labels.map(\.value)) }
                .map { $0.series.lines(name: metric.name, labels: $0.labels) }
                + gauges.filter { $0.metric == metric }.map { Self.line(metric.name, $0.labels, $0.value) }
            guard !lines.isEmpty else { continue }
            text += "# HELP \(metric.name) \(metric.help)\n# TYPE \(metric.name) \(metric.kind.word)\n"
            text += lines.joined()
        }
        return text
    }

    fileprivate static func line(_ name: String, _ labels: [Sample.Label], _ value: Double) -> String {
        let pairs = labels.map { label in
            let escaped = label.value.flatMap { character in
                switch character {
                case "\\": "\\\\"
                case "\"": "\\\""
                case "\n": "\\n"
                default: String(character)
                }
            }
            return "\(label.name)=\"\(String(escaped))\""
        }
        let shown = value == value.rounded() && abs(value) < 1e15 ? "\(Int64(value))" : "\(value)"
        return "\(name)\(pairs.isEmpty ? "" : "{" + pairs.joined(separator: ",") + "}") \(shown)\n"
    }

    private func series(_ label: String, _ dimensions: [(String, String)]) -> Series {
        let key = Key(name: label, labels: dimensions.map { Sample.Label(name: $0.0, value: $0.1) })
        return self.series.withLock { series in
            if let known = series[key] { return known }
            let kind = Metric.all.first { $0.name == label }?.kind ?? .gauge
            let new = Series(kind: kind)
            series[key] = new
            return new
        }
    }

    package func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
        self.series(label, dimensions)
    }

    package func makeRecorder(label: String, dimensions: [(String, String)], aggregate: Bool) -> any RecorderHandler {
        self.series(label, dimensions)
    }

    package func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
        self.series(label, dimensions)
    }

    // A series stays: Prometheus wants a counter that was seen once to be seen again.
    package func destroyCounter(_ handler: any CounterHandler) {}
    package func destroyRecorder(_ handler: any RecorderHandler) {}
    package func destroyTimer(_ handler: any TimerHandler) {}
}

extension Metric.Kind {
    fileprivate var word: String {
        switch self {
        case .counter: "counter"
        case .gauge: "gauge"
        case .histogram: "histogram"
        }
    }
}

/// The values of one metric under one set of labels.
private final class Series: CounterHandler, RecorderHandler, TimerHandler {
    private struct State {
        var sum = 0.0
        var count: Int64 = 0
        var buckets: [Int64]
    }

    private let kind: Metric.Kind
    private let bounds: [Double]
    private let state: Mutex<State>

    init(kind: Metric.Kind) {
        self.kind = kind
        self.bounds = if case .histogram(let bounds) = kind { bounds } else { [] }
        self.state = Mutex(State(buckets: Array(repeating: 0, count: self.bounds.count)))
    }

    func increment(by amount: Int64) {
        self.state.withLock { $0.count += amount }
    }

    func reset() {
        self.state.withLock { $0 = State(buckets: Array(repeating: 0, count: self.bounds.count)) }
    }

    func record(_ value: Int64) {
        self.record(Double(value))
    }

    func record(_ value: Double) {
        let bucket = self.bounds.firstIndex { value <= $0 }
        self.state.withLock { state in
            state.count += 1
            state.sum += value
            if let bucket { state.buckets[bucket] += 1 }
        }
    }

    func recordNanoseconds(_ duration: Int64) {
        self.record(Double(duration) / 1e9)
    }

    func lines(name: String, labels: [Sample.Label]) -> String {
        let state = self.state.withLock { $0 }
        switch self.kind {
        case .counter:
            return PrometheusRegistry.line(name, labels, Double(state.count))
        case .gauge:
            return PrometheusRegistry.line(name, labels, state.sum)
        case .histogram:
            var text = ""
            var below: Int64 = 0
            for (bound, count) in zip(self.bounds, state.buckets) {
                below += count
                let label = Sample.Label(name: "le", value: "\(bound)")
                text += PrometheusRegistry.line(name + "_bucket", labels + [label], Double(below))
            }
            let infinity = Sample.Label(name: "le", value: "+Inf")
            return text
                + PrometheusRegistry.line(name + "_bucket", labels + [infinity], Double(state.count))
                + PrometheusRegistry.line(name + "_sum", labels, state.sum)
                + PrometheusRegistry.line(name + "_count", labels, Double(state.count))
        }
    }
}

extension Metric {
    /// A counter of this metric under these labels; made once and kept by whoever counts.
    package func counter(_ labels: [(String, String)] = [], in factory: any MetricsFactory) -> Counter {
        Counter(label: self.name, dimensions: labels, factory: factory)
    }

    /// A timer of this metric, whose unit is the second.
    package func timer(_ labels: [(String, String)] = [], in factory: any MetricsFactory) -> Timer {
        Timer(label: self.name, dimensions: labels, factory: factory)
    }

    /// A recorder of this metric.
    package func recorder(_ labels: [(String, String)] = [], in factory: any MetricsFactory) -> Recorder {
        Recorder(label: self.name, dimensions: labels, aggregate: true, factory: factory)
    }
}
