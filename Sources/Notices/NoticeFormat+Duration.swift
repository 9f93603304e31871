internal import Foundation
private import Money

extension NoticeFormat {
    private enum Unit { case minute, hour, day }

    private struct Count: Equatable {
        let number: Int64
        let unit: Unit
    }

    /// A length of time in the unit that says it best, rounded: `1 minute`, `36 hours`, `3 days`.
    package func duration(_ duration: Duration) -> String { self.counted(Self.rounded(duration)) }

    /// A length of time that somebody set, in the largest unit in which it is whole: `1 hour`, `90 minutes`, `3 days`.
    func exactDuration(_ duration: Duration) -> String {
        let seconds = duration.components.seconds
        for (length, unit) in [(Int64(86_400), Unit.day), (3_600, .hour)] where seconds > 0 {
            if seconds.isMultiple(of: length) { return self.counted(Count(number: seconds / length, unit: unit)) }
        }
        return self.duration(duration)
    }

    /// A length of usage, in days where it is whole days: `3 days of usage`.
    func usage(_ duration: Duration) -> String {
        let days = duration.components.seconds / 86_400
        let isWhole = days > 0 && duration == .seconds(days * 86_400)
        return self.ofUsage(self.counted(isWhole ? Count(number: days, unit: .day) : Self.rounded(duration)))
    }

    /// What is left, as a length of usage: `about 3 days of usage`; nil once it has run out.
    func left(_ runOut: Notice.RunOut, at now: Int64) -> String? {
        guard runOut.at > now else { return nil }
        return self.ofUsage(self.about(Self.guessed(runOut.at - now)))
    }

    /// How long a balance lasts: `about 3 days (until November 25, 2026)`. Where that is not sure by far, a range, `between 2
    /// and 5 days`, or `at least 2 days`. It goes with the verb of the templates' sentence.
    ///
    /// - Returns: nil once it has run out.
    func lasting(_ runOut: Notice.RunOut, at now: Int64, zone: TimeZone) -> String? {
        guard runOut.at > now else { return nil }
        let soonest = Self.guessed(runOut.earliest - now)
        guard let latest = runOut.latest else { return self.atLeast(self.counted(soonest)) }
        let last = Self.guessed(latest - now)
        // Half as long again, at least.
        let isWide = 2 * (latest - now) >= 3 * max(runOut.earliest - now, 1)
        if isWide, soonest != last { return self.range(soonest, last) }
        let isDays = Self.guessed(runOut.at - now).unit == .day
        let end = isDays ? self.date(runOut.at, zone: zone) : self.dateTime(runOut.at, zone: zone)
        let until =
            switch self.locale {
            case .en: "until \(end)"
            case .fr: "jusqu’au \(end)"
            case .de: "bis zum \(end)"
            case .es: "hasta el \(end)"
            }
        return "\(self.about(Self.guessed(runOut.at - now))) (\(until))"
    }

    private func about(_ count: Count) -> String {
        let words = self.counted(count)
        return switch self.locale {
        case .en: "about \(words)"
        case .fr: "environ \(words)"
        case .de: "etwa \(words)"
        case .es: "aproximadamente \(words)"
        }
    }

    private func atLeast(_ words: String) -> String {
        switch self.locale {
        case .en: "at least \(words)"
        case .fr: "au moins \(words)"
        case .de: "mindestens \(words)"
        case .es: "al menos \(words)"
        }
    }

    private func range(_ first: Count, _ last: Count) -> String {
        let start = first.unit == last.unit ? self.number(Self.decimal(first.number)) : self.counted(first)
        let end = self.counted(last)
        return switch self.locale {
        case .en: "between \(start) and \(end)"
        case .fr: "\(start) à \(end)"
        case .de: "\(start) bis \(end)"
        case .es: "entre \(start) y \(end)"
        }
    }

    private func ofUsage(_ length: String) -> String {
        switch self.locale {
        case .en: "\(length) of usage"
        case .fr: "\(length) d’utilisation"
        case .de: "\(length) Nutzung"
        case .es: "\(length) de uso"
        }
    }

    /// Minutes under two hours, hours under two days.
    private static func rounded(_ duration: Duration) -> Count {
        let minutes = max(1, (duration.components.seconds + 30) / 60)
        if minutes < 120 { return Count(number: minutes, unit: .minute) }
        let hours = (minutes + 30) / 60
        return hours < 48 ? Count(number: hours, unit: .hour) : Count(number: (hours + 12) / 24, unit: .day)
    }

    /// A forecast does not know single minutes: from a quarter of an hour on, it is told in fives.
    private static func guessed(_ milliseconds: Int64) -> Count {
        let count = Self.rounded(.milliseconds(milliseconds))
        guard count.unit == .minute, count.number >= 15 else { return count }
        return Self.rounded(.seconds((count.number + 2) / 5 * 300))
    }

    private static func decimal(_ number: Int64) -> FixedDecimal { FixedDecimal(units: number * 100_000) }

    private func counted(_ count: Count) -> String {
        let value = Self.decimal(count.number)
        let isOne = self.plural(value) == .one
        let word =
            switch (self.locale, count.unit) {
            case (.en, .minute), (.fr, .minute): isOne ? "minute" : "minutes"
            case (.en, .hour): isOne ? "hour" : "hours"
            case (.en, .day): isOne ? "day" : "days"
            case (.fr, .hour): isOne ? "heure" : "heures"
            case (.fr, .day): isOne ? "jour" : "jours"
            case (.de, .minute): isOne ? "Minute" : "Minuten"
            case (.de, .hour): isOne ? "Stunde" : "Stunden"
            case (.de, .day): isOne ? "Tag" : "Tage"
            case (.es, .minute): isOne ? "minuto" : "minutos"
            case (.es, .hour): isOne ? "hora" : "horas"
            case (.es, .day): isOne ? "día" : "días"
            }
        return self.number(value) + Self.noBreakSpace + word
    }
}
