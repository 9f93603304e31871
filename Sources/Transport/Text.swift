/// What may stand where on the wire.
enum Text {
    /// A `token` of RFC 9110, 5.6.2: a method's or a header's name.
    static func isToken(_ text: String) -> Bool {
        !text.isEmpty
            && text.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"):
                    true
                default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
                }
            }
    }

    /// Anything but control characters; a tab is none.
    static func isHeaderValue(_ text: String) -> Bool {
        text.utf8.allSatisfy { ($0 >= 0x20 && $0 != 0x7f) || $0 == 0x09 }
    }

    /// A mail address as it goes between `<` and `>`: no brackets, no blanks, no controls, at most 254 bytes.
    /// Letters beyond ASCII pass; libcurl asks the server for SMTPUTF8 then.
    static func isAddress(_ text: String) -> Bool {
        let bytes = text.utf8
        guard let at = bytes.lastIndex(of: UInt8(ascii: "@")), at != bytes.startIndex else { return false }
        guard bytes.index(after: at) != bytes.endIndex, bytes.count <= 254 else { return false }
        return bytes.allSatisfy { $0 > 0x20 && $0 != 0x7f && $0 != UInt8(ascii: "<") && $0 != UInt8(ascii: ">") }
    }

    /// A name for EHLO: letters, digits, dots and hyphens, or an address literal in brackets.
    static func isHostName(_ text: String) -> Bool {
        !text.isEmpty
            && text.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"):
                    true
                default: "-.[]:".utf8.contains(byte)
                }
            }
    }

    /// Whether CR and LF come only as the pair, and NUL not at all: a server that takes a bare LF for a line end could
    /// be made to see the message end early, and commands after it.
    static func hasOnlyWholeLineEnds(_ message: [UInt8]) -> Bool {
        var previous: UInt8 = 0
        for byte in message {
            if byte == 0 || (byte == 0x0a) != (previous == 0x0d) { return false }
            previous = byte
        }
        return previous != 0x0d
    }
}
