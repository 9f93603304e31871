private import HTTPTypes
package import LagoAPI
package import Money

/// The members of a request's body: flat, or under Lago's root key.
///
/// Problems are gathered, so that one answer names them all: read everything, then call `check()`.
package struct APIFields: Sendable {
    private let members: [String: JSONValue]
    private let place: String
    package private(set) var problems: [String: [String]] = [:]

    /// - Parameters:
    ///   - root: Lago's root key, as `wallet`; members beside it are refused.
    ///   - other: another one that means the same.
    ///   - known: the members that count; nil where all do, as Lago knows them.
    /// - Throws: `APIFailure` 400 for what is no object of JSON; 422 for unknown members.
    package init(
        _ body: [UInt8],
        root: String,
        or other: String? = nil,
        known: Set<String>?
    ) throws(APIFailure) {
        let value: JSONValue
        do throws(JSONReader.Fault) {
            value = try JSONReader.read(body)
        } catch {
            throw APIFailure(.badRequest, code: "invalid_json", message: "the body is no JSON")
        }
        guard case .object(let outer) = value.content else {
            throw APIFailure(.badRequest, code: "invalid_json", message: "the body is no JSON object")
        }
        guard outer.count == 1, let inner = outer[root] ?? other.flatMap({ outer[$0] }),
            case .object(let members) = inner.content
        else {
            try self.init(outer, known: known)
            return
        }
        try self.init(members, known: known)
    }

    /// - Parameter place: goes before the names of fields in problems: `events.3`.
    package init(_ members: [String: JSONValue], known: Set<String>?, place: String = "") throws(APIFailure) {
        self.members = members
        self.place = place
        guard let known else { return }
        let unknown = members.keys.filter { !known.contains($0) }
        let prefix = place.isEmpty ? "" : "\(place)."
        guard unknown.isEmpty else {
            throw .validation(Dictionary(uniqueKeysWithValues: unknown.map { ("\(prefix)\($0)", ["unknown_field"]) }))
        }
    }

    /// All members, as they were received, in the order of their names.
    package var json: JSONText {
        .object(self.passed(self.names))
    }

    package var names: Set<String> { Set(self.members.keys) }

    /// The value; nil where it is null or missing.
    package func value(_ name: String) -> JSONValue? {
        self.members[name].flatMap { $0.isNull ? nil : $0 }
    }

    package mutating func note(_ name: String, _ problem: String) {
        self.problems[self.place.isEmpty ? name : "\(self.place).\(name)", default: []].append(problem)
    }

    /// A text that is not empty; nil where it is null or missing.
    package mutating func text(_ name: String, atMost length: Int = 255) -> String? {
        guard let value = self.value(name) else { return nil }
        guard case .text(let text) = value.content, !text.isEmpty else {
            self.note(name, "value_is_invalid")
            return nil
        }
        guard text.utf8.count <= length else {
            self.note(name, "value_is_too_long")
            return nil
        }
        return text
    }

    /// A text that must be there.
    package mutating func mandatoryText(_ name: String, atMost length: Int = 255) -> String? {
        if self.value(name) == nil { self.note(name, "value_is_mandatory") }
        return self.text(name, atMost: length)
    }

    /// The members of an object; nil where it is null or missing, or no object.
    package mutating func object(_ name: String) -> [String: JSONValue]? {
        guard let value = self.value(name) else { return nil }
        guard case .object(let members) = value.content else {
            self.note(name, "value_is_invalid")
            return nil
        }
        return members
    }

    /// Members as they were received, for Lago, those of null included.
    package func passed(_ names: Set<String>) -> [(name: String, value: JSONText)] {
        self.members.filter { names.contains($0.key) }.sorted { $0.key < $1.key }
            .map { ($0.key, .raw(Array($0.value.source))) }
    }

    /// A decimal of at most five decimals, from a number or a text; nil where it is null or missing.
    package mutating func decimal(_ name: String) -> FixedDecimal? {
        guard let value = self.value(name) else { return nil }
        guard let digits = value.figure, let number = FixedDecimal(exactly: digits) else {
            self.note(name, "invalid_amount")
            return nil
        }
        return number
    }

    /// - Throws: `APIFailure` 422 with all problems, where there are any.
    package func check() throws(APIFailure) {
        if !self.problems.isEmpty { throw .validation(self.problems) }
    }
}
