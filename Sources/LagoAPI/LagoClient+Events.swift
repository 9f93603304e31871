private import Foundation

extension LagoClient {
    /// The organisation's usage events of a stretch of time, the latest first.
    ///
    /// - Parameters:
    ///   - from: by the events' own time, in Unix milliseconds.
    ///   - pageSize: Lago knows no maximum.
    package func events(from: Int64, to: Int64? = nil, pageSize: Int) -> LagoPages<LagoUsageEvent> {
        let query = [("timestamp_from", Self.text(from))] + (to.map { [("timestamp_to", Self.text($0))] } ?? [])
        return self.pages(at: "/events", query: query, pageSize: pageSize, as: "events")
    }

    private static func text(_ milliseconds: Int64) -> String {
        Date(timeIntervalSince1970: Double(milliseconds) / 1000).formatted(.iso8601)
    }
}
