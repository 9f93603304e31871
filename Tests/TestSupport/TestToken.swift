package import Signatures

/// Customers' tokens as somebody makes them by hand: nothing in them needs to be right.
package enum TestToken {
    /// As many bytes as a secret must have.
    package static let secret = "a secret for tests of 32 bytes.."

    /// What a token says: `{"sub":…,"exp":…}` and more, in seconds since 1970.
    package static func claims(_ customer: String, expires: Int64, more: String = "") -> String {
        #"{"sub":"\#(customer)","exp":\#(expires)\#(more)}"#
    }

    /// Signs whatever the claims are by HS256, whatever the header says.
    package static func hs256(
        _ claims: String,
        header: String = #"{"alg":"HS256","typ":"JWT"}"#,
        secret: String = Self.secret
    ) throws -> String {
        try Self.signed(claims, header: header) { try HMACSHA256.digest(of: $0, key: Array(secret.utf8)) }
    }

    /// Signs by RS256, whatever the header says.
    package static func rs256(
        _ claims: String,
        header: String = #"{"alg":"RS256"}"#,
        with key: RSAPrivateKey
    ) throws -> String {
        try Self.signed(claims, header: header) { try key.sign($0) }
    }

    /// The public half of a key of 2048 bits, as an issuer publishes it (RFC 7518, 6.3).
    package static func published(_ key: RSAPrivateKey, id: String) throws -> String {
        let body = key.publicPEM.split(separator: "\n").filter { !$0.hasPrefix("-") }.joined()
        guard key.bits == 2048, let der = Base64.decode(body), der.count > 261 else {
            throw HelperFailure(description: "the key has no public half of 2048 bits")
        }
        // It ends in the modulus, and in the exponent with two bytes before it.
        let (n, e) = (Base64.encodeURL(Array(der.suffix(261).prefix(256))), Base64.encodeURL(Array(der.suffix(3))))
        return #"{"kty":"RSA","use":"sig","kid":"\#(id)","n":"\#(n)","e":"\#(e)"}"#
    }

    package static func signed(
        _ claims: String,
        header: String,
        by sign: ([UInt8]) throws -> [UInt8]
    ) throws -> String {
        let signed = [header, claims].map { Base64.encodeURL(Array($0.utf8)) }.joined(separator: ".")
        return signed + "." + Base64.encodeURL(try sign(Array(signed.utf8)))
    }
}
