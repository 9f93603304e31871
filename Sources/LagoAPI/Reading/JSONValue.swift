/// One value of a JSON text, with what Foundation's decoders lose: the digits of its numbers, and where it stood.
struct JSONValue: Sendable {
    enum Content: Sendable {
        case null
        case flag(Bool)
        /// The number as it was written.
        case number(String)
        case text(String)
        case list([JSONValue])
        case object([String: JSONValue])
    }

    let content: Content
    /// The value's own bytes, as they were received.
    let source: ArraySlice<UInt8>

    /// What kind of value this is, for a person.
    var kind: String {
        switch self.content {
        case .null: "null"
        case .flag: "a boolean"
        case .number: "a number"
        case .text: "a text"
        case .list: "a list"
        case .object: "an object"
        }
    }

    var isNull: Bool { if case .null = self.content { true } else { false } }
}
