/// Takes digits and marks from a text, byte by byte: a regular expression is compiled anew at each use, and each figure and
/// time from Lago is read.
struct DigitReader {
    private var rest: Substring.UTF8View

    init(_ text: some StringProtocol) { self.rest = Substring(text).utf8 }

    var isAtEnd: Bool { self.rest.isEmpty }

    /// Takes the mark, an ASCII character, if it stands next.
    mutating func take(_ mark: Unicode.Scalar) -> Bool {
        guard self.rest.first == UInt8(ascii: mark) else { return false }
        self.rest.removeFirst()
        return true
    }

    /// All digits that stand next, 0 to 9 each.
    mutating func digits() -> [UInt8] {
        let digits = self.rest.prefix { (0x30...0x39).contains($0) }
        self.rest = self.rest[digits.endIndex...]
        return digits.map { $0 - 0x30 }
    }

    /// The number of so many digits; nil where fewer stand next, and then nothing is taken.
    mutating func number(digits count: Int) -> Int64? {
        let digits = self.rest.prefix(count)
        guard digits.count == count, digits.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
        self.rest = self.rest[digits.endIndex...]
        return digits.reduce(0) { $0 * 10 + Int64($1 - 0x30) }
    }
}
