private import Foundation
private import Signatures

/// Decides whether a report comes from the mail provider: by a secret that both know, or by the provider's signature.
///
/// - A secret that is shared comes as the password of HTTP Basic authentication, or as `?secret=` in the URL.
/// - Mailgun signs a timestamp and a token with its signing key, and the rest of the body not at all: a token counts
///   once, within 15 minutes of its timestamp.
/// - Resend signs the body, its id and its time with a key that is written `whsec_…`, and counts within 5 minutes.
struct MailReportVerifier: Sendable {
    /// What a request brings along to be believed.
    struct Claim: Sendable {
        /// The header `Authorization`.
        var authorization: String?
        /// `secret` of the URL's query, decoded.
        var querySecret: String?
        /// The headers `svix-id`, `svix-timestamp` and `svix-signature`.
        var id: String?
        var timestamp: String?
        var signatures: String?

        /// Whether there is nothing to be right or wrong outside of the body.
        var isEmpty: Bool { self.authorization == nil && self.querySecret == nil && self.signatures == nil }
    }

    /// What let a report in.
    struct Pass: Sendable {
        /// A token that counts once; nil where there is none.
        let token: String?
    }

    /// In seconds.
    private static let (mailgunWindow, resendWindow): (Int64, Int64) = (900, 300)

    private let secret: [UInt8]
    /// The key in a secret that is written `whsec_` and base64.
    private let resendKey: [UInt8]?
    private let tokens = TokenMemory()

    /// - Parameter secret: not empty.
    init(secret: String) {
        precondition(!secret.isEmpty, "an empty secret keeps nobody out")
        self.secret = Array(secret.utf8)
        let prefix = "whsec_"
        let key = secret.hasPrefix(prefix) ? Base64.decode(String(secret.dropFirst(prefix.count))) : nil
        self.resendKey = key?.isEmpty == false ? key : nil
    }

    /// - Parameter now: Unix milliseconds.
    /// - Throws: `Rejection.signature`; `SignatureError` when libcrypto fails.
    func verify(_ body: [UInt8], from provider: MailProvider, _ claim: Claim, at now: Int64) throws -> Pass {
        if self.isShared(claim) { return Pass(token: nil) }
        switch provider {
        case .mailgun:
            return Pass(token: try self.mailgunToken(in: body, at: now))
        case .resend:
            guard try self.isSigned(body, claim, at: now) else { throw Rejection.signature }
            return Pass(token: nil)
        case .ses, .postmark, .sendgrid:
            throw Rejection.signature
        }
    }

    /// Lets a report in again that was let in and could not be kept.
    func takeBack(_ pass: Pass) {
        if let token = pass.token { self.tokens.giveBack(token) }
    }

    // MARK: - The ways

    private func isShared(_ claim: Claim) -> Bool {
        if let secret = claim.querySecret, ConstantTime.equal(Array(secret.utf8), self.secret) { return true }
        guard let words = claim.authorization?.split(separator: " ", maxSplits: 1), words.count == 2,
            words[0].lowercased() == "basic",
            let credentials = Base64.decode(words[1].trimmingCharacters(in: .whitespaces)),
            let colon = credentials.firstIndex(of: UInt8(ascii: ":"))
        else { return false }
        return ConstantTime.equal(Array(credentials[(colon + 1)...]), self.secret)
    }

    private func mailgunToken(in body: [UInt8], at now: Int64) throws -> String {
        guard let claim = MailgunReports.signature(in: body),
            let seconds = Self.time(claim.timestamp, within: Self.mailgunWindow, of: now),
            let signature = Self.bytes(hexadecimal: claim.signature)
        else { throw Rejection.signature }
        let digest = try HMACSHA256.digest(of: Array((claim.timestamp + claim.token).utf8), key: self.secret)
        guard ConstantTime.equal(signature, digest) else { throw Rejection.signature }
        let end = (seconds + Self.mailgunWindow) * 1000 + 999
        guard self.tokens.take(claim.token, until: end, at: now) else { throw Rejection.signature }
        return claim.token
    }

    private func isSigned(_ body: [UInt8], _ claim: Claim, at now: Int64) throws -> Bool {
        guard let key = self.resendKey, let id = claim.id, let timestamp = claim.timestamp,
            let signatures = claim.signatures, Self.time(timestamp, within: Self.resendWindow, of: now) != nil
        else { return false }
        let digest = try HMACSHA256.digest(of: Array("\(id).\(timestamp).".utf8) + body, key: key)
        // One for each key, while keys change.
        return signatures.split(separator: " ").contains { signature in
            guard signature.hasPrefix("v1,"), let bytes = Base64.decode(String(signature.dropFirst(3))) else {
                return false
            }
            return ConstantTime.equal(bytes, digest)
        }
    }

    /// Reads Unix seconds; nil where they are further from `now`, in milliseconds, than the window.
    private static func time(_ text: String, within window: Int64, of now: Int64) -> Int64? {
        guard let seconds = Int64(text), (now / 1000 - window...now / 1000 + window).contains(seconds) else {
            return nil
        }
        return seconds
    }

    private static func bytes(hexadecimal text: String) -> [UInt8]? {
        let digits = text.utf8.compactMap { Character(UnicodeScalar($0)).hexDigitValue.map(UInt8.init) }
        guard digits.count == text.utf8.count, digits.count.isMultiple(of: 2) else { return nil }
        return stride(from: 0, to: digits.count, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
    }
}
