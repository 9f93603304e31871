private import Foundation

/// Points in time as mail writes them, always in UTC.
enum MailDate {
    private static let weekdays = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]

    /// The `Date` header of RFC 5322: `Sun, 22 Nov 2026 09:05:00 +0000`.
    static func header(milliseconds: Int64) -> String {
        let parts = Self.parts(milliseconds)
        let weekday = Self.weekdays[((parts.weekday ?? 1) - 1) % 7]
        let month = Self.months[((parts.month ?? 1) - 1) % 12]
        let time = [parts.hour, parts.minute, parts.second].map { Self.padded($0) }.joined(separator: ":")
        return "\(weekday), \(parts.day ?? 1) \(month) \(Self.padded(parts.year, 4)) \(time) +0000"
    }

    /// For the name of a file, in an order that sorts: `20261122T090500123Z`.
    static func fileName(milliseconds: Int64) -> String {
        let parts = Self.parts(milliseconds)
        let day = Self.padded(parts.year, 4) + Self.padded(parts.month) + Self.padded(parts.day)
        let time = [parts.hour, parts.minute, parts.second].map { Self.padded($0) }.joined()
        return "\(day)T\(time)\(Self.padded(Int(milliseconds % 1000 + 1000) % 1000, 3))Z"
    }

    private static func parts(_ milliseconds: Int64) -> DateComponents {
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = .gmt
        let seconds = milliseconds >= 0 ? milliseconds / 1000 : (milliseconds - 999) / 1000
        return calendar.dateComponents(
            [.year, .month, .day, .hour, .minute, .second, .weekday],
            from: Date(timeIntervalSince1970: TimeInterval(seconds))
        )
    }

    private static func padded(_ number: Int?, _ width: Int = 2) -> String {
        let digits = String(number ?? 0)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
}
