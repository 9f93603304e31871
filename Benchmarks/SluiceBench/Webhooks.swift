import Foundation
import NIOCore
import Signatures

/// Prepared `POST` requests, whole to the last byte.
enum Webhooks {
    static let hmacKey = "2b1d0e3c-6a51-4f0e-9c43-7f5d8a6b9e10"
    static let organization = "0c7d6a52-51f4-4d0b-9a3e-6d1f0a9b7c11"

    /// A wallet webhook of 0.7 KiB; no two are alike.
    static func body(_ index: Int) -> [UInt8] {
        Array(
            """
            {"webhook_type":"wallet.updated","object_type":"wallet","organization_id":"\(organization)","wallet":\
            {"lago_id":"\(UUID().uuidString)","lago_customer_id":"3f2b8a90-77c1-4f0e-8d52-0b1c9e4a6d21",\
            "external_customer_id":"cust_\(index % 1000)","billing_entity_code":"acme","status":"active",\
            "currency":"EUR","name":"Prepaid","code":"prepaid","rate_amount":"1.0","credits_balance":"42.5",\
            "credits_ongoing_balance":"17.2","credits_ongoing_usage_balance":"25.3","balance_cents":\(index),\
            "ongoing_balance_cents":1720,"ongoing_usage_balance_cents":2530,"consumed_credits":"57.5",\
            "created_at":"2026-03-02T09:20:00Z","expiration_at":null,"last_balance_sync_at":"2026-08-01T07:30:10Z",\
            "terminated_at":null,"priority":50,"recurring_transaction_rules":[]}}
            """.utf8
        )
    }

    static func hmac(_ count: Int) throws -> [ByteBuffer] {
        try (0..<count).map { index in
            let body = self.body(index)
            let signature = Base64.encode(try HMACSHA256.digest(of: body, key: Array(self.hmacKey.utf8)))
            return self.request("/webhooks/lago", body, ("hmac", signature))
        }
    }

    static func jwt(_ count: Int, sign: (_ claims: [UInt8]) throws -> String) throws -> [ByteBuffer] {
        try (0..<count).map { index in
            let body = self.body(index)
            let claims = try JSONEncoder().encode(["data": String(decoding: body, as: UTF8.self), "iss": "bench"])
            return self.request("/webhooks/lago", body, ("jwt", try sign(Array(claims))))
        }
    }

    static func noop() -> [ByteBuffer] {
        [self.request("/bench/noop", self.body(0), ("hmac", String(repeating: "A", count: 44)))]
    }

    private static func request(
        _ path: String,
        _ body: [UInt8],
        _ signature: (algorithm: String, text: String)
    ) -> ByteBuffer {
        var request = ByteBuffer(
            string: """
                POST \(path) HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nUser-Agent: Ruby\r\n\
                Accept: */*\r\nX-Lago-Signature: \(signature.text)\r\nX-Lago-Signature-Algorithm: \(signature.algorithm)\r\n\
                X-Lago-Unique-Key: \(UUID().uuidString)\r\nContent-Length: \(body.count)\r\n\r\n
                """
        )
        request.writeBytes(body)
        return request
    }
}
