private import Foundation

/// A file that goes with a mail.
package struct MailAttachment: Hashable, Sendable {
    /// As the reader's program shows it: of other characters than ASCII letters, digits, `-`, `_` and `.`, each is a `-`.
    package let name: String
    /// `application/pdf`.
    package let type: String
    package let bytes: [UInt8]

    private static let plain = Set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.")

    package init(name: String, type: String, bytes: [UInt8]) {
        self.name = String(name.prefix(100).map { Self.plain.contains($0) ? $0 : "-" })
        self.type = type
        self.bytes = bytes
    }

    var headers: String {
        """
        Content-Type: \(self.type); name="\(self.name)"\r
        Content-Transfer-Encoding: base64\r
        Content-Disposition: attachment; filename="\(self.name)"
        """
    }

    /// In lines of 76 characters (RFC 2045, 6.8).
    var encoded: [UInt8] {
        let options: Data.Base64EncodingOptions = [
            .lineLength76Characters, .endLineWithCarriageReturn, .endLineWithLineFeed,
        ]
        return Array(Data(self.bytes).base64EncodedData(options: options)) + Array("\r\n".utf8)
    }
}
