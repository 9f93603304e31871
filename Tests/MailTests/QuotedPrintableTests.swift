import TestSupport
import Testing

@testable import Mail

/// The encoding of bodies, beside one that goes byte by byte.
@Suite struct QuotedPrintableTests {
    /// Slow and plain: lines first, then each byte by itself.
    private static func byteByByte(_ text: String) -> [UInt8] {
        var lines: [[UInt8]] = []
        var (line, previous): ([UInt8], UInt8) = ([], 0)
        for byte in text.utf8 {
            if byte == 0x0d || (byte == 0x0a && previous != 0x0d) {
                lines.append(line)
                line = []
            } else if byte != 0x0a, byte != 0 {
                line.append(byte)
            }
            previous = byte
        }
        if !line.isEmpty { lines.append(line) }
        return lines.flatMap(Self.encoded)
    }

    private static let digits = Array("0123456789ABCDEF".utf8)

    private static func encoded(_ line: [UInt8]) -> [UInt8] {
        var (output, width): ([UInt8], Int) = ([], 0)
        for (index, byte) in line.enumerated() {
            let isLast = index == line.count - 1
            let isBlank = byte == 0x20 || byte == 0x09
            let isPlain = isBlank ? !isLast : (0x21...0x7e).contains(byte) && byte != 0x3d
            let piece = isPlain ? [byte] : [0x3d, Self.digits[Int(byte / 16)], Self.digits[Int(byte % 16)]]
            if width + piece.count > (isLast ? 76 : 75) {
                output += Array("=\r\n".utf8)
                width = 0
            }
            output += piece
            width += piece.count
        }
        return output + [0x0d, 0x0a]
    }

    @Test(arguments: [
        "", "\n", "\r", "\r\n", "\n\r", "\r\r\n\n", "\0", "\r\0\n", "a\0b", "\0\n\0", " ", "\t", " \n", "a \n", "=",
        "a=", "=a",
        "a\nb", "a\r\nb\r\n", "é", "é\n", "=\n=\n", ".", "..\n", "--=_x", "\u{7f}", "漢字\n",
    ])
    func `odd ends of lines are taken as byte by byte`(text: String) {
        #expect(QuotedPrintable.encode(text) == Self.byteByByte(text))
    }

    /// Around the limit of a line every length counts: what comes last, and what the piece before the break is.
    @Test(arguments: ["x", " ", "=", "é", "x\n", " \n", "=\n"])
    func `lines of every length are broken as byte by byte`(end: String) {
        for length in [0...4, 22...28, 70...80, 148...154, 224...232].joined() {
            for filler in ["x", "x ", "xxxx=", "é", "\t"] {
                let text = String(String(repeating: filler, count: length).prefix(length)) + end
                #expect(QuotedPrintable.encode(text) == Self.byteByByte(text), "\(length) of \(filler)")
            }
        }
    }

    @Test(arguments: 1...4) func `no text is encoded otherwise than byte by byte`(seed: UInt64) async {
        var words = HostileWords(seed: seed)
        for _ in 0..<20 {
            let text = words.text() + words.text()
            #expect(QuotedPrintable.encode(text) == Self.byteByByte(text))
            // It has company on its thread.
            await Task.yield()
        }
    }
}
