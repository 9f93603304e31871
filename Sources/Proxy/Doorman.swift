package import HTTPTypes
private import Signatures

/// Finds out who asks.
package struct Doorman: Sendable {
    private let keys: [(name: String, key: [UInt8])]

    /// - Parameter keys: the server keys.
    package init(keys: [String]) {
        self.keys = keys.enumerated().map { ("key-\($0.offset + 1)", Array($0.element.utf8)) }
    }

    /// - Throws: `APIFailure` 401.
    package func principal(of headers: HTTPFields) async throws(APIFailure) -> Principal {
        guard let token = Self.bearer(headers) else { throw .unauthorized }
        var found: String?
        // All are compared: how long it takes tells nothing.
        for (name, key) in self.keys where ConstantTime.equal(key, Array(token.utf8)) { found = name }
        guard let found else { throw .unauthorized }
        return .server(name: found)
    }

    private static func bearer(_ headers: HTTPFields) -> String? {
        let parts = headers[.authorization]?.split(separator: " ", maxSplits: 1) ?? []
        guard parts.count == 2, parts[0].lowercased() == "bearer" else { return nil }
        return String(parts[1])
    }
}
