import Foundation
import Receiver
import Signatures
import Store
import Telemetry
import TestSupport

/// The endpoint of mail reports over a store of its own, with a stand-in for Amazon's answer to a confirmation.
struct MailReportStage {
    static let secret = "0f3b9c+ä=5e&7d"
    /// 08:00 of a day in November.
    static let now: Int64 = 1_763_884_800_000

    let receiver: ReceiverFixture
    /// URLs that were asked for.
    let asked = Record<String>()

    init(now: Int64? = Self.now) async throws {
        self.receiver = try await ReceiverFixture(now: now)
    }

    /// Serves the endpoint while `body` runs with its port.
    ///
    /// - Parameter status: how a confirmation is answered.
    func serving<Result>(
        secret: String = Self.secret,
        status: Int = 200,
        body: (Int) async throws -> Result
    ) async throws -> Result {
        try await self.receiver.serving(
            adding: { router, rejections, logger in
                MailReportRoutes(
                    secret: secret,
                    store: self.receiver.store,
                    rejections: rejections,
                    metrics: self.receiver.registry,
                    logger: logger,
                    confirm: { [asked] url in
                        asked.add(url)
                        return status
                    },
                    now: { [receiver] in receiver.now }
                ).add(to: router)
            },
            body: body
        )
    }

    /// What stops mail of every kind, as `address reason`, in the order of addresses.
    func suppressed() async throws -> [String] {
        try await self.receiver.store.suppressions(limit: 1000).filter { $0.kind == nil }.map {
            "\($0.address) \($0.reason.rawValue)"
        }
    }

    /// The count of a provider's reports of a kind.
    func count(_ provider: String, _ kind: String) -> Int {
        let name = #"sluice_mail_reports_total{provider="\#(provider)",kind="\#(kind)"} "#
        let line = self.receiver.registry.exposition().split(separator: "\n").first { $0.hasPrefix(name) }
        return line.flatMap { Int($0.dropFirst(name.count)) } ?? 0
    }

    // MARK: - Requests

    /// With the secret as the password of HTTP Basic.
    static func basic(_ provider: String, _ body: String, password: String = Self.secret) -> HTTPRequestText {
        let credentials = Base64.encode(Array("provider:\(password)".utf8))
        return self.bare(provider, body).with("Authorization", "Basic \(credentials)")
    }

    /// With the secret in the URL.
    static func query(_ provider: String, _ body: String, secret: String = Self.secret) -> HTTPRequestText {
        var allowed = CharacterSet.alphanumerics
        allowed.insert(charactersIn: "-._~")
        var request = self.bare(provider, body)
        request.target += "?from=x&secret=" + (secret.addingPercentEncoding(withAllowedCharacters: allowed) ?? "")
        return request
    }

    /// With nothing to be believed by.
    static func bare(_ provider: String, _ body: String) -> HTTPRequestText {
        HTTPRequestText(
            "POST",
            "/webhooks/mail/\(provider)",
            headers: [("Content-Type", "application/json")],
            body: Array(body.utf8)
        )
    }

    /// Mailgun's own signature of a timestamp and a token.
    static func mailgunSignature(
        at time: Int64 = Self.now / 1000,
        token: String = UUID().uuidString,
        key: String = Self.secret
    ) throws -> [String: String] {
        let digest = try HMACSHA256.digest(of: Array("\(time)\(token)".utf8), key: Array(key.utf8))
        let text = digest.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
        return ["timestamp": "\(time)", "token": token, "signature": text]
    }

    /// Resend's request, signed with a key.
    static func resend(
        _ body: String,
        at time: Int64 = Self.now / 1000,
        id: String = "msg_2f1c6c3a",
        key: [UInt8]
    ) throws -> HTTPRequestText {
        let digest = try HMACSHA256.digest(of: Array("\(id).\(time).\(body)".utf8), key: key)
        return self.bare("resend", body).with("svix-id", id).with("svix-timestamp", "\(time)")
            .with("svix-signature", "v1,\(Base64.encode(digest))")
    }
}
