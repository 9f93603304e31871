/// Any JSON value, with what Swift's own decoders lose: the order of keys and the digits of numbers.
package enum JSONValue: Hashable, Sendable {
    case null
    case bool(Bool)
    /// The number as it was written; never passes through floating point.
    case number(String)
    case string(String)
    case array([JSONValue])
    case object(JSONObject)

    package static func integer(_ value: some BinaryInteger) -> JSONValue { .number(String(value)) }

    /// A string, or null for nil.
    package static func text(_ value: String?) -> JSONValue { value.map { .string($0) } ?? .null }

    package var string: String? { if case .string(let value) = self { value } else { nil } }
    package var array: [JSONValue]? { if case .array(let value) = self { value } else { nil } }
    package var object: JSONObject? { if case .object(let value) = self { value } else { nil } }
    package var bool: Bool? { if case .bool(let value) = self { value } else { nil } }
    package var integer: Int64? { if case .number(let digits) = self { Int64(digits) } else { nil } }

    /// A number for rates and delays; amounts stay text or integers.
    package var double: Double? { if case .number(let digits) = self { Double(digits) } else { nil } }

    /// The member `key` of an object; nil when it is absent or this is no object. Setting turns anything else into one.
    package subscript(key: String) -> JSONValue? {
        get { self.object?[key] }
        set {
            var object = self.object ?? JSONObject()
            object[key] = newValue
            self = .object(object)
        }
    }

    /// This object with the members of `changes` laid over it, nested objects member by member.
    package func merging(_ changes: JSONValue) -> JSONValue {
        guard case .object(var object) = self, case .object(let overlay) = changes else { return changes }
        for member in overlay.members {
            object[member.key] = object[member.key].map { $0.merging(member.value) } ?? member.value
        }
        return .object(object)
    }
}

/// The members of a JSON object in the order in which they are written.
package struct JSONObject: Hashable, Sendable {
    package struct Member: Hashable, Sendable {
        package let key: String
        package var value: JSONValue
    }

    package private(set) var members: [Member] = []

    package init() {}

    /// - Parameter members: no two with one key, which is not checked.
    init(distinct members: [Member]) { self.members = members }

    /// Adds a member that is not there yet, in front of another one, or at the end where that is missing.
    mutating func insert(_ key: String, _ value: JSONValue, before other: String) {
        let index = self.members.firstIndex { $0.key == other } ?? self.members.count
        self.members.insert(Member(key: key, value: value), at: index)
    }

    /// Setting an existing key keeps its place; a new one goes to the end; nil removes it.
    package subscript(key: String) -> JSONValue? {
        get { self.members.first { $0.key == key }?.value }
        set {
            let index = self.members.firstIndex { $0.key == key }
            switch (index, newValue) {
            case (let index?, let value?): self.members[index].value = value
            case (let index?, nil): self.members.remove(at: index)
            case (nil, let value?): self.members.append(Member(key: key, value: value))
            case (nil, nil): break
            }
        }
    }
}

extension JSONValue: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral,
    ExpressibleByNilLiteral, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
    package init(stringLiteral value: String) { self = .string(value) }
    package init(integerLiteral value: Int64) { self = .integer(value) }
    package init(booleanLiteral value: Bool) { self = .bool(value) }
    package init(nilLiteral: ()) { self = .null }
    package init(arrayLiteral elements: JSONValue...) { self = .array(elements) }

    package init(dictionaryLiteral elements: (String, JSONValue)...) {
        self = .object(JSONObject(distinct: elements.map { JSONObject.Member(key: $0.0, value: $0.1) }))
    }
}
