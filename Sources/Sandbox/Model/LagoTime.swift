import Foundation
private import Synchronization

/// Times as Lago writes them: ISO 8601 in UTC, with `Z`.
enum LagoTime {
    /// `2026-03-02T09:20:00Z`
    static func seconds(_ date: Date) -> String {
        let second = Int64(date.timeIntervalSince1970.rounded(.down))
        return Self.written.withLock { written in
            if let text = written[second] { return text }
            if written.count > 10_000 { written = [:] }
            let text = date.formatted(.iso8601)
            written[second] = text
            return text
        }
    }

    /// Most objects of a list have the same few times, and writing one is slow.
    private static let written = Mutex<[Int64: String]>([:])

    /// `2026-03-02T09:20:00.123Z`, for the few fields that carry milliseconds.
    static func milliseconds(_ date: Date) -> String {
        date.formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true))
    }

    /// `2026-03-02T09:20:00+00:00`, as fees say when their period was.
    static func offset(_ date: Date) -> String {
        String(self.seconds(date).dropLast()) + "+00:00"
    }

    /// `2026-03-02`
    static func day(_ date: Date) -> String {
        date.formatted(.iso8601.year().month().day())
    }

    /// Reads a date, or a time with or without fractions; nil for anything else.
    static func date(_ text: String) -> Date? {
        (try? Date(text, strategy: .iso8601)) ?? (try? Date(text, strategy: Self.fine))
            ?? (try? Date(text, strategy: .iso8601.year().month().day()))
    }

    private static let fine = Date.ISO8601FormatStyle(includingFractionalSeconds: true)

    /// Midnight of the first day of the month that `date` falls in.
    static func firstOfMonth(_ date: Date) -> Date {
        self.calendar.dateInterval(of: .month, for: date)?.start ?? date
    }

    /// Midnight of the last day of the month that `date` falls in.
    static func lastOfMonth(_ date: Date) -> Date {
        self.calendar.dateInterval(of: .month, for: date)?.end.addingTimeInterval(-86_400) ?? date
    }

    private static let calendar: Calendar = {
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = .gmt
        return calendar
    }()
}
