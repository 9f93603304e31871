import Foundation
package import Signatures

/// Webhooks as Lago sends them, made by hand.
package enum Webhook {
    package static let organization = "0c7d6a52-51f4-4d0b-9a3e-6d1f0a9b7c11"
    package static let hmacKey = "5f0c6b8e-2d31-4a97-b6c4-9e1d7f3a8b20"
    package static let issuer = "http://localhost:3000"

    /// The body of a `wallet.updated`; `mark` tells one from another.
    package static func body(
        of customer: String = "cust_1",
        mark: String = UUID().uuidString,
        organization: String? = Self.organization,
        type: String = "wallet.updated",
        padding: Int = 0
    ) -> [UInt8] {
        let named = organization.map { #""organization_id":"\#($0)","# } ?? ""
        let text = """
            {"webhook_type":"\(type)","object_type":"wallet",\(named)"wallet":{"lago_id":"\(mark)",\
            "external_customer_id":"\(customer)","name":"\(String(repeating: "x", count: padding))"}}
            """
        return Array(text.utf8)
    }

    /// The request, signed with the organisation's key.
    package static func hmac(
        _ body: [UInt8],
        key: String = Self.hmacKey,
        uniqueKey: String? = UUID().uuidString
    ) throws -> HTTPRequestText {
        let signature = Base64.encode(try HMACSHA256.digest(of: body, key: Array(key.utf8)))
        return Self.request(body, algorithm: "hmac", signature: signature, uniqueKey: uniqueKey)
    }

    /// The request, signed with the installation's key.
    package static func jwt(
        _ body: [UInt8],
        with key: RSAPrivateKey,
        issuer: String = Self.issuer,
        uniqueKey: String? = UUID().uuidString
    ) throws -> HTTPRequestText {
        let token = try CompactJWS.sign(claims: Self.claims(of: body, issuer: issuer), with: key)
        return Self.request(body, algorithm: "jwt", signature: token, uniqueKey: uniqueKey)
    }

    /// The claims of Lago's token: the body as a string, and who says so.
    package static func claims(of body: [UInt8], issuer: String? = Self.issuer) throws -> [UInt8] {
        var claims = ["data": String(decoding: body, as: UTF8.self)]
        claims["iss"] = issuer
        return [UInt8](try JSONEncoder().encode(claims))
    }

    package static func request(
        _ body: [UInt8],
        algorithm: String,
        signature: String,
        uniqueKey: String? = UUID().uuidString
    ) -> HTTPRequestText {
        var headers = [
            (name: "Content-Type", value: "application/json"), (name: "X-Lago-Signature", value: signature),
            (name: "X-Lago-Signature-Algorithm", value: algorithm),
        ]
        if let uniqueKey { headers.append((name: "X-Lago-Unique-Key", value: uniqueKey)) }
        return HTTPRequestText("POST", "/webhooks/lago", headers: headers, body: body)
    }
}
