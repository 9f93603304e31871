/// Durations as settings and commands write them: `500ms`, `30s`, `15m`, `1h`, `3d`.
package enum DurationText {
    private static let units: [(suffix: String, milliseconds: Int64)] = [
        ("ms", 1), ("s", 1000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000),
    ]

    /// The duration that `text` says; nil for anything but a whole number and a unit.
    package static func parse(_ text: String) -> Duration? {
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        let suffix = text.dropFirst(digits.count)
        guard let count = Int64(digits), let unit = Self.units.first(where: { $0.suffix == suffix }) else { return nil }
        let (milliseconds, overflow) = count.multipliedReportingOverflow(by: unit.milliseconds)
        return overflow ? nil : .milliseconds(milliseconds)
    }

    /// The milliseconds that `text` says; nil for what is no duration, and for a year and more.
    package static func milliseconds(_ text: String) -> Int64? {
        guard let (seconds, attoseconds) = Self.parse(text)?.components, seconds < 365 * 86_400 else { return nil }
        return seconds * 1000 + attoseconds / 1_000_000_000_000_000
    }

    /// The shortest such text; parts below a millisecond are dropped.
    package static func format(_ duration: Duration) -> String {
        let (seconds, attoseconds) = duration.components
        let milliseconds = seconds * 1000 + attoseconds / 1_000_000_000_000_000
        let unit =
            Self.units.last { milliseconds.isMultiple(of: $0.milliseconds) && milliseconds != 0 } ?? Self.units[1]
        return "\(milliseconds / unit.milliseconds)\(unit.suffix)"
    }
}
