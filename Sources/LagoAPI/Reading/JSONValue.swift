/// One value of a JSON text, with what Foundation's decoders lose: the digits of its numbers, and where it stood.
package struct JSONValue: Sendable {
    package enum Content: Sendable {
        case null
        case flag(Bool)
        /// The number as it was written.
        case number(String)
        case text(String)
        case list([JSONValue])
        case object([String: JSONValue])
    }

    package let content: Content
    /// The value's own bytes, as they were received.
    package let source: ArraySlice<UInt8>

    /// What kind of value this is, for a person.
    package var kind: String {
        switch self.content {
        case .null: "null"
        case .flag: "a boolean"
        case .number: "a number"
        case .text: "a text"
        case .list: "a list"
        case .object: "an object"
        }
    }

    package var isNull: Bool { if case .null = self.content { true } else { false } }

    /// The digits of a number, or a text that may be a number.
    package var figure: String? {
        switch self.content {
        case .number(let digits): ExactNumber(digits)?.text
        case .text(let text): text
        default: nil
        }
    }

    /// The member of an object; nil where there is none, or this is no object.
    package subscript(_ name: String) -> JSONValue? {
        if case .object(let members) = self.content { members[name] } else { nil }
    }

    package var text: String? { if case .text(let text) = self.content { text } else { nil } }

    package var elements: [JSONValue]? { if case .list(let elements) = self.content { elements } else { nil } }
}
