import Foundation
import Logging
import Metrics
import SystemPackage
import Telemetry
import TestSupport
import Testing

@Suite struct TelemetryTests {
    @Test func `the exposition tells counters, histograms and gauges`() {
        let registry = PrometheusRegistry()
        Metric.deliveries.counter([("outcome", "pending")], in: registry).increment(by: 3)
        Metric.deliveries.counter([("outcome", "duplicate")], in: registry).increment()
        Metric.deliveries.counter([("outcome", "pending")], in: registry).increment()
        let timer = Metric.ackSeconds.timer(in: registry)
        for milliseconds in [1, 4, 9000] { timer.recordMilliseconds(milliseconds) }
        let text = registry.exposition(gauges: [Sample(.jobs, ["kind": "look", "state": "dead"], value: 2)])
        #expect(
            text.contains("# TYPE sluice_deliveries_total counter\nsluice_deliveries_total{outcome=\"duplicate\"} 1\n")
        )
        #expect(text.contains("sluice_deliveries_total{outcome=\"pending\"} 4\n"))
        #expect(text.contains("sluice_ack_seconds_bucket{le=\"0.001\"} 1\n"))
        #expect(text.contains("sluice_ack_seconds_bucket{le=\"0.005\"} 2\n"))
        #expect(text.contains("sluice_ack_seconds_bucket{le=\"+Inf\"} 3\n"))
        #expect(text.contains("sluice_ack_seconds_sum 9.005\n") && text.contains("sluice_ack_seconds_count 3\n"))
        #expect(text.contains("# TYPE sluice_jobs gauge\nsluice_jobs{kind=\"look\",state=\"dead\"} 2\n"))
    }

    @Test(arguments: [
        (0, "1970-01-01T00:00:00.000Z"), (-1, "1969-12-31T23:59:59.999Z"),
        (951_782_400_000, "2000-02-29T00:00:00.000Z"),
        (1_772_323_199_999, "2026-02-28T23:59:59.999Z"), (4_107_542_400_000, "2100-03-01T00:00:00.000Z"),
    ])
    func `times are ISO 8601 in UTC`(milliseconds: Int64, text: String) {
        #expect(Timestamp.text(milliseconds: milliseconds) == text)
    }

    @Test func `times agree with Foundation on every day of two centuries`() {
        let style = Date.ISO8601FormatStyle(includingFractionalSeconds: true)
        for day in 0..<73_000 {
            let date = Date(timeIntervalSince1970: Double(day) * 86_400 - 1_000_000_000 + 0.5)
            #expect(Timestamp.text(date) == date.formatted(style))
        }
    }

    @Test(arguments: [LineLogHandler.Format.text, .json])
    func `a line stays one line, whatever a peer sends`(format: LineLogHandler.Format) throws {
        let folder = try TemporaryFolder()
        let path = folder.path("log")
        let file = try FileDescriptor.open(
            FilePath(path),
            .writeOnly,
            options: [.create],
            permissions: .ownerReadWrite
        )
        let sink = LogSink(file: file)
        var handler = LineLogHandler(level: .info, format: format, sink: sink)
        handler[metadataKey: "role"] = "receiver"
        let logger = Logger(label: "test") { _ in handler }
        logger.info("delivery recorded", metadata: ["event.key": "a\nb\u{1B}[31m \"c\"\\"])
        logger.debug("unseen")
        #expect(try String(contentsOfFile: path, encoding: .utf8).isEmpty, "gathered, not yet written")
        logger.warning("at once")
        let lines = try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n")
        #expect(lines.count == 2)
        #expect(!lines[0].utf8.contains { $0 < 0x20 })
        if case .json = format {
            let object = try JSONDecoder().decode([String: String].self, from: Data(lines[0].utf8))
            #expect(object["event.key"] == "a\nb\u{1B}[31m \"c\"\\" && object["role"] == "receiver")
        }
        try file.close()
    }
}
