private import Foundation
package import HTTPTypes
private import LagoAPI
package import LagoEvents

/// A request that was let in: whose it is, and what it says.
package struct APICall: Sendable {
    package let principal: Principal
    /// When what the caller showed expires, in Unix milliseconds; nil where it does not.
    package let expires: Int64?
    /// The route's: a `HEAD` is a `GET` whose answer's body is left out.
    package let method: HTTPRequest.Method
    /// The path as it was sent, without its query.
    package let path: String
    /// The parts of the path that its route names, decoded.
    package let parameters: [String: String]
    package let query: APIQuery
    package let headers: HTTPFields
    /// At most 1 MiB; empty for methods without one.
    package let body: [UInt8]
    /// A UUID that is the same whenever this very request is carried out again after a failure: what it creates is named
    /// for it. Empty where nothing is created.
    package var intent: String

    package init(
        principal: Principal,
        expires: Int64? = nil,
        method: HTTPRequest.Method,
        path: String,
        parameters: [String: String],
        query: APIQuery,
        headers: HTTPFields,
        body: [UInt8],
        intent: String
    ) {
        self.principal = principal
        self.expires = expires
        self.method = method
        self.path = path
        self.parameters = parameters
        self.query = query
        self.headers = headers
        self.body = body
        self.intent = intent
    }

    /// How much longer what the caller showed holds; nil where it does not expire.
    ///
    /// - Parameter now: in Unix milliseconds.
    package func validity(at now: Int64) -> Duration? { self.expires.map { .milliseconds($0 - now) } }

    /// The part of the path that the route calls `name`.
    ///
    /// - Throws: `APIFailure.notFound` where it is empty.
    package func parameter(_ name: String) throws(APIFailure) -> String {
        guard let value = self.parameters[name], !value.isEmpty else { throw .notFound("resource_not_found") }
        return value
    }

    /// The customer that a request names in `external_customer_id`: a customer's own where it names none.
    ///
    /// - Throws: `APIFailure` 404 for another customer's id, as for one that is not there; 422 where a server key names none.
    package func customer(_ named: String?, field: String = "external_customer_id") throws(APIFailure) -> CustomerID {
        switch self.principal {
        case .customer(let own):
            guard named.map(CustomerID.init(rawValue:)) ?? own == own else { throw .notFound("customer_not_found") }
            return own
        case .server:
            guard let named, !named.isEmpty else { throw .invalid(field, "value_is_mandatory") }
            return CustomerID(rawValue: named)
        }
    }

    /// Refuses what belongs to somebody else, as if it were not there.
    package func check(owner: String?, missing code: String) throws(APIFailure) {
        if case .customer(let own) = self.principal, owner.map(CustomerID.init(rawValue:)) != own {
            throw .notFound(code)
        }
    }
}

/// The query of a request, decoded.
package struct APIQuery: Sendable {
    package let items: [(name: String, value: String)]

    package init(_ items: [(name: String, value: String)]) { self.items = items }

    /// Reads what stands behind the `?`, as browsers write forms: a plus is a blank.
    ///
    /// - Throws: `APIFailure` 400 for what is not percent-encoded UTF-8.
    package init(encoded text: String) throws(APIFailure) {
        var items: [(name: String, value: String)] = []
        for part in text.split(separator: "&") {
            let sides = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let decoded = sides.compactMap { Self.decoded($0) }
            guard decoded.count == sides.count, let name = decoded.first else {
                throw APIFailure(.badRequest, code: "invalid_query", message: "the query is not percent-encoded UTF-8")
            }
            items.append((name, decoded.count > 1 ? decoded[1] : ""))
        }
        self.init(items)
    }

    /// Most have nothing to decode.
    private static func decoded(_ text: Substring) -> String? {
        guard text.utf8.contains(where: { $0 == UInt8(ascii: "%") || $0 == UInt8(ascii: "+") }) else {
            return String(text)
        }
        return text.replacing("+", with: " ").removingPercentEncoding
    }

    /// The last value under this name; nil where there is none, or an empty one.
    package subscript(_ name: String) -> String? {
        self.items.last { $0.name == name }.flatMap { $0.value.isEmpty ? nil : $0.value }
    }

    package func all(_ name: String) -> [String] { self.items.filter { $0.name == name }.map(\.value) }

    /// Refuses names that the route does not know.
    package func allow(_ names: Set<String>) throws(APIFailure) {
        let unknown = self.items.map(\.name).filter { !names.contains($0) }
        guard unknown.isEmpty else { throw .validation(Dictionary(unknown.map { ($0, ["unknown_parameter"]) }) { $1 }) }
    }
}
