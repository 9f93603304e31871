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
        var line = LogLine()
        switch self.format {
        case .text: line.writeText(Timestamp.text(Date()), event.level, "\(event.message)", all)
        case .json: line.writeJSON(Timestamp.text(Date()), event.level, "\(event.message)", all)
        }
        self.sink.append(line.bytes, isUrgent: event.level >= .warning)
    }
}

/// One line in the making. Whatever a peer sent, it stays one line.
private struct LogLine {
    private(set) var bytes: [UInt8] = []

    init() { self.bytes.reserveCapacity(256) }

    mutating func writeText(_ time: String, _ level: Logger.Level, _ message: String, _ metadata: Logger.Metadata) {
        self.write(time)
        self.write(" ")
        self.write(level.rawValue)
        self.write(" ")
        self.writeEscaped(message)
        for (key, value) in metadata.sorted(by: { $0.key < $1.key }) {
            self.write(" ")
            self.writeEscaped(key)
            self.write("=")
            let text = Self.text(of: value)
            let isQuoted = text.utf8.contains { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\"") }
            if isQuoted { self.writeQuoted(text) } else { self.writeEscaped(text) }
        }
        self.write("\n")
    }

    mutating func writeJSON(_ time: String, _ level: Logger.Level, _ message: String, _ metadata: Logger.Metadata) {
        self.write("{\"time\":\"")
        self.write(time)
        self.write("\",\"level\":\"")
        self.write(level.rawValue)
        self.write("\",\"message\":")
        self.writeQuoted(message)
        for (key, value) in metadata.sorted(by: { $0.key < $1.key }) {
            self.write(",")
            self.writeQuoted(key)
            self.write(":")
            self.writeQuoted(Self.text(of: value))
        }
        self.write("}\n")
    }

    private static func text(of value: Logger.MetadataValue) -> String {
        if case .string(let text) = value { text } else { "\(value)" }
    }

    private mutating func write(_ text: String) {
        self.bytes.append(contentsOf: text.utf8)
    }

    private mutating func writeQuoted(_ text: String) {
        self.write("\"")
        self.writeEscaped(text)
        self.write("\"")
    }

    /// As inside a JSON string: quotes, backslashes, control characters and line separators are escaped.
    private mutating func writeEscaped(_ text: String) {
        // Nearly all text is plain ASCII.
        guard !text.utf8.allSatisfy({ (0x20..<0x7F).contains($0) && $0 != 0x22 && $0 != 0x5C }) else {
            return self.write(text)
        }
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": self.write("\\\"")
            case "\\": self.write("\\\\")
            case "\n": self.write("\\n")
            case "\r": self.write("\\r")
            case "\t": self.write("\\t")
            case _
            where scalar.value < 0x20 || (0x7F..<0xA0).contains(scalar.value)
                || [0x2028, 0x2029].contains(scalar.value):
                let hex = String(scalar.value, radix: 16)
                self.write("\\u" + String(repeating: "0", count: 4 - hex.count) + hex)
            default:
                self.write(String(scalar))
            }
        }
    }
}
