private import JWTKit
private import LagoEvents

/// What a customer's token says. Further claims are nobody's business here.
///
/// - Unit: times in seconds since 1970 (RFC 7519, 2: NumericDate).
struct TokenClaims: JWTPayload {
    /// The customer's external id.
    let sub: String
    let exp: Double
    let nbf: Double?
    let iat: Double?
    let iss: String?
    let aud: Audience?

    /// One, or several (RFC 7519, 4.1.3).
    struct Audience: Codable, Sendable {
        let names: [String]

        init(_ name: String) { self.names = [name] }

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if let name = try? container.decode(String.self) {
                self.names = [name]
            } else {
                self.names = try container.decode([String].self)
            }
        }

        func encode(to encoder: any Encoder) throws {
            var container = encoder.singleValueContainer()
            if self.names.count == 1 { try container.encode(self.names[0]) } else { try container.encode(self.names) }
        }
    }

    /// The times are looked at by a clock that is given, in `admission(at:)`.
    fileprivate func verify(using algorithm: some JWTAlgorithm) {}

    /// How far the issuer's clock may be off, in seconds.
    private static let skew = 60.0
    /// From here on a time was meant in milliseconds.
    private static let endOfTime = 1e11

    /// Whom they let in; nil where they do not hold now, or name nobody.
    ///
    /// - Parameter now: in Unix milliseconds.
    func admission(under terms: TokenTerms, at now: Int64) -> Admission? {
        guard terms.allow(issuer: self.iss, audience: self.aud?.names ?? []) else { return nil }
        let now = Double(now) / 1000
        guard let customer = CustomerTokens.customer(named: self.sub) else { return nil }
        guard self.exp > now - Self.skew, self.exp < Self.endOfTime else { return nil }
        for beginning in [self.nbf, self.iat] {
            if let beginning, beginning > now + Self.skew { return nil }
        }
        return Admission(.customer(customer), expires: Int64(self.exp * 1000))
    }
}
