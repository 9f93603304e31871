private import Foundation
internal import LagoAPI
private import Telemetry

/// What was used in a stretch of time, by subscription, billing period and metric.
struct UsageReport: Sendable {
    /// Both in Unix milliseconds, and both belong to it. A billing period that it touches is in it as a whole: Lago does not
    /// tell usage by the day.
    struct Range: Hashable, Sendable {
        let from: Int64
        let to: Int64

        func touches(from: Int64, to: Int64) -> Bool { from <= self.to && to >= self.from }
    }

    /// One charge of a plan in one period.
    struct Row: Hashable, Sendable {
        let subscription: String
        /// Unix milliseconds, the last second of the period included.
        let from: Int64
        let to: Int64
        let charge: LagoChargeUsage
        let currency: String
        /// The period runs, so the figures grow.
        let isCurrent: Bool
    }

    let customer: String
    let range: Range
    let rows: [Row]

    /// - Parameter rows: in any order.
    init(customer: String, range: Range, rows: [Row]) {
        self.customer = customer
        self.range = range
        self.rows = rows.sorted {
            ($0.from, $0.subscription, $0.charge.metricCode, $0.charge.chargeID)
                < ($1.from, $1.subscription, $1.charge.metricCode, $1.charge.chargeID)
        }
    }

    private static let columns = [
        "external_subscription_id", "period_from", "period_to", "billable_metric_code", "billable_metric_name", "units",
        "events_count", "amount_cents", "currency", "is_current",
    ]

    var json: JSONText {
        let rows = self.rows.map { row in
            JSONText.object([
                ("external_subscription_id", .text(row.subscription)), ("period_from", .text(Self.text(of: row.from))),
                ("period_to", .text(Self.text(of: row.to))), ("billable_metric_code", .text(row.charge.metricCode)),
                ("billable_metric_name", .optional(row.charge.metricName)), ("units", .text(row.charge.units)),
                ("events_count", .integer(row.charge.eventsCount)), ("amount_cents", .integer(row.charge.amountCents)),
                ("currency", .text(row.currency)), ("is_current", .bool(row.isCurrent)),
            ])
        }
        let report = JSONText.object([
            ("external_customer_id", .text(self.customer)), ("from", .text(Self.text(of: self.range.from))),
            ("to", .text(Self.text(of: self.range.to))), ("rows", .list(rows)),
        ])
        return .object([("usage_report", report)])
    }

    /// The rows as RFC 4180 has it, under the names of the columns.
    var csv: String {
        var lines = [Self.columns]
        for row in self.rows {
            lines.append([
                Self.cell(row.subscription), Self.text(of: row.from), Self.text(of: row.to),
                Self.cell(row.charge.metricCode), Self.cell(row.charge.metricName ?? ""), row.charge.units,
                "\(row.charge.eventsCount)", "\(row.charge.amountCents)", row.currency, "\(row.isCurrent)",
            ])
        }
        return lines.map { $0.joined(separator: ",") + "\r\n" }.joined()
    }

    /// A text as a cell. What a spreadsheet would take for a formula gets an apostrophe before it.
    static func cell(_ text: String) -> String {
        let isFormula = text.utf8.first.map { "=+-@\t\r\n".utf8.contains($0) } ?? false
        let text = isFormula ? "'" + text : text
        guard text.utf8.contains(where: { "\",\r\n".utf8.contains($0) }) else { return text }
        return "\"" + text.replacing("\"", with: "\"\"") + "\""
    }

    /// As Lago writes times of periods: `2026-08-31T23:59:59Z`.
    private static func text(of milliseconds: Int64) -> String {
        let text = Timestamp.text(milliseconds: milliseconds)
        return text.hasSuffix(".000Z") ? text.dropLast(5) + "Z" : text
    }
}

extension UsageReport.Range {
    private static let day: Int64 = 86_400_000

    /// Reads days (`2026-10-01`, all of it) or times, as ISO 8601 has them; the last three months without.
    ///
    /// - Parameter now: Unix milliseconds.
    /// - Throws: `APIFailure` 422.
    init(from: String?, to: String?, now: Int64) throws(APIFailure) {
        let (first, last) = (from.map(LagoTime.milliseconds), to.map(LagoTime.milliseconds))
        var problems: [String: [String]] = [:]
        if case .some(nil) = first { problems["from"] = ["invalid_date"] }
        if case .some(nil) = last { problems["to"] = ["invalid_date"] }
        guard problems.isEmpty else { throw .validation(problems) }
        let isWholeDay = to.map { $0.utf8.count == 10 } ?? false
        let end = (last ?? nil).map { isWholeDay ? $0 + Self.day - 1 : $0 } ?? now
        let start = (first ?? nil) ?? Self.threeMonths(before: end)
        guard start <= end else { throw .invalid("to", "value_is_out_of_range") }
        self.init(from: start, to: end)
    }

    private static func threeMonths(before time: Int64) -> Int64 {
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = .gmt
        let date = Date(timeIntervalSince1970: Double(time / 1000))
        let earlier = calendar.date(byAdding: .month, value: -3, to: date)
        return earlier.map { Int64($0.timeIntervalSince1970) * 1000 } ?? time - 92 * Self.day
    }
}
