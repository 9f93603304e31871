/// The quoted-printable encoding of text (RFC 2045, 6.7): what stays readable, and survives every mail server.
enum QuotedPrintable {
    private static let maximumLine = 76

    /// Encodes `text` as UTF-8. Line ends of any kind become CRLF, and the last line gets one. NUL is dropped.
    ///
    /// No line of the result begins with `--` and a boundary that holds `=_`, because `=` is always escaped.
    static func encode(_ text: String) -> [UInt8] {
        let bytes = Array(text.utf8)
        var output: [UInt8] = []
        output.reserveCapacity(bytes.count * 5 / 4)
        var start = 0
        for (index, byte) in bytes.enumerated() where byte == 0x0a || byte == 0x0d {
            // The second half of a CRLF ends nothing.
            if byte == 0x0d || index == 0 || bytes[index - 1] != 0x0d {
                Self.append(Self.withoutNUL(bytes[start..<index]), to: &output)
            }
            start = index + 1
        }
        let last = Self.withoutNUL(bytes[start...])
        if !last.isEmpty { Self.append(last, to: &output) }
        return output
    }

    private static func withoutNUL(_ line: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        line.contains(0) ? line.filter { $0 != 0 }[...] : line
    }

    /// Adds one line, broken softly where it is too long, ended by CRLF.
    private static func append(_ line: ArraySlice<UInt8>, to output: inout [UInt8]) {
        var width = 0
        var index = line.startIndex
        while index < line.endIndex {
            // All that stands for itself, as far as there is room for it, at one go: byte by byte it took a twentieth of
            // the time of a mail.
            let room = min(index + Self.maximumLine - 1 - width, line.endIndex - 1)
            let end = line[index..<max(index, room)].firstIndex { !Self.isPlain($0, isLast: false) } ?? max(index, room)
            output.append(contentsOf: line[index..<end])
            width += end - index
            index = end
            width = Self.append(line[index], isLast: index == line.endIndex - 1, at: width, to: &output)
            index += 1
        }
        output.append(0x0d)
        output.append(0x0a)
    }

    /// Adds one byte, after a soft break where there is no room for it; returns how wide the line is then.
    private static func append(_ byte: UInt8, isLast: Bool, at width: Int, to output: inout [UInt8]) -> Int {
        let isPlain = Self.isPlain(byte, isLast: isLast)
        let count = isPlain ? 1 : 3
        // Room for the `=` of a soft break, which the line's last piece does not need.
        let isFull = width + count > Self.maximumLine - (isLast ? 0 : 1)
        if isFull { output.append(contentsOf: [UInt8(ascii: "="), 0x0d, 0x0a]) }
        if isPlain {
            output.append(byte)
        } else {
            output.append(UInt8(ascii: "="))
            output.append(Self.digit(byte >> 4))
            output.append(Self.digit(byte & 15))
        }
        return (isFull ? 0 : width) + count
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
