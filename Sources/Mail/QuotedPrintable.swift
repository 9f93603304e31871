/// The quoted-printable encoding of text (RFC 2045, 6.7): what stays readable, and survives every mail server.
enum QuotedPrintable {
    private static let maximumLine = 76

    /// Encodes `text` as UTF-8. Line ends of any kind become CRLF, and the last line gets one. NUL is dropped.
    ///
    /// No line of the result begins with `--` and a boundary that holds `=_`, because `=` is always escaped.
    static func encode(_ text: String) -> [UInt8] {
        var output: [UInt8] = []
        output.reserveCapacity(text.utf8.count * 5 / 4)
        var line: [UInt8] = []
        var bytes = text.utf8.makeIterator()
        var previous: UInt8 = 0
        while let byte = bytes.next() {
            defer { previous = byte }
            switch byte {
            case 0x0a where previous == 0x0d, 0: continue
            case 0x0a, 0x0d:
                output += Self.encode(line: line)
                line = []
            default: line.append(byte)
            }
        }
        if !line.isEmpty { output += Self.encode(line: line) }
        return output
    }

    /// One line, broken softly where it is too long, ended by CRLF.
    private static func encode(line: [UInt8]) -> [UInt8] {
        var output: [UInt8] = []
        var width = 0
        for (index, byte) in line.enumerated() {
            let isLast = index == line.count - 1
            let piece = Self.piece(byte, isLast: isLast)
            // Room for the `=` of a soft break, which the line's last piece does not need.
            if width + piece.count > Self.maximumLine - (isLast ? 0 : 1) {
                output += [UInt8(ascii: "="), 0x0d, 0x0a]
                width = 0
            }
            output += piece
            width += piece.count
        }
        return output + [0x0d, 0x0a]
    }

    private static func piece(_ byte: UInt8, isLast: Bool) -> [UInt8] {
        switch byte {
        case UInt8(ascii: " "), UInt8(ascii: "\t"): isLast ? Self.escape(byte) : [byte]
        case UInt8(ascii: "="): Self.escape(byte)
        case 0x21...0x7e: [byte]
        default: Self.escape(byte)
        }
    }

    private static func escape(_ byte: UInt8) -> [UInt8] {
        let digits = Array("0123456789ABCDEF".utf8)
        return [UInt8(ascii: "="), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
    }
}
