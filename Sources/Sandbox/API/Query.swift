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

    var page: Page { Page(page: self.parameters["page"], perPage: self.parameters["per_page"]) }
}
