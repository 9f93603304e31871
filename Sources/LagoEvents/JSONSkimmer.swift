private import Foundation

/// Finds members of a JSON object by name without decoding the rest.
///
/// Every delivery is skimmed before it is acknowledged, and a decoder spends most of its time on members that nobody
/// asks for. What it returns are ranges of the text; a text that is not JSON (RFC 8259) gives nil.
struct JSONSkimmer {
    /// Deeper nesting than this is not read.
    private static let maximumDepth = 256

    private let text: [UInt8]
    private var position: Int
    private var depth = 0

    private init(_ text: [UInt8], from start: Int) {
        self.text = text
        self.position = start
    }

    /// A member of an object: where its name stands, without the quotes, and its value.
    typealias Member = (name: Range<Int>, value: Range<Int>)

    /// The members of the object that `text` is, in their order.
    static func members(of text: [UInt8]) -> [Member]? {
        var skimmer = JSONSkimmer(text, from: 0)
        skimmer.skipSpace()
        guard let members = skimmer.members() else { return nil }
        skimmer.skipSpace()
        return skimmer.position == text.count ? members : nil
    }

    /// The members of the object in `range` of a text that was skimmed before; nil when it is no object.
    static func members(of text: [UInt8], in range: Range<Int>) -> [Member]? {
        var skimmer = JSONSkimmer(text, from: range.lowerBound)
        return skimmer.members()
    }

    /// The string in `range`; nil when it is another kind of value.
    static func string(_ text: [UInt8], in range: Range<Int>) -> String? {
        guard text[range.lowerBound] == UInt8(ascii: "\"") else { return nil }
        let inside = text[(range.lowerBound + 1)..<(range.upperBound - 1)]
        guard inside.contains(UInt8(ascii: "\\")) else { return String(decoding: inside, as: UTF8.self) }
        return try? JSONDecoder().decode(String.self, from: Data(text[range]))
    }

    private mutating func members() -> [Member]? {
        guard self.take("{") else { return nil }
        var members: [Member] = []
        self.skipSpace()
        if self.take("}") { return members }
        repeat {
            self.skipSpace()
            let start = self.position
            guard self.skipString() else { return nil }
            let name = (start + 1)..<(self.position - 1)
            self.skipSpace()
            guard self.take(":") else { return nil }
            self.skipSpace()
            let value = self.position
            guard self.skipValue() else { return nil }
            members.append((name, value..<self.position))
            self.skipSpace()
        } while self.take(",")
        return self.take("}") ? members : nil
    }

    private mutating func skipValue() -> Bool {
        guard self.position < self.text.count else { return false }
        switch self.text[self.position] {
        case UInt8(ascii: "\""): return self.skipString()
        case UInt8(ascii: "{"): return self.skipContainer(until: "}", isObject: true)
        case UInt8(ascii: "["): return self.skipContainer(until: "]", isObject: false)
        case UInt8(ascii: "t"): return self.skipWord("true")
        case UInt8(ascii: "f"): return self.skipWord("false")
        case UInt8(ascii: "n"): return self.skipWord("null")
        default: return self.skipNumber()
        }
    }

    private mutating func skipContainer(until end: Unicode.Scalar, isObject: Bool) -> Bool {
        self.position += 1
        self.depth += 1
        defer { self.depth -= 1 }
        guard self.depth <= Self.maximumDepth else { return false }
        self.skipSpace()
        if self.take(end) { return true }
        repeat {
            self.skipSpace()
            if isObject {
                guard self.skipString() else { return false }
                self.skipSpace()
                guard self.take(":") else { return false }
                self.skipSpace()
            }
            guard self.skipValue() else { return false }
            self.skipSpace()
        } while self.take(",")
        return self.take(end)
    }

    private mutating func skipString() -> Bool {
        guard self.take("\"") else { return false }
        while self.position < self.text.count {
            let byte = self.text[self.position]
            self.position += 1
            switch byte {
            case UInt8(ascii: "\""): return true
            case UInt8(ascii: "\\"): guard self.skipEscape() else { return false }
            case 0..<0x20: return false
            default: break
            }
        }
        return false
    }

    private mutating func skipEscape() -> Bool {
        guard self.position < self.text.count else { return false }
        let byte = self.text[self.position]
        self.position += 1
        guard byte == UInt8(ascii: "u") else { return "\"\\/bfnrt".utf8.contains(byte) }
        guard self.position + 4 <= self.text.count else { return false }
        let digits = self.text[self.position..<(self.position + 4)]
        self.position += 4
        return digits.allSatisfy { Character(Unicode.Scalar($0)).isHexDigit }
    }

    private mutating func skipNumber() -> Bool {
        _ = self.take("-")
        if !self.take("0") { guard self.skipDigits() else { return false } }
        if self.take(".") { guard self.skipDigits() else { return false } }
        if self.take("e") || self.take("E") {
            _ = self.take("+") || self.take("-")
            guard self.skipDigits() else { return false }
        }
        return true
    }

    private mutating func skipDigits() -> Bool {
        let start = self.position
        while self.position < self.text.count, (0x30...0x39).contains(self.text[self.position]) { self.position += 1 }
        return self.position > start
    }

    private mutating func skipWord(_ word: StaticString) -> Bool {
        let bytes = word.description.utf8
        guard self.text[self.position...].starts(with: bytes) else { return false }
        self.position += bytes.count
        return true
    }

    private mutating func skipSpace() {
        while self.position < self.text.count, [0x20, 0x0A, 0x0D, 0x09].contains(self.text[self.position]) {
            self.position += 1
        }
    }

    private mutating func take(_ scalar: Unicode.Scalar) -> Bool {
        guard self.position < self.text.count, self.text[self.position] == UInt8(ascii: scalar) else { return false }
        self.position += 1
        return true
    }
}
