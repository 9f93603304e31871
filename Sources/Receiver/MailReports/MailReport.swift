private import Foundation
private import Settings
internal import Store

/// What a mail provider says of mail to one address.
struct MailReport: Hashable, Sendable {
    enum Kind: String, Sendable {
        /// It came back for good: there is nobody, or nobody who is ever let through to.
        case bounced
        /// Its reader called it spam.
        case complained
        /// It came back this time: a full mailbox, a server that is away, a message that was not liked.
        case soft

        /// Why the address gets no more mail; nil where it does.
        var reason: SuppressionReason? {
            switch self {
            case .bounced: .bounced
            case .complained: .complained
            case .soft: nil
            }
        }
    }

    /// As messages have it: without a name, its domain in ASCII.
    let address: String
    let kind: Kind
    /// The provider's words, on one line.
    let words: String?

    /// - Parameters:
    ///   - text: an address, or a name and an address in angle brackets; nil for one that no mail is ever sent to.
    ///   - words: what the provider says of it, part by part.
    init?(_ kind: Kind, to text: String?, words: [String?]) {
        guard let text, let mailbox = try? Mailbox(text) else { return nil }
        self.address = mailbox.address.text
        self.kind = kind
        let parts = words.compactMap { $0.map(Self.line) }.filter { !$0.isEmpty }
        self.words = parts.isEmpty ? nil : parts.joined(separator: ": ")
    }

    private static func line(_ text: String) -> String {
        let limit = Suppression.detailLimit
        return text.unicodeScalars.prefix(limit).split { $0.properties.isWhitespace || $0.value < 0x20 }
            .map { String($0) }.joined(separator: " ")
    }
}

/// Reading what providers send.
enum ReportJSON {
    /// - Throws: `UnreadableReport` where it is no JSON, or of another shape.
    static func decode<Value: Decodable>(_ type: Value.Type, from body: [UInt8]) throws(UnreadableReport) -> Value {
        do {
            return try JSONDecoder().decode(type, from: Data(body))
        } catch {
            throw UnreadableReport("the body is not what this provider sends")
        }
    }
}

/// An element of a list that may be of a shape of its own, which then says nothing.
struct Lenient<Value: Decodable>: Decodable {
    let value: Value?

    init(from decoder: any Decoder) throws {
        self.value = try? Value(from: decoder)
    }
}
