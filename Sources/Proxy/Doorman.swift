package import HTTPTypes
private import Signatures

/// Finds out who asks.
package struct Doorman: Sendable {
    /// Who has a session, by the cookies among a request's headers.
    package typealias Session = @Sendable (HTTPFields) async -> Admission?

    private let keys: [(name: String, key: [UInt8])]
    private let tokens: CustomerTokens?
    private let session: Session?

    /// - Parameters:
    ///   - keys: the server keys.
    ///   - tokens: nil where customers have none.
    ///   - session: asked where a request has no `Authorization`.
    package init(keys: [String], tokens: CustomerTokens? = nil, session: Session? = nil) {
        self.keys = keys.enumerated().map { ("key-\($0.offset + 1)", Array($0.element.utf8)) }
        self.tokens = tokens
        self.session = session
    }

    /// - Throws: `APIFailure` 401, the same for whatever was shown.
    package func admission(of headers: HTTPFields) async throws(APIFailure) -> Admission {
        guard headers.contains(.authorization) else {
            guard let admission = await self.session?(headers) else { throw .unauthorized }
            return admission
        }
        guard let bearer = Self.bearer(headers) else { throw .unauthorized }
        if let name = self.keyName(of: bearer) { return Admission(.server(name: name)) }
        guard let admission = await self.tokens?.admission(by: bearer) else { throw .unauthorized }
        return admission
    }

    /// All keys are compared: how long it takes tells nothing.
    private func keyName(of bearer: String) -> String? {
        let shown = Array(bearer.utf8)
        var found: String?
        for (name, key) in self.keys where ConstantTime.equal(key, shown) { found = name }
        return found
    }

    private static func bearer(_ headers: HTTPFields) -> String? {
        guard let shown = headers[.authorization]?.utf8, let blank = shown.firstIndex(of: UInt8(ascii: " ")),
            shown[..<blank].elementsEqual("bearer".utf8, by: { $0 | 0x20 == $1 })
        else { return nil }
        return String(shown[blank...].dropFirst())
    }
}
