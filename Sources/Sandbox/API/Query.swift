import Foundation
import Hummingbird

/// A request's query, read as Rails does.
struct Query {
    private let parameters: Parameters

    init(_ request: Request) {
        // Hummingbird undoes the percent escapes of values, not those of names.
        let pairs = request.uri.queryParameters.map { name, value in
            (key: Substring(name.removingPercentEncoding ?? String(name)), value: value)
        }
        self.parameters = Parameters(pairs)
    }

    /// The value of a plain parameter; nil when it is absent or empty.
    subscript(name: String) -> String? {
        self.parameters[Substring(name)].flatMap { $0.isEmpty ? nil : String($0) }
    }

    /// The values of `name[]=…`.
    func list(_ name: String) -> [String] {
        self.parameters[values: Substring(name + "[]")].map { String($0) }
    }

    /// The pairs of `name[key]=value`; blank values are left out, as Lago does.
    func pairs(_ name: String) -> [String: String] {
        var pairs: [String: String] = [:]
        for (key, value) in self.parameters where key.hasPrefix(name + "[") && key.hasSuffix("]") && !value.isEmpty {
            pairs[String(key.dropFirst(name.count + 1).dropLast())] = String(value)
        }
        return pairs
    }

    /// The days of `name_from` and `name_to`: the first moment, and the one after the last; what is no date counts for
    /// nothing.
    func days(_ name: String) -> (from: Date?, end: Date?) {
        func midnight(_ name: String) -> Date? {
            self[name].flatMap(LagoTime.date).map(LagoTime.day).flatMap(LagoTime.date)
        }
        return (midnight(name + "_from"), midnight(name + "_to")?.addingTimeInterval(86_400))
    }

    /// All but the page, in an order that does not depend on how it was written.
    var filters: String {
        self.parameters.filter { !["page", "per_page"].contains($0.key) }.map { "\($0.key)=\($0.value)" }.sorted()
            .joined(separator: "&")
    }

    var page: Page { Page(page: self.parameters["page"], perPage: self.parameters["per_page"]) }
}
