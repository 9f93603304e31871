package import Money

/// A JSON text in the making, into which objects of Lago's go as they were received, byte for byte.
package indirect enum JSONText: Sendable {
    case null
    case bool(Bool)
    case integer(Int64)
    case text(String)
    /// JSON already.
    case raw([UInt8])
    case list([JSONText])
    case object([(name: String, value: JSONText)])

    /// A decimal as Lago writes them: a text in plain notation with at least one decimal.
    package static func decimal(_ number: FixedDecimal) -> JSONText { .text(number.description) }

    package static func optional(_ text: String?) -> JSONText { text.map { .text($0) } ?? .null }

    /// An object that is JSON already, with members added behind its own.
    package static func extended(_ object: [UInt8], with members: [(name: String, value: JSONText)]) -> JSONText {
        let blanks: Set<UInt8> = [0x20, 0x09, 0x0A, 0x0D]
        guard let end = object.lastIndex(of: UInt8(ascii: "}")),
            let last = object[..<end].last(where: { !blanks.contains($0) })
        else { return .object(members) }
        let added = JSONText.object(members).bytes.dropFirst()
        let isEmpty = last == UInt8(ascii: "{") && object[..<end].filter { !blanks.contains($0) }.count == 1
        return .raw(object[..<end] + (isEmpty || members.isEmpty ? [] : [UInt8(ascii: ",")]) + added)
    }

    package var bytes: [UInt8] {
        var bytes: [UInt8] = []
        self.append(to: &bytes)
        return bytes
    }

    private func append(to bytes: inout [UInt8]) {
        switch self {
        case .null: bytes += "null".utf8
        case .bool(let flag): bytes += (flag ? "true" : "false").utf8
        case .integer(let number): bytes += "\(number)".utf8
        case .text(let text): Self.append(text, to: &bytes)
        case .raw(let json): bytes += json
        case .list(let elements):
            bytes.append(UInt8(ascii: "["))
            for (index, element) in elements.enumerated() {
                if index > 0 { bytes.append(UInt8(ascii: ",")) }
                element.append(to: &bytes)
            }
            bytes.append(UInt8(ascii: "]"))
        case .object(let members):
            bytes.append(UInt8(ascii: "{"))
            for (index, member) in members.enumerated() {
                if index > 0 { bytes.append(UInt8(ascii: ",")) }
                Self.append(member.name, to: &bytes)
                bytes.append(UInt8(ascii: ":"))
                member.value.append(to: &bytes)
            }
            bytes.append(UInt8(ascii: "}"))
        }
    }

    private static func append(_ text: String, to bytes: inout [UInt8]) {
        bytes.append(UInt8(ascii: "\""))
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""): bytes += #"\""#.utf8
            case UInt8(ascii: "\\"): bytes += #"\\"#.utf8
            case UInt8(ascii: "\n"): bytes += #"\n"#.utf8
            case 0..<0x20:
                let digits = String(byte, radix: 16)
                bytes += "\\u00\(digits.count == 1 ? "0" : "")\(digits)".utf8
            default: bytes.append(byte)
            }
        }
        bytes.append(UInt8(ascii: "\""))
    }
}
