private import Signatures

/// What a mail is known by to everybody who handles it, with its angle brackets: `<…@billing.example.com>`.
package struct MessageID: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
    package let rawValue: String

    /// Takes what was kept in the store; nil for what is no message id of ours, by its form.
    package init?(rawValue: String) {
        guard rawValue.utf8.first == UInt8(ascii: "<"), rawValue.utf8.last == UInt8(ascii: ">") else { return nil }
        // By hand: a regular expression is compiled anew for each mail, which takes longer than the mail's MIME.
        let sides = rawValue.utf8.dropFirst().dropLast()
            .split(separator: UInt8(ascii: "@"), omittingEmptySubsequences: false)
        guard sides.count == 2, (1...128).contains(sides[0].count), (1...253).contains(sides[1].count),
            sides[0].allSatisfy({ Self.isDomainText($0) || $0 == UInt8(ascii: "_") }),
            sides[1].allSatisfy(Self.isDomainText)
        else { return nil }
        self.rawValue = rawValue
    }

    private static func isDomainText(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "-"):
            true
        default: false
        }
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

    /// An id of the same domain as another mail's.
    package static func make(_ key: String, like other: String) throws -> MessageID {
        try self.make(key, domain: String(other.split(separator: "@").last?.dropLast() ?? ""))
    }

    /// What stands before the `@`.
    package var local: String { String(self.rawValue.dropFirst().prefix { $0 != "@" }) }

    package var description: String { self.rawValue }
}
