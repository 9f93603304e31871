import Foundation

/// Times as Lago writes them: ISO 8601 in UTC, with `Z`.
enum LagoTime {
    /// `2026-03-02T09:20:00Z`
    static func seconds(_ date: Date) -> String {
        date.formatted(.iso8601)
    }

    /// `2026-03-02T09:20:00.123Z`, for the few fields that carry milliseconds.
    static func milliseconds(_ date: Date) -> String {
        date.formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true))
    }

    /// `2026-03-02`
    static func day(_ date: Date) -> String {
        date.formatted(.iso8601.year().month().day())
    }

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
