/// What a token has to say beside its customer: whose it is and for whom it was made, where its issuer makes others, too.
package struct TokenTerms: Hashable, Sendable {
    /// `iss`; nil for any.
    package let issuer: String?
    /// One of `aud`; nil for any.
    package let audience: String?

    package init(issuer: String? = nil, audience: String? = nil) {
        self.issuer = issuer
        self.audience = audience
    }

    /// Byte for byte.
    func allow(issuer: String?, audience: [String]) -> Bool {
        func isSame(_ wanted: String, _ said: String) -> Bool { wanted.utf8.elementsEqual(said.utf8) }
        let isIssuer = self.issuer.map { wanted in issuer.map { isSame(wanted, $0) } ?? false } ?? true
        return isIssuer && (self.audience.map { wanted in audience.contains { isSame(wanted, $0) } } ?? true)
    }
}
