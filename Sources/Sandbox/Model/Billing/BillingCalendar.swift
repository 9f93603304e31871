import Foundation

/// Where billing periods begin and end: at calendar months in UTC, or every so many seconds for a demo.
struct BillingCalendar: Sendable {
    /// Seconds; nil for calendar months.
    let length: TimeInterval?
    /// Where compressed periods are counted from.
    let anchor: Date
    /// Seconds between a period's end and its invoice.
    let delay: TimeInterval

    /// The period that `date` falls in; its end belongs to the next one.
    func period(containing date: Date) -> DateInterval {
        guard let length else {
            let start = LagoTime.firstOfMonth(date)
            return DateInterval(start: start, end: LagoTime.lastOfMonth(date).addingTimeInterval(86_400))
        }
        let number = (date.timeIntervalSince(self.anchor) / length).rounded(.down)
        return DateInterval(start: self.anchor.addingTimeInterval(number * length), duration: length)
    }
}

extension DateInterval {
    /// The last second, as Lago writes the end of a period.
    var lastSecond: Date { self.end.addingTimeInterval(-1) }
}
