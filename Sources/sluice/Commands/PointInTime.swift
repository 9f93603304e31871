import ArgumentParser
import Foundation
import Rules
import Telemetry

/// A time as a person writes it: `2026-11-01`, `2026-11-01T08:30:00Z`, or so long ago, `30d`. Days begin in UTC.
struct PointInTime: ExpressibleByArgument {
    /// What it is by the clock of the moment that is given, in Unix milliseconds.
    private enum Meaning {
        case at(Int64)
        case ago(Int64)
    }

    private let meaning: Meaning

    init?(argument: String) {
        if let ago = DurationText.milliseconds(argument) {
            self.meaning = .ago(ago)
            return
        }
        guard let date = Self.date(argument) else { return nil }
        self.meaning = .at(Int64((date.timeIntervalSince1970 * 1000).rounded()))
    }

    /// As help shows a default.
    var defaultValueDescription: String {
        switch self.meaning {
        case .at(let time): Timestamp.text(milliseconds: time)
        case .ago(let time): DurationText.format(.milliseconds(time))
        }
    }

    private init(ago: Int64) { self.meaning = .ago(ago) }

    /// 30 days ago.
    static let monthAgo = PointInTime(ago: 30 * 86_400_000)

    private static func date(_ text: String) -> Date? {
        if text.wholeMatch(of: /[0-9]{4}-[0-9]{2}-[0-9]{2}/) != nil {
            return try? Date.ISO8601FormatStyle().year().month().day().parse(text)
        }
        guard text.hasSuffix("Z") else { return nil }
        return try? Date.ISO8601FormatStyle(includingFractionalSeconds: text.contains(".")).parse(text)
    }

    /// Unix milliseconds.
    func milliseconds(at now: Int64) -> Int64 {
        switch self.meaning {
        case .at(let time): time
        case .ago(let time): now - time
        }
    }
}
