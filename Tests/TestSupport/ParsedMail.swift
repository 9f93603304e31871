import Foundation

/// A mail as Python's `email` package understands it.
package struct ParsedMail: Decodable, Sendable {
    package struct Part: Decodable, Sendable {
        package let type: String
        package let text: String
    }

    package struct File: Decodable, Sendable {
        package let type: String
        package let name: String
        private let base64: String

        package var bytes: [UInt8] { Data(base64Encoded: self.base64).map { [UInt8]($0) } ?? [] }
    }

    /// Name and decoded value, in order.
    package let headers: [[String]]
    /// Display name and address.
    package let from: [[String]]
    package let to: [[String]]
    package let replyTo: [[String]]
    package let parts: [Part]
    package let files: [File]
    package let type: String
    /// ISO 8601.
    package let date: String
    package let longestLine: Int
    package let bareLineEnds: Int
    package let isASCII: Bool
    package let defects: [String]

    /// Has `parse_mail.py` read the mail.
    package init(_ mail: [UInt8]) async throws {
        let folder = try TemporaryFolder()
        let input = folder.path("mail.eml")
        try Data(mail).write(to: URL(filePath: input))
        self = try await Self.parse(input, in: folder)
    }

    /// Reads many mails in one process; what comes back is in the same order.
    package static func batch(_ mails: [[UInt8]]) async throws -> [ParsedMail] {
        let folder = try TemporaryFolder()
        let input = folder.url.appending(path: "mails")
        try FileManager.default.createDirectory(at: input, withIntermediateDirectories: false)
        for (index, mail) in mails.enumerated() {
            try Data(mail).write(to: input.appending(path: String(format: "%08d.eml", index)))
        }
        return try await Self.parse(input.path(percentEncoded: false), in: folder)
    }

    private static func parse<Value: Decodable>(_ input: String, in folder: TemporaryFolder) async throws -> Value {
        let output = folder.path("mail.json")
        let script = HelperServer.scripts.appending(path: "parse_mail.py").path(percentEncoded: false)
        try await HelperServer.run(["sh", "-c", "python3 \"$0\" \"$1\" >\"$2\"", script, input, output])
        return try JSONDecoder().decode(Value.self, from: Data(contentsOf: URL(filePath: output)))
    }

    /// The first part as a person reads it: a space is a space, also one at which no line may break.
    package var plainText: String? { self.parts.first?.text.replacingOccurrences(of: "\u{A0}", with: " ") }

    /// The values of a header, in order.
    package subscript(_ name: String) -> [String] {
        self.headers.filter { $0.first?.lowercased() == name.lowercased() }.compactMap(\.last)
    }
}
