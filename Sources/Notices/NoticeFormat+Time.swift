package import Foundation

extension NoticeFormat {
    /// `November 22, 2026`, `22 novembre 2026`, `22. November 2026`, `22 de noviembre de 2026`.
    ///
    /// - Parameter milliseconds: since 1970.
    package func date(_ milliseconds: Int64, zone: TimeZone = .gmt) -> String {
        self.day(Self.parts(milliseconds, zone))
    }

    /// A date with its time of day and zone: `November 22, 2026 at 14:05 UTC`.
    package func dateTime(_ milliseconds: Int64, zone: TimeZone = .gmt) -> String {
        let parts = Self.parts(milliseconds, zone)
        let time = "\(Self.padded(parts.hour)):\(Self.padded(parts.minute))"
        let joint =
            switch self.locale {
            case .en: " at "
            case .fr: " à "
            case .de: " um "
            case .es: ", "
            }
        return self.day(parts) + joint + time + Self.noBreakSpace + Self.name(of: zone, at: milliseconds)
    }

    private func day(_ parts: DateComponents) -> String {
        let (year, month, day) = (parts.year ?? 1970, parts.month ?? 1, parts.day ?? 1)
        let name = self.months[(month + 11) % 12]
        let space = Self.noBreakSpace
        return switch self.locale {
        case .en: "\(name)\(space)\(day), \(year)"
        case .fr: "\(day == 1 ? "1er" : "\(day)")\(space)\(name) \(year)"
        case .de: "\(day).\(space)\(name) \(year)"
        case .es: "\(day)\(space)de \(name) de \(year)"
        }
    }

    private var months: [String] {
        switch self.locale {
        case .en:
            [
                "January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
                "November", "December",
            ]
        case .fr:
            [
                "janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre",
                "novembre", "décembre",
            ]
        case .de:
            [
                "Januar", "Februar", "März", "April", "Mai", "Juni", "Juli", "August", "September", "Oktober",
                "November", "Dezember",
            ]
        case .es:
            [
                "enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto", "septiembre", "octubre",
                "noviembre", "diciembre",
            ]
        }
    }

    private static func parts(_ milliseconds: Int64, _ zone: TimeZone) -> DateComponents {
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = zone
        return calendar.dateComponents([.year, .month, .day, .hour, .minute], from: Self.instant(milliseconds))
    }

    private static func instant(_ milliseconds: Int64) -> Date {
        let seconds = milliseconds >= 0 ? milliseconds / 1000 : (milliseconds - 999) / 1000
        return Date(timeIntervalSince1970: TimeInterval(seconds))
    }

    /// `UTC`, `UTC+2`, `UTC-3:30`.
    private static func name(of zone: TimeZone, at milliseconds: Int64) -> String {
        let minutes = zone.secondsFromGMT(for: Self.instant(milliseconds)) / 60
        guard minutes != 0 else { return "UTC" }
        let (hours, rest) = abs(minutes).quotientAndRemainder(dividingBy: 60)
        return "UTC\(minutes < 0 ? "-" : "+")\(hours)\(rest == 0 ? "" : ":\(Self.padded(rest))")"
    }

    private static func padded(_ number: Int?) -> String {
        let digits = String(number ?? 0)
        return digits.count < 2 ? "0" + digits : digits
    }
}
