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
                Self.append(line, to: &output)
                line.removeAll(keepingCapacity: true)
            default: line.append(byte)
            }
        }
        if !line.isEmpty { Self.append(line, to: &output) }
        return output
    }

    /// Adds one line, broken softly where it is too long, ended by CRLF.
    private static func append(_ line: [UInt8], to output: inout [UInt8]) {
        var width = 0
        for (index, byte) in line.enumerated() {
            let isLast = index == line.count - 1
            let isPlain = Self.isPlain(byte, isLast: isLast)
            let count = isPlain ? 1 : 3
            // Room for the `=` of a soft break, which the line's last piece does not need.
            if width + count > Self.maximumLine - (isLast ? 0 : 1) {
                output += [UInt8(ascii: "="), 0x0d, 0x0a]
                width = 0
            }
            if isPlain {
                output.append(byte)
            } else {
                output += [UInt8(ascii: "="), Self.digit(byte >> 4), Self.digit(byte & 15)]
            }
            width += count
        }
        output += [0x0d, 0x0a]
    }

    /// Whether a byte stands for itself; a blank does not at a line's end, where mail servers drop it.
    private static func isPlain(_ byte: UInt8, isLast: Bool) -> Bool {
        switch byte {
        case UInt8(ascii: " "), UInt8(ascii: "\t"): !isLast
        case UInt8(ascii: "="): false
        default: (0x21...0x7e).contains(byte)
        }
    }

    private static func digit(_ nibble: UInt8) -> UInt8 {
        nibble < 10 ? UInt8(ascii: "0") + nibble : UInt8(ascii: "A") + nibble - 10
    }
}
