import Foundation
import Receiver
import Signatures
import TestSupport
import Testing

/// One request to the verifier, and what it must say.
struct VerifierCase: Sendable, CustomTestStringConvertible {
    enum Expectation: Equatable, Sendable {
        case taken
        case rejected(Rejection)
        case unavailable
    }

    let name: String
    let expected: Expectation
    var issuer: String?
    var acceptsJWT = true
    var hmacKeys = [Webhook.hmacKey, "second-key"]
    var knowsKey = true
    var knowsOrganization = true
    let request: @Sendable () throws -> HTTPRequestText

    var testDescription: String { self.name }

    /// What the verifier says.
    func outcome(of verifier: WebhookVerifier, at now: Int64 = 0) throws -> Expectation {
        let request = try self.request()
        func header(_ name: String) -> String? { request.headers.first { $0.name == name }?.value }
        let claim = WebhookVerifier.Claim(
            algorithm: header("X-Lago-Signature-Algorithm"),
            signature: header("X-Lago-Signature")
        )
        do {
            _ = try verifier.verify(request.body, claim, at: now)
            return .taken
        } catch let reason as Rejection {
            return .rejected(reason)
        } catch is Unavailable {
            return .unavailable
        }
    }
}

/// Tokens that Lago would never send.
enum Forgery {
    static let body = Webhook.body(of: "cust_1", mark: "forged")

    /// A token with this header over `claims`, signed by `sign`.
    static func token(
        header: String,
        claims: [UInt8]? = nil,
        encode: ([UInt8]) -> String = Base64.encodeURL,
        sign: ([UInt8]) throws -> [UInt8]
    ) throws -> HTTPRequestText {
        let signed = encode(Array(header.utf8)) + "." + encode(try claims ?? Webhook.claims(of: Self.body))
        let token = signed + "." + encode(try sign(Array(signed.utf8)))
        return Webhook.request(Self.body, algorithm: "jwt", signature: token)
    }

    /// The HMAC of a token with the public key's text as secret, which a careless verifier takes for RS256's key.
    static func byPublicKey(_ signed: [UInt8]) throws -> [UInt8] {
        try HMACSHA256.digest(of: signed, key: Array(Keys.current.publicPEM.utf8))
    }

    static func byLago(_ signed: [UInt8]) throws -> [UInt8] { try Keys.current.sign(signed) }

    /// A good HMAC request whose signature's text is changed.
    static func signature(_ change: @Sendable (String) -> String) throws -> HTTPRequestText {
        // Some digests have no character that the two alphabets of base64 write differently.
        for mark in 0... {
            let request = try Webhook.hmac(Webhook.body(of: "cust_1", mark: "\(mark)"))
            let signature = try #require(request.headers.first { $0.name == "X-Lago-Signature" }).value
            guard signature.contains("+"), signature.contains("/") else { continue }
            return request.with("X-Lago-Signature", change(signature))
        }
        throw HelperFailure(description: "no such signature")
    }

    /// A good token whose text is changed.
    static func token(_ change: @Sendable (String) -> String) throws -> HTTPRequestText {
        let request = try Webhook.jwt(Self.body, with: Keys.current)
        let token = try #require(request.headers.first { $0.name == "X-Lago-Signature" }).value
        return request.with("X-Lago-Signature", change(token))
    }
}
