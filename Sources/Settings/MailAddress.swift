private import Foundation

/// The address of one mailbox, fit for the envelope and for a header: `local@domain`, in ASCII.
///
/// - Shape: a dot-atom of RFC 5321 before the `@`, at most 64 bytes; a host name of at most 253 bytes after it. A domain
///   beyond ASCII is kept in its ASCII form (`xn--…`). Quoted local parts and address literals are not taken: no
///   customer has one, and every sender of injected headers likes them.
package struct MailAddress: Hashable, Sendable, CustomStringConvertible {
    package let local: String
    /// In lower case.
    package let domain: String

    package var text: String { "\(self.local)@\(self.domain)" }
    package var description: String { self.text }

    /// Reads an address; blanks around it do not count.
    ///
    /// - Throws: `MailAddressError`, which says what is wrong with it.
    package init(_ text: String) throws(MailAddressError) {
        let text = Self.trimmed(text)
        guard !text.isEmpty else { throw .empty }
        guard !text.unicodeScalars.contains(where: Self.isForbidden) else { throw .controlCharacter }
        guard let at = text.lastIndex(of: "@") else { throw .noAt }
        let local = String(text[..<at])
        guard local.utf8.allSatisfy({ $0 < 0x80 }) else { throw .localPartNotASCII }
        // Some programs decode what looks like an encoded word (RFC 2047) also where none may be, and "=?" begins one.
        guard local.utf8.count <= 64, Self.isDotAtom(local), !local.contains("=?") else { throw .localPart }
        guard let domain = DomainName.ascii(String(text[text.index(after: at)...])) else { throw .domain }
        guard local.utf8.count + domain.utf8.count < 254 else { throw .tooLong }
        self.local = local
        self.domain = domain
    }

    private init(local: String, domain: String) {
        self.local = local
        self.domain = domain
    }

    /// The sender where none is set: fit for a mail folder.
    static let billingAtLocalhost = MailAddress(local: "billing", domain: "localhost")

    /// Without blanks around it. That there are none is seen at its ends, before Foundation is asked.
    private static func trimmed(_ text: String) -> String {
        let blanks: [UInt8?] = [UInt8(ascii: " "), UInt8(ascii: "\t")]
        guard blanks.contains(text.utf8.first) || blanks.contains(text.utf8.last) else { return text }
        return text.trimmingCharacters(in: CharacterSet(charactersIn: " \t"))
    }

    /// Controls, among them CR, LF and NUL, and the line ends of Unicode.
    private static func isForbidden(_ scalar: Unicode.Scalar) -> Bool {
        if (0x20..<0x7f).contains(scalar.value) { return false }
        return switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate: true
        default: false
        }
    }

    /// RFC 5322, 3.2.3: atoms with single dots between them.
    private static func isDotAtom(_ text: String) -> Bool {
        text.split(separator: ".", omittingEmptySubsequences: false).allSatisfy { atom in
            !atom.isEmpty && atom.utf8.allSatisfy(self.isAtomText)
        }
    }

    private static func isAtomText(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: "!#$%&'*+-/=?^_`{|}~".utf8.contains(byte)
        }
    }
}

/// Why a text is no address that mail can be sent to. No case repeats the address.
package enum MailAddressError: Error, Hashable, Sendable, CustomStringConvertible {
    case empty
    case controlCharacter
    case noAt
    case localPartNotASCII
    case localPart
    case domain
    case tooLong

    package var description: String {
        switch self {
        case .empty: "there is no address"
        case .controlCharacter: "the address has a control character in it"
        case .noAt: "the address has no @"
        case .localPartNotASCII: "the part before the @ has letters beyond ASCII, which few mail servers take"
        case .localPart: "the part before the @ is not a name that mail servers take"
        case .domain: "the part after the @ is not a host name"
        case .tooLong: "the address is longer than 254 characters"
        }
    }

    /// One of a closed set of words, for metrics.
    package var label: String {
        switch self {
        case .empty: "empty"
        case .controlCharacter: "control_character"
        case .noAt: "no_at"
        case .localPartNotASCII: "local_part_not_ascii"
        case .localPart: "local_part"
        case .domain: "domain"
        case .tooLong: "too_long"
        }
    }
}

/// What was found in a list of addresses.
package struct MailAddressList: Hashable, Sendable {
    /// An entry that no mail can be sent to.
    package struct Broken: Hashable, Sendable {
        /// As it stood in the list.
        package let text: String
        package let error: MailAddressError
    }

    /// In the order of the list, each once.
    package let addresses: [MailAddress]
    package let broken: [Broken]

    /// Splits a customer's `email`, which in Lago may hold several addresses with commas between them.
    ///
    /// Semicolons separate, too; empty entries do not count. Two addresses that differ in the case of their letters
    /// alone are one. Nil and blank lists are empty: a customer without an address.
    package init(_ text: String?) {
        var addresses: [MailAddress] = []
        var broken: [Broken] = []
        var seen: Set<String> = []
        for entry in (text ?? "").split(whereSeparator: { $0 == "," || $0 == ";" }) {
            let entry = entry.trimmingCharacters(in: CharacterSet(charactersIn: " \t"))
            guard !entry.isEmpty else { continue }
            do throws(MailAddressError) {
                let address = try MailAddress(entry)
                if seen.insert(address.text.lowercased()).inserted { addresses.append(address) }
            } catch {
                broken.append(Broken(text: entry, error: error))
            }
        }
        self.addresses = addresses
        self.broken = broken
    }
}

/// An address with the name that mail programs show.
package struct Mailbox: Hashable, Sendable {
    package var name: String?
    package var address: MailAddress

    package init(name: String? = nil, address: MailAddress) {
        self.name = name
        self.address = address
    }

    /// Reads `Ada Lovelace <ada@example.com>`, `"Lovelace, Ada" <ada@example.com>` or an address alone.
    package init(_ text: String) throws(MailAddressError) {
        let text = text.trimmingCharacters(in: .whitespaces)
        guard text.hasSuffix(">"), let open = text.lastIndex(of: "<") else {
            self.init(address: try MailAddress(text))
            return
        }
        let address = try MailAddress(String(text[text.index(after: open)...].dropLast()))
        var name = text[..<open].trimmingCharacters(in: .whitespaces)
        if name.count >= 2, name.hasPrefix("\""), name.hasSuffix("\"") { name = String(name.dropFirst().dropLast()) }
        guard !name.unicodeScalars.contains(where: { $0.properties.generalCategory == .control }) else {
            throw .controlCharacter
        }
        self.init(name: name.isEmpty ? nil : name, address: address)
    }
}
