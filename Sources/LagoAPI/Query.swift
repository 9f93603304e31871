/// Parts of a URL, percent-encoded but for RFC 3986's unreserved characters.
enum Query {
    typealias Item = (name: String, value: String)

    /// `?a=b&c=d`; nothing for no items.
    static func text(_ items: [Item]) -> String {
        guard !items.isEmpty else { return "" }
        return "?" + items.map { "\(Self.encode($0.name))=\(Self.encode($0.value))" }.joined(separator: "&")
    }

    /// An id as one segment of a path. Its dots are encoded, too: Rails takes a bare one for the start of a format
    /// (`.json`), and decodes the segment only after it has found the route.
    ///
    /// - Throws: `LagoError.notFound` for an empty id: without it, the path would be that of a list.
    static func segment(_ id: String) throws(LagoError) -> String {
        guard !id.isEmpty else { throw .notFound(code: nil) }
        return Self.encode(id, except: "-_~")
    }

    private static func encode(_ text: String, except marks: String = "-._~") -> String {
        var result = ""
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"):
                result.unicodeScalars.append(Unicode.Scalar(byte))
            case let byte where marks.utf8.contains(byte):
                result.unicodeScalars.append(Unicode.Scalar(byte))
            default:
                let digits = String(byte, radix: 16, uppercase: true)
                result += digits.count == 1 ? "%0\(digits)" : "%\(digits)"
            }
        }
        return result
    }
}
