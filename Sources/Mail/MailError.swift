/// Why a message cannot be put together, or its folder not be written. Trying the same again does not help.
package enum MailError: Error, Hashable, Sendable, CustomStringConvertible {
    /// A line break or another control character in what is to be a header; the name of the header.
    case controlCharacter(header: String)
    /// A header that is longer than a line may be, and cannot be folded.
    case headerTooLong(header: String)
    /// A header or a part that must say something says nothing.
    case empty(what: String)
    /// The folder of `.eml` files, and the system's words.
    case folder(path: String, message: String)
    /// Mails cannot be signed: libcrypto's or the key's fault.
    case signature(message: String)

    /// One of a closed set of words, for metrics.
    package var label: String {
        switch self {
        case .controlCharacter: "control_character"
        case .headerTooLong: "header_too_long"
        case .empty: "empty"
        case .folder: "folder"
        case .signature: "signature"
        }
    }

    package var description: String {
        switch self {
        case .controlCharacter(let header): "the mail's \(header) has a line break or another control character in it"
        case .headerTooLong(let header): "the mail's \(header) is longer than a line of a mail may be"
        case .empty(let what): "the mail's \(what) is empty"
        case .folder(let path, let message): "the mail folder \(path) cannot be written: \(message)"
        case .signature(let message): "mails cannot be signed: \(message)"
        }
    }
}
