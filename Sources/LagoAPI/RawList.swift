/// Finds the elements of a list in JSON text, as the bytes that were received.
///
/// Foundation's decoder does not give the bytes back, and writing a value anew changes numbers and escapes.
/// The text must be valid JSON: decode it first.
enum RawList {
    /// Returns the bytes of each element of the list under `key` of the outermost object; nil where there is none.
    static func elements(of key: String, in text: [UInt8]) -> [[UInt8]]? {
        var scanner = Scanner(text: text)
        guard scanner.take(UInt8(ascii: "{")) else { return nil }
        while let name = scanner.value() {
            guard scanner.take(UInt8(ascii: ":")) else { return nil }
            if name.elementsEqual("\"\(key)\"".utf8) { return scanner.list() }
            guard scanner.value() != nil, scanner.take(UInt8(ascii: ",")) else { return nil }
        }
        return nil
    }

    private struct Scanner {
        let text: [UInt8]
        var position = 0

        mutating func take(_ byte: UInt8) -> Bool {
            self.skipBlanks()
            guard self.position < self.text.count, self.text[self.position] == byte else { return false }
            self.position += 1
            return true
        }

        mutating func list() -> [[UInt8]]? {
            guard self.take(UInt8(ascii: "[")) else { return nil }
            if self.take(UInt8(ascii: "]")) { return [] }
            var elements: [[UInt8]] = []
            while let element = self.value() {
                elements.append(Array(element))
                if self.take(UInt8(ascii: "]")) { return elements }
                guard self.take(UInt8(ascii: ",")) else { return nil }
            }
            return nil
        }

        /// One value: up to the comma, colon or closing bracket that is not its own.
        mutating func value() -> ArraySlice<UInt8>? {
            self.skipBlanks()
            let start = self.position
            var depth = 0
            while self.position < self.text.count {
                switch self.text[self.position] {
                case UInt8(ascii: "\""): self.skipString()
                case UInt8(ascii: "{"), UInt8(ascii: "["):
                    depth += 1
                    self.position += 1
                case UInt8(ascii: "}"), UInt8(ascii: "]"):
                    guard depth > 0 else { return self.slice(from: start) }
                    depth -= 1
                    self.position += 1
                case UInt8(ascii: ","), UInt8(ascii: ":"):
                    guard depth > 0 else { return self.slice(from: start) }
                    self.position += 1
                default: self.position += 1
                }
            }
            return nil
        }

        private func slice(from start: Int) -> ArraySlice<UInt8>? {
            var end = self.position
            while end > start, Self.isBlank(self.text[end - 1]) { end -= 1 }
            return end > start ? self.text[start..<end] : nil
        }

        private mutating func skipString() {
            self.position += 1
            while self.position < self.text.count, self.text[self.position] != UInt8(ascii: "\"") {
                self.position += self.text[self.position] == UInt8(ascii: "\\") ? 2 : 1
            }
            self.position += 1
        }

        private mutating func skipBlanks() {
            while self.position < self.text.count, Self.isBlank(self.text[self.position]) { self.position += 1 }
        }

        private static func isBlank(_ byte: UInt8) -> Bool { [0x20, 0x09, 0x0a, 0x0d].contains(byte) }
    }
}
