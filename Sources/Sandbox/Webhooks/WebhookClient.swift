import Foundation
import Transport

/// Sends one webhook the way Lago's worker does (`Net::HTTP` of Ruby).
struct WebhookClient: Sendable {
    let engine: TransferEngine
    /// For the whole exchange; Lago has as long for the connection and for the answer each.
    let timeout: Duration

    /// The status of the answer, or why there was none.
    struct Outcome: Sendable {
        let status: Int?
        let failure: String?
    }

    func post(
        _ delivery: SandboxDelivery,
        to endpoint: WebhookEndpoint,
        keys: WebhookKeys,
        issuer: String
    ) async -> Outcome {
        do {
            var signature = try keys.signature(of: delivery.body, algorithm: endpoint.algorithm, issuer: issuer)
            if delivery.hasBrokenSignature { signature = Self.broken(signature) }
            let request = TransferRequest(
                method: "POST",
                url: Self.withoutUser(endpoint.url),
                headers: Self.headers(
                    signature: signature,
                    algorithm: endpoint.algorithm.rawValue,
                    uniqueKey: delivery.key
                ),
                body: Array(delivery.body.utf8),
                hasEffect: true,
                deadline: self.timeout,
                connectDeadline: self.timeout
            )
            return Outcome(status: try await self.engine.send(request).status, failure: nil)
        } catch {
            return Outcome(status: nil, failure: "\(error)")
        }
    }

    /// Every header but `Host` and `Content-Length`: Ruby's defaults and Lago's own.
    static func headers(
        signature: String,
        algorithm: String,
        uniqueKey: String
    ) -> [(name: String, value: String)] {
        [
            ("Accept-Encoding", "gzip;q=1.0,deflate;q=0.6,identity;q=0.3"), ("Accept", "*/*"),
            ("User-Agent", "Ruby"), ("Content-Type", "application/json"), ("X-Lago-Signature", signature),
            ("X-Lago-Signature-Algorithm", algorithm), ("X-Lago-Unique-Key", uniqueKey), ("Connection", "close"),
        ]
    }

    /// Ruby's client takes no credentials from a URL: it leaves them out.
    private static func withoutUser(_ url: String) -> String {
        guard var parts = URLComponents(string: url), parts.user != nil else { return url }
        parts.user = nil
        parts.password = nil
        return parts.string ?? url
    }

    /// A signature of the same form and length that fits no body: one character near its end is another.
    private static func broken(_ signature: String) -> String {
        var characters = Array(signature)
        let index = max(0, characters.count - 10)
        guard index < characters.count else { return signature }
        characters[index] = characters[index] == "A" ? "B" : "A"
        return String(characters)
    }
}
