private import Signatures

/// What a mail is known by to everybody who handles it, with its angle brackets: `<…@billing.example.com>`.
package struct MessageID: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
    package let rawValue: String

    /// Takes what was kept in the store; nil for what is no message id of ours, by its form.
    package init?(rawValue: String) {
        guard rawValue.wholeMatch(of: /<[A-Za-z0-9._\-]{1,128}@[A-Za-z0-9.\-]{1,253}>/) != nil else { return nil }
        self.rawValue = rawValue
    }

    private init(_ text: String) { self.rawValue = text }

    /// The id of the message of one row: the same for the same key and domain, and telling nobody the key.
    ///
    /// - Parameters:
    ///   - key: names the row among all rows of all time, as a UUID does.
    ///   - domain: of the sender's address.
    package static func make(_ key: String, domain: String) throws -> MessageID {
        let digest = try SHA256.digest(of: Array("sluice message\0\(key)".utf8))
        let hexadecimal = digest.prefix(20).map { byte in
            String(byte >> 4, radix: 16) + String(byte & 15, radix: 16)
        }
        guard let id = MessageID(rawValue: "<\(hexadecimal.joined())@\(domain)>") else {
            throw MailError.empty(what: "domain of the Message-ID")
        }
        return id
    }

    /// What stands before the `@`.
    package var local: String { String(self.rawValue.dropFirst().prefix { $0 != "@" }) }

    package var description: String { self.rawValue }
}
