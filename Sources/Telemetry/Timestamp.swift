package import Foundation

/// Times as logs and `--json` write them: ISO 8601 in UTC with milliseconds.
package enum Timestamp {
    /// `2026-01-02T03:04:05.678Z`
    package static func text(_ date: Date) -> String {
        self.text(milliseconds: Int64((date.timeIntervalSince1970 * 1000).rounded(.down)))
    }

    /// The same from Unix milliseconds.
    package static func text(milliseconds: Int64) -> String {
        let days = Int((Double(milliseconds) / 86_400_000).rounded(.down))
        let inDay = Int(milliseconds - Int64(days) * 86_400_000)
        let (year, month, day) = self.civil(days)
        var text: [UInt8] = []
        text.reserveCapacity(24)
        func write(_ number: Int, _ width: Int, _ end: Unicode.Scalar) {
            var divisor = width == 4 ? 1000 : width == 3 ? 100 : 10
            while divisor > 0 {
                text.append(UInt8(ascii: "0") + UInt8(number / divisor % 10))
                divisor /= 10
            }
            text.append(UInt8(ascii: end))
        }
        write(year, 4, "-")
        write(month, 2, "-")
        write(day, 2, "T")
        write(inDay / 3_600_000, 2, ":")
        write(inDay / 60_000 % 60, 2, ":")
        write(inDay / 1000 % 60, 2, ".")
        write(inDay % 1000, 3, "Z")
        return String(decoding: text, as: UTF8.self)
    }

    /// Year, month and day of a count of days since 1970, in the proleptic Gregorian calendar: eras of 400 years that
    /// begin in March, so that the leap day is the last of its year.
    private static func civil(_ days: Int) -> (year: Int, month: Int, day: Int) {
        let shifted = days + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let marchMonth = (5 * dayOfYear + 2) / 153
        let month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * marchMonth + 2) / 5 + 1)
    }
}
