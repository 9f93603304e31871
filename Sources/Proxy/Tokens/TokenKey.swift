internal import JWTKit
internal import Signatures

/// A key that tokens are checked with, bound to its one algorithm.
enum TokenKey: Sendable {
    case secret(HMACKey)
    case rsa(Insecure.RSA.PublicKey)
    case p256(ES256PublicKey)

    init(secret: String) { self = .secret(HMACKey(from: secret)) }

    /// - Throws: what the key does not please JWTKit by.
    init(_ key: PublicKeyPEM) throws {
        switch key.kind {
        case .rsa: self = .rsa(try Insecure.RSA.PublicKey(pem: key.text))
        case .p256: self = .p256(try ES256PublicKey(pem: key.text))
        }
    }

    /// As a token's header names it.
    var algorithm: String {
        switch self {
        case .secret: "HS256"
        case .rsa: "RS256"
        case .p256: "ES256"
        }
    }

    /// What a token says that was signed with this key, by this algorithm.
    ///
    /// - Throws: `JWTError` for any other.
    func claims(of token: TokenText) async throws -> TokenClaims {
        guard token.algorithm == self.algorithm else {
            throw JWTError.generic(identifier: "alg", reason: "not the algorithm of this key")
        }
        return try await self.collection().verify(token.text, as: TokenClaims.self)
    }

    func sign(_ claims: TokenClaims) async throws -> String { try await self.collection().sign(claims) }

    /// This key alone: nothing that a header names leads to another.
    private func collection() async -> JWTKeyCollection {
        let keys = JWTKeyCollection()
        switch self {
        case .secret(let key): await keys.add(hmac: key, digestAlgorithm: .sha256)
        case .rsa(let key): await keys.add(rsa: key, digestAlgorithm: .sha256)
        case .p256(let key): await keys.add(ecdsa: key)
        }
        return keys
    }
}
