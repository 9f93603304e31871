/// Text of others, made fit for a line of a mail: a customer's name is whatever somebody typed.
enum CleanText {
    /// One line of at most `limit` characters: controls and line breaks become blanks, characters that turn the
    /// direction of reading are dropped, runs of blanks shrink. Nil when nothing is left.
    static func line(_ text: String?, limit: Int = 120) -> String? {
        guard let text else { return nil }
        if Self.isClean(text, limit: limit) { return text }
        var scalars = String.UnicodeScalarView()
        var (isBlank, count) = (true, 0)
        // A character may be made of any number of scalars: they are bounded, too.
        for scalar in text.unicodeScalars.prefix(limit * 32) {
            guard let kept = Self.replacement(of: scalar) else { continue }
            if kept == " ", isBlank { continue }
            isBlank = kept == " "
            scalars.append(kept)
            count += 1
            if count > limit * 8 { break }
        }
        if scalars.last == " " { scalars.removeLast() }
        var line = Self.separated(String(scalars))
        if line.count > limit { line = line.prefix(limit - 1) + "…" }
        return line.isEmpty ? nil : line
    }

    /// Whether nothing has to be done: plain ASCII with single blanks between the words, as most text is.
    private static func isClean(_ text: String, limit: Int) -> Bool {
        let blank = UInt8(ascii: " ")
        guard (1...limit).contains(text.utf8.count) else { return false }
        var previous = blank
        for byte in text.utf8 {
            guard (0x20..<0x7f).contains(byte), byte != blank || previous != blank else { return false }
            previous = byte
        }
        return previous != blank
    }

    private static func replacement(of scalar: Unicode.Scalar) -> Unicode.Scalar? {
        switch scalar.value {
        // Marks, embeddings, overrides and isolates of direction; byte order mark; the tags' plane.
        case 0x200E, 0x200F, 0x061C, 0x202A...0x202E, 0x2066...0x2069, 0xFEFF, 0xE0000...0xE007F: return nil
        default: break
        }
        switch scalar.properties.generalCategory {
        case .control, .lineSeparator, .paragraphSeparator, .spaceSeparator: return " "
        case .surrogate, .unassigned: return nil
        default: return scalar
        }
    }

    /// Takes away what clings to a character that HTML gives a meaning: swift-mustache escapes whole characters, and a
    /// quotation mark with an accent on it is another one to it, but not to a browser.
    private static func separated(_ text: String) -> String {
        let marks: Set<Unicode.Scalar> = ["<", ">", "&", "\"", "'"]
        var text = text
        while text.contains(where: { $0.unicodeScalars.count > 1 && $0.unicodeScalars.contains(where: marks.contains) })
        {
            var output = String.UnicodeScalarView()
            for character in text {
                let scalars = character.unicodeScalars
                let hasMark = scalars.count > 1 && scalars.contains(where: marks.contains)
                output.append(contentsOf: hasMark ? scalars.filter(marks.contains) : Array(scalars))
            }
            text = String(output)
        }
        return text
    }
}
