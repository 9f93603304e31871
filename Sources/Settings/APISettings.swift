private import Foundation
package import Signatures

/// Who may use the API.
///
/// - `API_KEYS` (secrets, comma-separated, each 16 or more letters, digits and signs of ASCII): for the operator's own
///   software; several while one changes
/// - `API_JWT_SECRET` (secret, 32 bytes or more): customers' tokens are signed with it, by HS256
/// - `API_JWT_PUBLIC_KEY` (PEM of an RSA key of 2048 to 8192 bits, or of an EC key on P-256, whose line breaks may be
///   `\n`): whoever has the private half signs customers' tokens, by RS256 or ES256
/// - `API_JWKS_URL` (https URL, or http on this machine): where the keys are published that sign customers' tokens
///
/// One of the last three at most; without any, customers have no tokens.
///
/// - `API_JWT_ISSUER`, `API_JWT_AUDIENCE`: what `iss` has to be, and one of `aud`; for an issuer that makes tokens for others,
///   too
package struct APISettings: Sendable {
    /// Whose word on a customer is taken.
    package enum TokenIssuer: Hashable, Sendable {
        /// Whoever has this secret, `sluice token` among them.
        case secret(String)
        case publicKey(PublicKeyPEM)
        /// A JSON Web Key Set (RFC 7517) at this URL.
        case keySet(String)
    }

    package let keys: [String]
    /// Nil where customers have no tokens.
    package let tokenIssuer: TokenIssuer?
    /// What `iss` and one of `aud` have to be; nil for anything.
    package let tokenIssuerName: String?
    package let tokenAudience: String?

    package init(_ source: inout SettingsSource) {
        self.keys = Self.keys(&source)
        // Each of them is looked at, so that one start shows all that is wrong.
        let issuers = [Self.secret(&source), Self.publicKey(&source), Self.keySet(&source)].compactMap { $0 }
        let set = ["API_JWT_SECRET", "API_JWT_PUBLIC_KEY", "API_JWKS_URL"].filter { key in
            source.text(key) != nil || key != "API_JWKS_URL" && source.text("\(key)_FILE") != nil
        }
        if set.count > 1 {
            source.note(set[1], nil, "keep one of \(set.joined(separator: " and ")): customers' tokens have one issuer")
        }
        self.tokenIssuer = set.count == 1 ? issuers.first : nil
        self.tokenIssuerName = source.text("API_JWT_ISSUER")
        self.tokenAudience = source.text("API_JWT_AUDIENCE")
    }

    private static func keys(_ source: inout SettingsSource) -> [String] {
        let keys = source.secretList("API_KEYS")
        if keys.contains(where: { $0.utf8.count < 16 }) {
            source.note("API_KEYS", nil, "use keys of 16 characters or more, as openssl rand -hex 24 makes them")
        }
        // Others do not come through a header as they are.
        if !keys.allSatisfy({ $0.utf8.allSatisfy { (0x21...0x7e).contains($0) } }) {
            source.note("API_KEYS", nil, "use letters, digits and signs of ASCII, without blanks")
        }
        return keys
    }

    private static func secret(_ source: inout SettingsSource) -> TokenIssuer? {
        guard let secret = source.secret("API_JWT_SECRET") else { return nil }
        guard secret.utf8.count >= 32 else {
            source.note("API_JWT_SECRET", nil, "use 32 bytes or more, as openssl rand -hex 32 makes them")
            return nil
        }
        return .secret(secret)
    }

    private static func publicKey(_ source: inout SettingsSource) -> TokenIssuer? {
        guard let text = source.secret("API_JWT_PUBLIC_KEY") else { return nil }
        do throws(SignatureError) {
            // One line is all that some environments hold.
            return .publicKey(try PublicKeyPEM(text.replacingOccurrences(of: "\\n", with: "\n")))
        } catch {
            source.note(
                "API_JWT_PUBLIC_KEY",
                nil,
                "\(error); use the public half of an RSA key of 2048 bits or more, or of an EC key on P-256, in PEM form"
            )
            return nil
        }
    }

    /// Keys that anybody on the way could exchange are no keys: TLS, or this machine.
    private static func keySet(_ source: inout SettingsSource) -> TokenIssuer? {
        guard let text = source.text("API_JWKS_URL") else { return nil }
        guard text.utf8.allSatisfy({ (0x21...0x7e).contains($0) }), let parts = URLComponents(string: text),
            let scheme = parts.scheme?.lowercased(), let host = parts.host, !host.isEmpty, parts.user == nil,
            parts.password == nil, parts.fragment == nil, scheme == "https" || scheme == "http" && Self.isLoopback(host)
        else {
            let isPrivate = text.contains("@") || text.contains("?")
            source.note(
                "API_JWKS_URL",
                isPrivate ? nil : text,
                "use the https address of a key set, as https://id.example.com/.well-known/jwks.json"
            )
            return nil
        }
        return .keySet(text)
    }

    private static func isLoopback(_ host: String) -> Bool {
        let host = host.lowercased()
        if ["localhost", "::1", "[::1]"].contains(host) { return true }
        let bytes = host.split(separator: ".", omittingEmptySubsequences: false).map { UInt8($0) }
        return bytes.count == 4 && bytes.first == 127 && !bytes.contains(nil)
    }
}
