private import Foundation
package import LagoEvents
private import Signatures

/// Decides whether a request comes from our organisation's Lago.
///
/// Which algorithms are accepted comes from the settings; the request's header only picks among them, and a token's
/// own `alg` is compared, never obeyed.
package struct WebhookVerifier: Sendable {
    /// Which of Lago's two ways of signing are believed, and by what.
    package struct Policy: Sendable {
        package let acceptsJWT: Bool
        /// The organisation's HMAC keys, as the bytes of the text that Lago shows; empty when `hmac` is not accepted.
        package let hmacKeys: [[UInt8]]
        /// What `iss` must be; nil when it is not compared.
        package let issuer: String?

        package init(acceptsJWT: Bool, hmacKeys: [[UInt8]], issuer: String?) {
            self.acceptsJWT = acceptsJWT
            self.hmacKeys = hmacKeys
            self.issuer = issuer
        }
    }

    /// What the headers of a request say of its signature.
    package struct Claim: Sendable {
        package let algorithm: String?
        package let signature: String?

        package init(algorithm: String?, signature: String?) {
            self.algorithm = algorithm
            self.signature = signature
        }
    }

    private let policy: Policy
    private let ring: KeyRing

    package init(policy: Policy, ring: KeyRing) {
        self.policy = policy
        self.ring = ring
    }

    /// Checks the signature of `body`, then that the body is our organisation's; returns what the body says.
    ///
    /// - Parameter now: Unix milliseconds.
    /// - Throws: `Rejection`; `Unavailable` while the public key or the organisation is not known yet.
    package func verify(_ body: [UInt8], _ claim: Claim, at now: Int64) throws -> Envelope? {
        guard let algorithm = claim.algorithm else { throw Rejection.algorithm }
        guard let signature = claim.signature, !signature.isEmpty else { throw Rejection.signature }
        switch algorithm {
        case "hmac" where !self.policy.hmacKeys.isEmpty:
            try self.verifyHMAC(signature, of: body)
            return try self.admit(body, isOrganizationProven: true)
        case "jwt" where self.policy.acceptsJWT:
            try self.verifyJWT(signature, of: body, at: now)
            return try self.admit(body, isOrganizationProven: false)
        default:
            throw Rejection.algorithm
        }
    }

    private func verifyHMAC(_ signature: String, of body: [UInt8]) throws {
        // Strict base64 has one text for each digest, so the texts are compared. Every key is tried, so that the time
        // does not tell which one fits.
        let claimed = Array(signature.utf8)
        var isGood = false
        for key in self.policy.hmacKeys {
            let expected = Array(Base64.encode(try HMACSHA256.digest(of: body, key: key)).utf8)
            isGood = ConstantTime.equal(expected, claimed) || isGood
        }
        if !isGood { throw Rejection.signature }
    }

    private func verifyJWT(_ text: String, of body: [UInt8], at now: Int64) throws {
        let keys = self.ring.keys(at: now)
        guard !keys.isEmpty else { throw Unavailable(description: "Lago's public key is not known yet") }
        guard let token = try? CompactJWS(text) else { throw Rejection.malformed }
        guard token.algorithm == "RS256" else { throw Rejection.algorithm }
        guard keys.contains(where: { (try? $0.verify(token.signature, of: token.signedBytes)) != nil }) else {
            throw Rejection.signature
        }
        guard let claims = try? JSONDecoder().decode(Claims.self, from: Data(token.claims)) else {
            throw Rejection.malformed
        }
        guard ConstantTime.equal(Array(claims.data.utf8), body) else { throw Rejection.dataMismatch }
        if let issuer = self.policy.issuer, claims.iss != issuer { throw Rejection.issuer }
    }

    /// Lago's RSA key belongs to the installation, so that under `jwt` any of its organisations can sign; an HMAC key
    /// belongs to ours.
    private func admit(_ body: [UInt8], isOrganizationProven: Bool) throws -> Envelope? {
        let envelope = Envelope(body: body)
        let named = envelope?.organization
        let ours = self.ring.organization
        if let named, let ours {
            guard named == ours else { throw Rejection.organisation }
        } else if !isOrganizationProven {
            guard named != nil else { throw Rejection.organisation }
            throw Unavailable(description: "our organisation at Lago is not known yet")
        }
        return envelope
    }

    private struct Claims: Decodable {
        let data: String
        let iss: String?
    }
}
