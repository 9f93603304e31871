private import Signatures

/// One header, checked, encoded and folded: `Name: value`, lines up to 78 where they can be, never above 998.
enum HeaderText {
    private static let softLimit = 78
    private static let hardLimit = 998
    /// Bytes of text in one encoded word, so that it stays within its 75 characters: `=?UTF-8?B?` and `?=` take 12.
    private static let bytesPerWord = 45

    /// A header of text that people read, such as the subject (RFC 2047 where it is beyond ASCII).
    static func unstructured(_ name: String, _ text: String) throws(MailError) -> String {
        try Self.check(name, text)
        return try Self.folded(name, Self.needsEncoding(text) ? Self.encodedWords(text) : Self.words(text))
    }

    /// A header whose value is one token or several, parted by blanks, in ASCII.
    static func structured(_ name: String, _ tokens: [String]) throws(MailError) -> String {
        for token in tokens {
            try Self.check(name, token)
            guard token.utf8.allSatisfy({ $0 < 0x80 }) else { throw .controlCharacter(header: name) }
        }
        return try Self.folded(name, tokens)
    }

    /// The pieces of a mailbox: the name as a phrase, then the address in brackets; without a name, the address.
    static func mailbox(name: String?, address: String, header: String) throws(MailError) -> [String] {
        guard let name, !name.isEmpty else { return [address] }
        try Self.check(header, name)
        if Self.needsEncoding(name) { return Self.encodedWords(name) + ["<\(address)>"] }
        return Self.words("\"\(Self.escaped(name))\"") + ["<\(address)>"]
    }

    /// As it stands between quotation marks.
    private static func escaped(_ name: String) -> String {
        guard name.utf8.contains(where: { $0 == UInt8(ascii: "\\") || $0 == UInt8(ascii: "\"") }) else { return name }
        return name.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
    }

    /// Refuses what would end the header, or hide in it.
    private static func check(_ header: String, _ text: String) throws(MailError) {
        // Nearly all text is this, and needs no look at Unicode's tables.
        if text.utf8.allSatisfy({ (0x20..<0x7f).contains($0) }) { return }
        for scalar in text.unicodeScalars {
            switch scalar.properties.generalCategory {
            case .control, .lineSeparator, .paragraphSeparator: throw .controlCharacter(header: header)
            default: continue
            }
        }
    }

    /// Text beyond ASCII, text that looks encoded, and words that no line could hold.
    private static func needsEncoding(_ text: String) -> Bool {
        let (equals, blank) = (UInt8(ascii: "="), UInt8(ascii: " "))
        // As if a blank stood before the first byte: two in a row are one too many, there as anywhere.
        var (previous, length) = (blank, 0)
        for byte in text.utf8 {
            length = byte == blank ? 0 : length + 1
            if byte >= 0x80 || length > 70 || (byte == blank && previous == blank) { return true }
            if byte == UInt8(ascii: "?"), previous == equals { return true }
            previous = byte
        }
        return previous == blank && !text.isEmpty
    }

    private static func words(_ text: String) -> [String] {
        text.split(separator: " ").map(String.init)
    }

    /// `text` in encoded words; no character is divided between two, unless it alone is longer than one.
    private static func encodedWords(_ text: String) -> [String] {
        var words: [String] = []
        var piece: [UInt8] = []
        let units = text.flatMap { character in
            let isShort = character.utf8.count <= Self.bytesPerWord
            return isShort ? [Array(character.utf8)] : character.unicodeScalars.map { Array(String($0).utf8) }
        }
        for bytes in units {
            if piece.count + bytes.count > Self.bytesPerWord {
                words.append("=?UTF-8?B?\(Base64.encode(piece))?=")
                piece = []
            }
            piece += bytes
        }
        return words + ["=?UTF-8?B?\(Base64.encode(piece))?="]
    }

    /// Puts the pieces on lines, with a blank between two, and a break before the blank where the line is full.
    private static func folded(_ name: String, _ pieces: [String]) throws(MailError) -> String {
        var lines = ["\(name):"]
        for piece in pieces {
            let last = lines[lines.count - 1]
            // The first piece stays beside the name: a line of blanks alone, or a name alone, confuses old programs.
            if lines.count > 1 || last.utf8.count > name.utf8.count + 1,
                last.utf8.count + 1 + piece.utf8.count > Self.softLimit
            {
                lines.append(" \(piece)")
            } else {
                lines[lines.count - 1] = "\(last) \(piece)"
            }
        }
        guard lines.allSatisfy({ $0.utf8.count <= Self.hardLimit }) else { throw .headerTooLong(header: name) }
        return lines.joined(separator: "\r\n") + "\r\n"
    }
}
