private import Foundation
private import JWTKit

/// A key of an issuer's set that tokens may be signed with.
struct PublishedKey: Sendable {
    /// `kid`.
    let id: String?
    let key: TokenKey

    static let algorithms: Set = ["RS256", "ES256"]

    /// Reads a set; what is of no use here is passed over.
    ///
    /// - Throws: `TokenKeySetError.unreadable` for what is no `{"keys": […]}`.
    static func read(_ json: [UInt8]) throws -> [PublishedKey] {
        guard let list = try? JSONDecoder().decode(Document.self, from: Data(json)) else {
            throw TokenKeySetError.unreadable
        }
        return list.keys.compactMap { $0.fields.flatMap { PublishedKey($0) } }
    }

    private init?(_ fields: Fields) {
        // A private half that is published signs for everybody.
        guard fields.d == nil, fields.use ?? "sig" == "sig", fields.key_ops?.contains("verify") ?? true else {
            return nil
        }
        let key: TokenKey? =
            switch (fields.kty, fields.crv, fields.alg ?? "") {
            case ("RSA", nil, "RS256"), ("RSA", nil, ""): Self.rsa(fields)
            case ("EC", "P-256", "ES256"), ("EC", "P-256", ""): Self.p256(fields)
            default: nil
            }
        guard let key else { return nil }
        (self.id, self.key) = (fields.kid, key)
    }

    private static func rsa(_ fields: Fields) -> TokenKey? {
        guard let modulus = fields.n, let exponent = fields.e else { return nil }
        return (try? Insecure.RSA.PublicKey(modulus: modulus, exponent: exponent)).map { .rsa($0) }
    }

    private static func p256(_ fields: Fields) -> TokenKey? {
        guard let x = fields.x, let y = fields.y else { return nil }
        return (try? ES256PublicKey(parameters: (x, y))).map { .p256($0) }
    }

    private struct Document: Decodable {
        let keys: [Element]
    }

    /// One that cannot be read does not spoil the others.
    private struct Element: Decodable {
        let fields: Fields?

        init(from decoder: any Decoder) { self.fields = try? Fields(from: decoder) }
    }

    /// The members of a key (RFC 7517, 4; RFC 7518, 6).
    private struct Fields: Decodable {
        let kty: String
        let kid: String?
        let alg: String?
        let use: String?
        let key_ops: [String]?
        let crv: String?
        let n: String?
        let e: String?
        let x: String?
        let y: String?
        let d: String?
    }
}
