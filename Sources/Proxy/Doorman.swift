package import HTTPTypes
package import LagoEvents
private import Signatures

/// Finds out who asks.
package struct Doorman: Sendable {
    private let keys: [(name: String, key: [UInt8])]
    private let customer: @Sendable (String) -> CustomerID?

    /// - Parameters:
    ///   - keys: the server keys.
    ///   - customer: whose token a text is; nil for nobody's.
    package init(keys: [String], customer: @escaping @Sendable (String) -> CustomerID? = { _ in nil }) {
        self.customer = customer
        self.keys = keys.enumerated().map { ("key-\($0.offset + 1)", Array($0.element.utf8)) }
    }

    /// - Throws: `APIFailure` 401.
    package func principal(of headers: HTTPFields) async throws(APIFailure) -> Principal {
        guard let token = Self.bearer(headers) else { throw .unauthorized }
        var found: String?
        // All are compared: how long it takes tells nothing.
        for (name, key) in self.keys where ConstantTime.equal(key, Array(token.utf8)) { found = name }
        if let found { return .server(name: found) }
        guard let customer = self.customer(token) else { throw .unauthorized }
        return .customer(customer)
    }

    private static func bearer(_ headers: HTTPFields) -> String? {
        let parts = headers[.authorization]?.split(separator: " ", maxSplits: 1) ?? []
        guard parts.count == 2, parts[0].lowercased() == "bearer" else { return nil }
        return String(parts[1])
    }
}
