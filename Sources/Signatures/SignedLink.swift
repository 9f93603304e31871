/// What a signed link allows: one thing, for one subject, until it expires.
package struct SignedLink: Hashable, Sendable {
    /// The one thing; the value is the first part of the link's path.
    package enum Purpose: String, Hashable, Sendable, CaseIterable {
        case unsubscribe = "u"
        case resume = "r"
        case invoice = "i"
        case signIn = "s"
    }

    package let purpose: Purpose
    /// Whom or what it is about, in an order that the purpose's reader knows; at most 255 of 65,535 bytes each. They are
    /// signed, not hidden: whoever has the link can read them.
    package let fields: [String]
    /// From when on it is no longer good, in milliseconds since 1970.
    package let expiresAt: Int64

    package init(purpose: Purpose, fields: [String], expiresAt: Int64) {
        self.purpose = purpose
        self.fields = fields
        self.expiresAt = expiresAt
    }
}

/// Why a link's token was not accepted.
package enum SignedLinkError: Error, Hashable, Sendable, CustomStringConvertible {
    /// Not a token of ours: cut off, garbled, or of a key that is no longer in use.
    case invalid
    /// A token of ours whose time is over.
    case expired
    /// A token of ours for something else.
    case wrongPurpose

    package var description: String {
        switch self {
        case .invalid: "the link is not valid"
        case .expired: "the link has expired"
        case .wrongPurpose: "the link is for something else"
        }
    }

    /// One of a closed set of words, for metrics.
    package var label: String {
        switch self {
        case .invalid: "invalid"
        case .expired: "expired"
        case .wrongPurpose: "wrong_purpose"
        }
    }
}

/// Makes the links in mails, and opens them again.
///
/// A token is base64url of: a version byte, the purpose's letter, the expiry (8 bytes), each field with its length
/// (2 bytes) before it, and the HMAC-SHA256 of all that. It needs no store, and cannot be taken back before it expires.
package struct LinkSigner: Sendable {
    private static let version: UInt8 = 1
    private static let digestSize = 32
    private let key: [UInt8]
    private let publicURL: String

    /// - Parameters:
    ///   - key: at least 32 unpredictable bytes, kept for as long as links are to be good.
    ///   - publicURL: `PUBLIC_URL`, without a slash at its end.
    /// - Throws: `SignatureError.malformed` for a shorter key.
    package init(key: [UInt8], publicURL: String) throws(SignatureError) {
        guard key.count >= 32 else { throw .malformed(what: "the key of signed links") }
        self.key = key
        self.publicURL = publicURL
    }

    /// The whole address: `PUBLIC_URL`, the purpose's path and the token.
    package func url(_ link: SignedLink) throws(SignatureError) -> String {
        "\(self.publicURL)/\(link.purpose.rawValue)/\(try self.token(link))"
    }

    /// The token alone: letters, digits, `-` and `_`.
    package func token(_ link: SignedLink) throws(SignatureError) -> String {
        guard link.fields.count <= 255, link.fields.allSatisfy({ $0.utf8.count <= 65_535 }) else {
            throw .malformed(what: "a field of a signed link")
        }
        var bytes: [UInt8] = [Self.version] + Array(link.purpose.rawValue.utf8)
        bytes += (0..<8).reversed().map { UInt8(truncatingIfNeeded: link.expiresAt >> ($0 * 8)) }
        for field in link.fields {
            bytes += [UInt8(field.utf8.count >> 8), UInt8(field.utf8.count & 0xff)] + Array(field.utf8)
        }
        return Base64.encodeURL(bytes + (try self.digest(of: bytes)))
    }

    /// The link that `token` stands for, once its signature, purpose and expiry are found good, in this order.
    ///
    /// - Parameter now: milliseconds since 1970.
    package func open(_ token: String, for purpose: SignedLink.Purpose, now: Int64) throws(SignedLinkError)
        -> SignedLink
    {
        guard token.utf8.count <= 8192, let bytes = Base64.decodeURL(token[...]), Base64.encodeURL(bytes) == token,
            bytes.count >= 10 + Self.digestSize
        else { throw .invalid }
        let payload = Array(bytes.dropLast(Self.digestSize))
        guard let digest = try? self.digest(of: payload),
            ConstantTime.equal(digest, Array(bytes.suffix(Self.digestSize))), let link = Self.read(payload)
        else { throw .invalid }
        guard link.purpose == purpose else { throw .wrongPurpose }
        guard now < link.expiresAt else { throw .expired }
        return link
    }

    private static func read(_ payload: [UInt8]) -> SignedLink? {
        guard payload[0] == Self.version,
            let purpose = SignedLink.Purpose(rawValue: String(decoding: payload[1...1], as: UTF8.self))
        else { return nil }
        let expiry = payload[2..<10].reduce(Int64(0)) { ($0 << 8) | Int64($1) }
        var fields: [String] = []
        var rest = payload[10...]
        while rest.count >= 2 {
            let size = Int(rest[rest.startIndex]) << 8 | Int(rest[rest.startIndex + 1])
            rest = rest.dropFirst(2)
            guard rest.count >= size else { return nil }
            fields.append(String(decoding: rest.prefix(size), as: UTF8.self))
            rest = rest.dropFirst(size)
        }
        return rest.isEmpty ? SignedLink(purpose: purpose, fields: fields, expiresAt: expiry) : nil
    }

    /// The words before the payload keep this use of the key apart from any other.
    private func digest(of payload: [UInt8]) throws(SignatureError) -> [UInt8] {
        try HMACSHA256.digest(of: Array("sluice signed link\0".utf8) + payload, key: self.key)
    }
}
