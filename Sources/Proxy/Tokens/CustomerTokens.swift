package import LagoEvents
package import Signatures

/// Customers' tokens: JSON Web Tokens whose `sub` is the customer's external id and whose `exp` is required.
///
/// The key decides on the algorithm, never the token. Clocks may be a minute apart.
package struct CustomerTokens: Sendable {
    private enum Keys: Sendable {
        case one(TokenKey)
        case published(TokenKeySet)
    }

    private let keys: Keys
    private let terms: TokenTerms
    private let now: @Sendable () -> Int64

    /// Those signed with `secret`, by HS256.
    ///
    /// - Parameter now: in Unix milliseconds.
    package init(secret: String, terms: TokenTerms = TokenTerms(), now: @escaping @Sendable () -> Int64) {
        self.keys = .one(TokenKey(secret: secret))
        self.terms = terms
        self.now = now
    }

    /// Those signed with the other half of `publicKey`, by RS256 or ES256.
    ///
    /// - Throws: what JWTKit has against the key.
    package init(
        publicKey: PublicKeyPEM,
        terms: TokenTerms = TokenTerms(),
        now: @escaping @Sendable () -> Int64
    ) throws {
        self.keys = .one(try TokenKey(publicKey))
        self.terms = terms
        self.now = now
    }

    /// Those signed with one of the keys that the issuer publishes, by RS256 or ES256.
    package init(keySet: TokenKeySet, terms: TokenTerms = TokenTerms(), now: @escaping @Sendable () -> Int64) {
        self.keys = .published(keySet)
        self.terms = terms
        self.now = now
    }

    /// Whom a token lets in; nil for one that is not valid, whatever the reason.
    package func admission(by token: String) async -> Admission? {
        guard let token = TokenText(token) else { return nil }
        for key in await self.candidates(for: token) {
            if let claims = try? await key.claims(of: token) {
                return claims.admission(under: self.terms, at: self.now())
            }
        }
        return nil
    }

    private func candidates(for token: TokenText) async -> [TokenKey] {
        switch self.keys {
        case .one(let key): [key]
        case .published(let keySet): await keySet.keys(for: token)
        }
    }

    /// Makes a token that is signed with `secret`, by HS256.
    ///
    /// - Parameters:
    ///   - lifetime: in whole seconds.
    ///   - now: in Unix milliseconds.
    /// - Returns: the token, and when it expires, in Unix milliseconds.
    package static func mint(
        for customer: CustomerID,
        secret: String,
        terms: TokenTerms = TokenTerms(),
        lasting lifetime: Duration,
        at now: Int64
    ) async throws -> (token: String, expires: Int64) {
        let begin = now / 1000
        let end = begin + lifetime.components.seconds
        let claims = TokenClaims(
            sub: customer.rawValue,
            exp: Double(end),
            nbf: nil,
            iat: Double(begin),
            iss: terms.issuer,
            aud: terms.audience.map { TokenClaims.Audience($0) }
        )
        return (try await TokenKey(secret: secret).sign(claims), end * 1000)
    }

    /// The customer of this external id; nil for what is none: empty, longer than 255 bytes, with control characters.
    package static func customer(named id: String) -> CustomerID? {
        guard (1...255).contains(id.utf8.count),
            !id.unicodeScalars.contains(where: { $0.properties.generalCategory == .control })
        else { return nil }
        return CustomerID(rawValue: id)
    }
}
