package import Signatures

/// The keys that webhooks are signed with: one pair per installation, one shared key per organisation.
package struct WebhookKeys: Sendable {
    package let rsa: RSAPrivateKey
    /// A UUID's text, used as it stands.
    package let hmac: String

    package init(rsa: RSAPrivateKey, hmac: String) {
        self.rsa = rsa
        self.hmac = hmac
    }

    /// New keys, as after an operator has changed them.
    package static func generate() throws(SignatureError) -> WebhookKeys {
        WebhookKeys(rsa: try RSAPrivateKey(), hmac: LagoID.new())
    }

    /// The public key as Lago serves it: base64, with a newline every 60 characters and at the end, over the PEM text.
    package var servedPublicKey: String {
        var text = ""
        var rest = Base64.encode(Array(self.rsa.publicPEM.utf8))[...]
        while !rest.isEmpty {
            text += rest.prefix(60) + "\n"
            rest = rest.dropFirst(60)
        }
        return text
    }

    /// The value of `X-Lago-Signature` for `body`.
    package func signature(
        of body: String,
        algorithm: WebhookEndpoint.SignatureAlgorithm,
        issuer: String
    ) throws(SignatureError) -> String {
        switch algorithm {
        case .hmac:
            return Base64.encode(try HMACSHA256.digest(of: Array(body.utf8), key: Array(self.hmac.utf8)))
        case .jwt:
            let claims: JSONValue = ["data": .string(body), "iss": .string(issuer)]
            return try CompactJWS.sign(claims: Array(claims.railsText.utf8), with: self.rsa)
        }
    }
}
