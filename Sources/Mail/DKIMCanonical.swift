/// A mail as DKIM signs it: the `relaxed` forms of RFC 6376, 3.4, which survive what relays do to blanks and folds.
enum DKIMCanonical {
    /// One header, as it stands in a mail.
    struct Header {
        /// In lower case.
        let name: String
        /// What follows the colon, folds and the last line end included.
        var value: [UInt8]
    }

    private static let (tab, lineFeed, carriageReturn, blank): (UInt8, UInt8, UInt8, UInt8) = (0x09, 0x0a, 0x0d, 0x20)
    private static let lineEnd = [Self.carriageReturn, Self.lineFeed]

    /// Takes a mail apart at its first empty line.
    ///
    /// - Parameter message: headers, an empty line, the body; lines ended by CRLF.
    static func parts(of message: [UInt8]) -> (headers: [Header], body: ArraySlice<UInt8>) {
        var headers: [Header] = []
        var rest = message[...]
        while let end = rest.firstIndex(of: Self.lineFeed) {
            let line = rest[...end]
            rest = rest[(end + 1)...]
            guard line.count > 2, let first = line.first else { break }
            if first == Self.blank || first == Self.tab {
                if let last = headers.indices.last { headers[last].value += line }
            } else if let colon = line.firstIndex(of: UInt8(ascii: ":")) {
                var name = String(decoding: line[..<colon], as: UTF8.self).lowercased()
                while name.last == " " || name.last == "\t" { name.removeLast() }
                headers.append(Header(name: name, value: Array(line[(colon + 1)...])))
            }
        }
        return (headers, rest)
    }

    /// `name:value`, unfolded, every run of blanks one space, none at the ends; no line end.
    static func header(_ name: String, _ value: some Sequence<UInt8>) -> [UInt8] {
        var text = Array("\(name):".utf8)
        let start = text.count
        var isAfterBlank = false
        for byte in value {
            switch byte {
            case Self.carriageReturn, Self.lineFeed: continue
            case Self.blank, Self.tab: isAfterBlank = true
            default:
                if isAfterBlank, text.count > start { text.append(Self.blank) }
                isAfterBlank = false
                text.append(byte)
            }
        }
        return text
    }

    /// Every run of blanks one space, none at the ends of lines, no empty lines at the end; nothing for an empty body.
    static func body(_ body: ArraySlice<UInt8>) -> [UInt8] {
        var text: [UInt8] = []
        text.reserveCapacity(body.count + 2)
        var (emptyLines, isAfterBlank, isLineStart) = (0, false, true)
        for byte in body {
            switch byte {
            case Self.carriageReturn: continue
            case Self.lineFeed:
                if isLineStart { emptyLines += 1 } else { text += Self.lineEnd }
                (isAfterBlank, isLineStart) = (false, true)
            case Self.blank, Self.tab: isAfterBlank = true
            default:
                for _ in 0..<emptyLines { text += Self.lineEnd }
                emptyLines = 0
                if isAfterBlank { text.append(Self.blank) }
                (isAfterBlank, isLineStart) = (false, false)
                text.append(byte)
            }
        }
        return isLineStart ? text : text + Self.lineEnd
    }
}
