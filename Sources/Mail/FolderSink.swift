private import Foundation
private import Transport

/// Writes messages into a folder, one `.eml` file each, for demo and development.
package struct FolderSink: Sendable {
    package let path: String

    /// Makes the folder where it is missing.
    ///
    /// - Throws: `MailError.folder` when it cannot be made or written.
    package init(path: String) throws(MailError) {
        self.path = path
        do {
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        } catch {
            throw .folder(path: path, message: error.localizedDescription)
        }
        guard FileManager.default.isWritableFile(atPath: path) else {
            throw .folder(path: path, message: "permission denied")
        }
    }

    /// Writes the message whole or not at all; the same message again replaces its file.
    package func send(_ bytes: [UInt8], of message: MailMessage) -> MailOutcome {
        do {
            let file = URL(fileURLWithPath: self.path).appendingPathComponent(Self.fileName(of: message))
            try Data(bytes).write(to: file, options: .atomic)
            return .sent(SMTPReply(code: 250, text: "2.0.0 written to \(file.lastPathComponent)"))
        } catch {
            return .relayUnavailable(reason: "folder: \(error.localizedDescription)", reply: nil)
        }
    }

    /// Whether the folder can be written.
    package func probe() -> MailOutcome? {
        FileManager.default.isWritableFile(atPath: self.path)
            ? nil : .relayUnavailable(reason: "folder: \(self.path) cannot be written", reply: nil)
    }

    /// `<timestamp>-<kind>-<id>.eml`; nothing in it can leave the folder.
    package static func fileName(of message: MailMessage) -> String {
        let kind = message.kind.filter { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") }
        return "\(MailDate.fileName(milliseconds: message.date))-\(kind)-\(message.id.local).eml"
    }
}
