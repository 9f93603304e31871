/// Why a text is not JSON; `offset` counts bytes.
package struct JSONError: Error, Equatable, CustomStringConvertible {
    package let offset: Int
    package var description: String { "not JSON at byte \(self.offset)" }
}

extension JSONValue {
    /// Parses a whole JSON text (RFC 8259) of at most 128 levels.
    package init(parsing bytes: some Sequence<UInt8>) throws(JSONError) {
        var parser = JSONParser(bytes: Array(bytes))
        self = try parser.document()
    }
}

private struct JSONParser {
    let bytes: [UInt8]
    var offset = 0

    private var failure: JSONError { JSONError(offset: self.offset) }
    private var next: UInt8? { self.offset < self.bytes.count ? self.bytes[self.offset] : nil }

    mutating func document() throws(JSONError) -> JSONValue {
        let value = try self.value(depth: 0)
        self.skipSpace()
        guard self.next == nil else { throw self.failure }
        return value
    }

    private mutating func value(depth: Int) throws(JSONError) -> JSONValue {
        guard depth < 128 else { throw self.failure }
        self.skipSpace()
        switch self.next {
        case UInt8(ascii: "{"): return try self.object(depth: depth)
        case UInt8(ascii: "["): return try self.array(depth: depth)
        case UInt8(ascii: "\""): return .string(try self.string())
        case UInt8(ascii: "t"): return try self.word("true", .bool(true))
        case UInt8(ascii: "f"): return try self.word("false", .bool(false))
        case UInt8(ascii: "n"): return try self.word("null", .null)
        default: return try self.number()
        }
    }

    private mutating func object(depth: Int) throws(JSONError) -> JSONValue {
        var object = JSONObject()
        try self.take("{")
        if self.takeIfNext("}") { return .object(object) }
        repeat {
            self.skipSpace()
            let key = try self.string()
            self.skipSpace()
            try self.take(":")
            object[key] = try self.value(depth: depth + 1)
        } while self.takeIfNext(",")
        try self.take("}")
        return .object(object)
    }

    private mutating func array(depth: Int) throws(JSONError) -> JSONValue {
        var elements: [JSONValue] = []
        try self.take("[")
        if self.takeIfNext("]") { return .array(elements) }
        repeat { elements.append(try self.value(depth: depth + 1)) } while self.takeIfNext(",")
        try self.take("]")
        return .array(elements)
    }

    private mutating func string() throws(JSONError) -> String {
        try self.take("\"")
        var text: [UInt8] = []
        while let byte = self.next, byte != UInt8(ascii: "\"") {
            guard byte >= 0x20 else { throw self.failure }
            self.offset += 1
            if byte == UInt8(ascii: "\\") {
                text.append(contentsOf: String(try self.escape()).utf8)
            } else {
                text.append(byte)
            }
        }
        try self.take("\"")
        guard let string = String(validating: text, as: UTF8.self) else { throw self.failure }
        return string
    }

    private mutating func escape() throws(JSONError) -> Character {
        guard let byte = self.next else { throw self.failure }
        self.offset += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return Character(Unicode.Scalar(byte))
        case UInt8(ascii: "b"): return "\u{8}"
        case UInt8(ascii: "f"): return "\u{C}"
        case UInt8(ascii: "n"): return "\n"
        case UInt8(ascii: "r"): return "\r"
        case UInt8(ascii: "t"): return "\t"
        case UInt8(ascii: "u"): return Character(try self.unicodeEscape())
        default: throw self.failure
        }
    }

    /// The scalar after `\u`, which takes a second escape outside the basic plane.
    private mutating func unicodeEscape() throws(JSONError) -> Unicode.Scalar {
        let first = try self.fourHexDigits()
        guard (0xD800..<0xDC00).contains(first) else {
            guard let scalar = Unicode.Scalar(first) else { throw self.failure }
            return scalar
        }
        try self.take("\\")
        try self.take("u")
        let second = try self.fourHexDigits()
        guard (0xDC00..<0xE000).contains(second),
            let scalar = Unicode.Scalar(0x10000 + (first - 0xD800) << 10 + (second - 0xDC00))
        else { throw self.failure }
        return scalar
    }

    private mutating func fourHexDigits() throws(JSONError) -> UInt32 {
        let digits = String(decoding: self.bytes[self.offset...].prefix(4), as: UTF8.self)
        guard digits.utf8.count == 4, digits.allSatisfy(\.isHexDigit), let value = UInt32(digits, radix: 16) else {
            throw self.failure
        }
        self.offset += 4
        return value
    }

    private mutating func number() throws(JSONError) -> JSONValue {
        let start = self.offset
        self.skip("-")
        if !self.skip("0"), self.skipDigits() == 0 { throw self.failure }
        if self.skip("."), self.skipDigits() == 0 { throw self.failure }
        if self.skip("e") || self.skip("E") {
            if !self.skip("+") { self.skip("-") }
            if self.skipDigits() == 0 { throw self.failure }
        }
        return .number(String(decoding: self.bytes[start..<self.offset], as: UTF8.self))
    }

    private mutating func skipDigits() -> Int {
        let start = self.offset
        while let byte = self.next, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) { self.offset += 1 }
        return self.offset - start
    }

    private mutating func word(_ word: StaticString, _ value: JSONValue) throws(JSONError) -> JSONValue {
        let expected = Array(word.description.utf8)
        guard self.bytes[self.offset...].starts(with: expected) else { throw self.failure }
        self.offset += expected.count
        return value
    }

    private mutating func take(_ character: Unicode.Scalar) throws(JSONError) {
        guard self.takeIfNext(character) else { throw self.failure }
    }

    /// Steps over `character`, which may have space before it; a string's own space never gets here.
    private mutating func takeIfNext(_ character: Unicode.Scalar) -> Bool {
        if character != "\"", character != "\\", character != "u" { self.skipSpace() }
        return self.skip(character)
    }

    /// Steps over `character` if it comes next.
    @discardableResult
    private mutating func skip(_ character: Unicode.Scalar) -> Bool {
        guard self.next == UInt8(ascii: character) else { return false }
        self.offset += 1
        return true
    }

    private mutating func skipSpace() {
        while let byte = self.next, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { self.offset += 1 }
    }
}
