/// One tag of a Mustache template.
struct TemplateTag: Hashable {
    enum Kind: Hashable {
        case variable, section, invertedSection, end, partial, parent, block, comment, pragma
        /// Raw output, new delimiters: what our templates do not use.
        case refused(String)
    }

    let kind: Kind
    let name: String
    /// Counted from 1.
    let line: Int
}

/// Finds the tags of a template, for the checks that swift-mustache does not make: it renders a tag that nothing
/// answers to as nothing.
enum TemplateTags {
    static func scan(_ text: String, file: String) throws(TemplateError) -> [TemplateTag] {
        var tags: [TemplateTag] = []
        let bytes = Array(text.utf8)
        let (open, close) = (UInt8(ascii: "{"), UInt8(ascii: "}"))
        var (index, line) = (0, 1)
        while index + 1 < bytes.count {
            if bytes[index] == UInt8(ascii: "\n") { line += 1 }
            guard bytes[index] == open, bytes[index + 1] == open else {
                index += 1
                continue
            }
            let start = index + 2
            guard let end = bytes[start...].indices.first(where: { bytes[$0] == close && bytes[$0 - 1] == close }),
                end > start
            else { throw TemplateError(file: file, line: line, message: "a tag that {{ begins is not ended by }}") }
            let inside = String(decoding: bytes[start..<(end - 1)], as: UTF8.self)
            tags.append(Self.tag(inside[...], line: line))
            line += bytes[start..<end].count { $0 == UInt8(ascii: "\n") }
            index = end + 1
        }
        return tags
    }

    private static func tag(_ inside: Substring, line: Int) -> TemplateTag {
        let text = Self.trimmed(inside)
        let name = Self.trimmed(text.dropFirst())
        return switch text.first {
        case "#": TemplateTag(kind: .section, name: name, line: line)
        case "^": TemplateTag(kind: .invertedSection, name: name, line: line)
        case "/": TemplateTag(kind: .end, name: name, line: line)
        case ">": TemplateTag(kind: .partial, name: name, line: line)
        case "<": TemplateTag(kind: .parent, name: name, line: line)
        case "$": TemplateTag(kind: .block, name: name, line: line)
        case "!": TemplateTag(kind: .comment, name: "", line: line)
        case "%": TemplateTag(kind: .pragma, name: name, line: line)
        case "{", "&":
            TemplateTag(kind: .refused("raw output is not allowed: write {{name}}"), name: name, line: line)
        case "=": TemplateTag(kind: .refused("other delimiters than {{ and }} are not allowed"), name: name, line: line)
        default: TemplateTag(kind: .variable, name: String(text), line: line)
        }
    }

    private static func trimmed(_ text: Substring) -> String {
        var text = text.drop { $0.isWhitespace }
        while text.last?.isWhitespace == true { text.removeLast() }
        return String(text)
    }
}
