/// Days and months of UTC, in Unix milliseconds: what limits are counted in.
enum UTCCalendar {
    static let millisecondsPerDay: Int64 = 86_400_000

    /// Days since 1970.
    static func day(of time: Int64) -> Int64 { Self.quotient(time, Self.millisecondsPerDay) }

    static func startOfNextDay(after time: Int64) -> Int64 { (Self.day(of: time) + 1) * Self.millisecondsPerDay }

    /// Months since the year 0.
    static func month(of time: Int64) -> Int64 { Self.civil(Self.day(of: time)).month }

    static func startOfNextMonth(after time: Int64) -> Int64 {
        let day = Self.day(of: time)
        // The 1st of this month, then 31 days further is within the next one.
        let first = day - Self.civil(day).dayOfMonth
        let inNext = first + 31
        return (inNext - Self.civil(inNext).dayOfMonth) * Self.millisecondsPerDay
    }

    /// The month and the day within it, from 0 (Howard Hinnant, "chrono-compatible low-level date algorithms").
    private static func civil(_ day: Int64) -> (month: Int64, dayOfMonth: Int64) {
        let shifted = day + 719_468
        let era = Self.quotient(shifted, 146_097)
        let dayOfEra = shifted - era * 146_097
        let year = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * year + year / 4 - year / 100)
        let month = (5 * dayOfYear + 2) / 153  // from March
        return ((year + era * 400) * 12 + month + 2, dayOfYear - (153 * month + 2) / 5)
    }

    private static func quotient(_ dividend: Int64, _ divisor: Int64) -> Int64 {
        dividend >= 0 ? dividend / divisor : (dividend - divisor + 1) / divisor
    }
}
