private import Foundation
package import Logging

/// Writes one line per message: a time, a level, a fixed phrase and its metadata, as text or as JSON.
package struct LineLogHandler: LogHandler {
    /// How a line looks.
    package enum Format: Sendable {
        /// `2026-01-02T03:04:05.678Z info delivery recorded event.key=… outcome=pending`
        case text
        /// `{"time":"…","level":"info","message":"delivery recorded","event.key":"…"}`
        case json
    }

    package var logLevel: Logger.Level
    package var metadata: Logger.Metadata = [:]
    private let sink: LogSink
    private let format: Format

    package init(level: Logger.Level, format: Format, sink: LogSink) {
        self.logLevel = level
        self.format = format
        self.sink = sink
    }

    package subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { self.metadata[key] }
        set { self.metadata[key] = newValue }
    }

    package func log(event: LogEvent) {
        let own = event.metadata ?? [:]
        let all = self.metadata.isEmpty ? own : self.metadata.merging(own) { $1 }
        let time = Timestamp.text(Date())
        let line =
            switch self.format {
            case .text: Self.text(time, event.level, "\(event.message)", all)
            case .json: Self.json(time, event.level, "\(event.message)", all)
            }
        self.sink.append(line, isUrgent: event.level >= .warning)
    }

    private static func text(
        _ time: String,
        _ level: Logger.Level,
        _ message: String,
        _ metadata: Logger.Metadata
    ) -> String {
        var line = "\(time) \(level.rawValue) \(Self.printable(message))"
        for (key, value) in metadata.sorted(by: { $0.key < $1.key }) {
            let text = "\(value)"
            line +=
                " \(key)="
                + (text.contains(where: { $0 == " " || $0 == "\"" }) ? Self.quoted(text) : Self.printable(text))
        }
        return line
    }

    private static func json(
        _ time: String,
        _ level: Logger.Level,
        _ message: String,
        _ metadata: Logger.Metadata
    ) -> String {
        var line = "{\"time\":\"\(time)\",\"level\":\"\(level.rawValue)\",\"message\":\(Self.quoted(message))"
        for (key, value) in metadata.sorted(by: { $0.key < $1.key }) {
            line += ",\(Self.quoted(key)):\(Self.quoted("\(value)"))"
        }
        return line + "}"
    }

    /// One line stays one line, whatever a peer sent.
    private static func printable(_ text: String) -> String {
        text.utf8.contains { $0 < 0x20 || $0 == 0x7F } ? String(self.quoted(text).dropFirst().dropLast()) : text
    }

    private static func quoted(_ text: String) -> String {
        var quoted = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": quoted += "\\\""
            case "\\": quoted += "\\\\"
            case "\n": quoted += "\\n"
            case "\r": quoted += "\\r"
            case "\t": quoted += "\\t"
            case _
            where scalar.value < 0x20 || scalar.value == 0x7F || scalar.value == 0x2028 || scalar.value == 0x2029:
                let hex = String(scalar.value, radix: 16)
                quoted += "\\u" + String(repeating: "0", count: 4 - hex.count) + hex
            default: quoted.unicodeScalars.append(scalar)
            }
        }
        return quoted + "\""
    }
}
