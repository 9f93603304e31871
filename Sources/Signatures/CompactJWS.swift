private import Foundation

/// A compact JSON Web Signature (RFC 7515, 7.1) as Lago sends it in `X-Lago-Signature`: read, not yet believed.
///
/// Lago's claims are `data`, the webhook body as a string, and `iss`; there is no expiry, no key id and no nonce.
package struct CompactJWS: Sendable {
    /// `alg` of the protected header: what the sender says, to be compared, never to be obeyed.
    package let algorithm: String
    /// The claims part, decoded from base64url: JSON that nothing vouches for until the signature is checked.
    package let claims: [UInt8]
    /// The signature's bytes.
    package let signature: [UInt8]
    /// What was signed: the text `header.claims`.
    package let signedBytes: [UInt8]

    /// Splits and decodes `text`.
    ///
    /// - Throws: `SignatureError.malformed` when it is not three base64url parts with a JSON header.
    package init(_ text: String) throws(SignatureError) {
        let parts = text.split(separator: ".", maxSplits: 3, omittingEmptySubsequences: false)
        guard parts.count == 3 else { throw .malformed(what: "the token") }
        guard let header = Base64.decodeURL(parts[0]), let claims = Base64.decodeURL(parts[1]),
            let signature = Base64.decodeURL(parts[2])
        else { throw .malformed(what: "the token's base64url") }
        guard let fields = try? JSONDecoder().decode(Header.self, from: Data(header)) else {
            throw .malformed(what: "the token's header")
        }
        self.algorithm = fields.alg
        self.claims = claims
        self.signature = signature
        self.signedBytes = Array(text[parts[0].startIndex..<parts[1].endIndex].utf8)
    }

    /// Makes a token over `claims`, which must be JSON, signed with RS256 as Lago does: header `{"alg":"RS256"}`.
    package static func sign(claims: [UInt8], with key: RSAPrivateKey) throws(SignatureError) -> String {
        let signed = Base64.encodeURL(Array(#"{"alg":"RS256"}"#.utf8)) + "." + Base64.encodeURL(claims)
        return try signed + "." + Base64.encodeURL(key.sign(Array(signed.utf8)))
    }

    private struct Header: Decodable {
        let alg: String
    }
}
