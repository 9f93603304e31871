/// Times between Lago's texts and Unix milliseconds.
package enum LagoTime {
    private static let millisecondsPerDay: Int64 = 86_400_000

    /// Reads every form that Lago writes: `2026-08-01T07:30:09Z`, with a fraction of a second, with an offset in place of
    /// `Z`, and the mere date, which stands for its midnight UTC. Digits past the milliseconds are cut off.
    ///
    /// Returns nil for anything else, and for days that no calendar has.
    package static func milliseconds(of text: String) -> Int64? {
        var reader = DigitReader(text)
        guard let year = reader.number(digits: 4), reader.take("-"), let month = reader.number(digits: 2),
            reader.take("-"), let day = reader.number(digits: 2),
            (1...12).contains(month), (1...Self.days(in: month, of: year)).contains(day)
        else { return nil }
        let midnight = Self.day(year: year, month: month, day: day) * Self.millisecondsPerDay
        if reader.isAtEnd { return midnight }
        // A second 60 is a leap second: the next one, to those who do not count it.
        guard reader.take("T"), let hour = reader.number(digits: 2), reader.take(":"),
            let minute = reader.number(digits: 2), reader.take(":"), let second = reader.number(digits: 2),
            hour < 24, minute < 60, second <= 60, let fraction = Self.milliseconds(&reader),
            let offset = Self.zone(&reader), reader.isAtEnd
        else { return nil }
        return midnight + ((hour * 60 + minute - offset) * 60 + second) * 1000 + fraction
    }

    /// `.123` and more, cut off past that; 0 where there is none, nil for a point without digits.
    private static func milliseconds(_ reader: inout DigitReader) -> Int64? {
        guard reader.take(".") else { return 0 }
        let digits = reader.digits()
        guard !digits.isEmpty else { return nil }
        return (digits + [0, 0]).prefix(3).reduce(0) { $0 * 10 + Int64($1) }
    }

    /// `Z`, `+02:00` or `+0200`, in minutes east of Greenwich.
    private static func zone(_ reader: inout DigitReader) -> Int64? {
        if reader.take("Z") { return 0 }
        let isWest = reader.take("-")
        guard isWest || reader.take("+"), let hours = reader.number(digits: 2) else { return nil }
        _ = reader.take(":")
        guard let minutes = reader.number(digits: 2), hours < 24, minutes < 60 else { return nil }
        return (isWest ? -1 : 1) * (hours * 60 + minutes)
    }

    /// The day in UTC, as `2026-08-01`.
    static func date(of milliseconds: Int64) -> String {
        let (quotient, rest) = milliseconds.quotientAndRemainder(dividingBy: Self.millisecondsPerDay)
        let days = rest < 0 ? quotient - 1 : quotient
        // Days are counted from 1 March 0000, so that a leap day ends its year; 146,097 days are 400 years.
        let shifted = days + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        return "\(Self.padded(year, 4))-\(Self.padded(month, 2))-\(Self.padded(day, 2))"
    }

    /// The time in UTC, as `2026-08-01T07:30:09.123Z`.
    package static func text(of milliseconds: Int64) -> String {
        let quotient = milliseconds / Self.millisecondsPerDay
        let rest = milliseconds % Self.millisecondsPerDay
        let time = rest < 0 ? rest + Self.millisecondsPerDay : rest
        let clock = [time / 3_600_000, time / 60_000 % 60, time / 1000 % 60].map { Self.padded($0, 2) }
        let day = Self.date(of: (rest < 0 ? quotient - 1 : quotient) * Self.millisecondsPerDay)
        return "\(day)T\(clock.joined(separator: ":")).\(Self.padded(time % 1000, 3))Z"
    }

    private static func padded(_ number: Int64, _ width: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }

    /// Days since 1 January 1970.
    private static func day(year: Int64, month: Int64, day: Int64) -> Int64 {
        let year = month <= 2 ? year - 1 : year
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        return year * 365 + year / 4 - year / 100 + year / 400 + dayOfYear - 719_468
    }

    private static func days(in month: Int64, of year: Int64) -> Int64 {
        switch month {
        case 4, 6, 9, 11: 30
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        default: 31
        }
    }
}
