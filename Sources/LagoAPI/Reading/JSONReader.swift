/// Reads a JSON text (RFC 8259) without rounding anything.
///
/// Foundation's decoder takes numbers through `Double` here and there, and gives no bytes back. Of two members with one
/// name the last counts; what is no UTF-8 within a text is replaced, not refused.
package struct JSONReader {
    /// Why a text is no JSON.
    package enum Fault: Error {
        /// The text ends before its value does.
        case cutOff
        case invalid
    }

    /// Deeper nesting than this is refused: Lago's answers have about eight levels.
    private static let maximumDepth = 128

    private let source: [UInt8]
    private var position = 0
    private var depth = 0

    private init(_ source: [UInt8]) { self.source = source }

    package static func read(_ source: [UInt8]) throws(Fault) -> JSONValue {
        var reader = JSONReader(source)
        let value = try reader.value()
        reader.skipBlanks()
        guard reader.position == source.count else { throw .invalid }
        return value
    }

    // MARK: - Values

    private mutating func value() throws(Fault) -> JSONValue {
        self.skipBlanks()
        let start = self.position
        let content: JSONValue.Content =
            switch try self.peek() {
            case UInt8(ascii: "{"): .object(try self.members())
            case UInt8(ascii: "["): .list(try self.elements())
            case UInt8(ascii: "\""): .text(try self.text())
            case UInt8(ascii: "t"): try self.word("true", .flag(true))
            case UInt8(ascii: "f"): try self.word("false", .flag(false))
            case UInt8(ascii: "n"): try self.word("null", .null)
            default: .number(try self.number())
            }
        return JSONValue(content: content, source: self.source[start..<self.position])
    }

    private mutating func members() throws(Fault) -> [String: JSONValue] {
        try self.descend()
        var members: [String: JSONValue] = [:]
        if try self.takesEnd(UInt8(ascii: "}")) { return members }
        while true {
            self.skipBlanks()
            guard try self.peek() == UInt8(ascii: "\"") else { throw .invalid }
            let name = try self.text()
            self.skipBlanks()
            guard try self.next() == UInt8(ascii: ":") else { throw .invalid }
            members[name] = try self.value()
            if try self.takesEnd(UInt8(ascii: "}")) { return members }
            guard try self.next() == UInt8(ascii: ",") else { throw .invalid }
        }
    }

    private mutating func elements() throws(Fault) -> [JSONValue] {
        try self.descend()
        var elements: [JSONValue] = []
        if try self.takesEnd(UInt8(ascii: "]")) { return elements }
        while true {
            elements.append(try self.value())
            if try self.takesEnd(UInt8(ascii: "]")) { return elements }
            guard try self.next() == UInt8(ascii: ",") else { throw .invalid }
        }
    }

    /// Takes the bracket that opens an object or a list.
    private mutating func descend() throws(Fault) {
        self.position += 1
        self.depth += 1
        guard self.depth <= Self.maximumDepth else { throw .invalid }
    }

    /// Takes the bracket that closes an object or a list, if it stands here.
    private mutating func takesEnd(_ bracket: UInt8) throws(Fault) -> Bool {
        self.skipBlanks()
        guard try self.peek() == bracket else { return false }
        self.position += 1
        self.depth -= 1
        return true
    }

    private mutating func word(_ word: StaticString, _ content: JSONValue.Content) throws(Fault) -> JSONValue.Content {
        for byte in word.description.utf8 {
            guard try self.next() == byte else { throw .invalid }
        }
        return content
    }

    // MARK: - Numbers

    private mutating func number() throws(Fault) -> String {
        let start = self.position
        self.skip(UInt8(ascii: "-"))
        if try self.peek() == UInt8(ascii: "0") { self.position += 1 } else { try self.digits() }
        if self.skip(UInt8(ascii: ".")) { try self.digits() }
        if self.skip(UInt8(ascii: "e")) || self.skip(UInt8(ascii: "E")) {
            if !self.skip(UInt8(ascii: "+")) { self.skip(UInt8(ascii: "-")) }
            try self.digits()
        }
        return String(decoding: self.source[start..<self.position], as: UTF8.self)
    }

    private mutating func digits() throws(Fault) {
        guard (0x30...0x39).contains(try self.peek()) else { throw .invalid }
        while self.position < self.source.count, (0x30...0x39).contains(self.source[self.position]) {
            self.position += 1
        }
    }

    // MARK: - Texts

    private mutating func text() throws(Fault) -> String {
        self.position += 1
        var bytes: [UInt8] = []
        while true {
            let byte = try self.next()
            switch byte {
            case UInt8(ascii: "\""): return String(decoding: bytes, as: UTF8.self)
            case UInt8(ascii: "\\"): try self.escape(into: &bytes)
            case 0..<0x20: throw .invalid
            default: bytes.append(byte)
            }
        }
    }

    private mutating func escape(into bytes: inout [UInt8]) throws(Fault) {
        switch try self.next() {
        case UInt8(ascii: "b"): bytes.append(0x08)
        case UInt8(ascii: "f"): bytes.append(0x0C)
        case UInt8(ascii: "n"): bytes.append(0x0A)
        case UInt8(ascii: "r"): bytes.append(0x0D)
        case UInt8(ascii: "t"): bytes.append(0x09)
        case UInt8(ascii: "u"): bytes += String(try self.escapedScalar()).utf8
        case let byte where "\"\\/".utf8.contains(byte): bytes.append(byte)
        default: throw .invalid
        }
    }

    /// The scalar of `\uXXXX`, or of two that make a pair; U+FFFD for half a pair.
    private mutating func escapedScalar() throws(Fault) -> Unicode.Scalar {
        let first = try self.hexDigits()
        guard (0xD800..<0xDC00).contains(first), self.source[self.position...].starts(with: #"\u"#.utf8) else {
            return Unicode.Scalar(first) ?? "\u{FFFD}"
        }
        let afterFirst = self.position
        self.position += 2
        let second = try self.hexDigits()
        guard (0xDC00..<0xE000).contains(second) else {
            self.position = afterFirst
            return "\u{FFFD}"
        }
        return Unicode.Scalar(0x10000 + (first - 0xD800) << 10 + (second - 0xDC00)) ?? "\u{FFFD}"
    }

    private mutating func hexDigits() throws(Fault) -> UInt32 {
        var value: UInt32 = 0
        for _ in 0..<4 {
            guard let digit = Character(Unicode.Scalar(try self.next())).hexDigitValue else { throw .invalid }
            value = value << 4 + UInt32(digit)
        }
        return value
    }

    // MARK: - Bytes

    private func peek() throws(Fault) -> UInt8 {
        guard self.position < self.source.count else { throw .cutOff }
        return self.source[self.position]
    }

    private mutating func next() throws(Fault) -> UInt8 {
        let byte = try self.peek()
        self.position += 1
        return byte
    }

    @discardableResult
    private mutating func skip(_ byte: UInt8) -> Bool {
        guard self.position < self.source.count, self.source[self.position] == byte else { return false }
        self.position += 1
        return true
    }

    private mutating func skipBlanks() {
        while self.position < self.source.count, [0x20, 0x0A, 0x0D, 0x09].contains(self.source[self.position]) {
            self.position += 1
        }
    }
}
