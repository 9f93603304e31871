private import Foundation

/// One member of the outermost object of a JSON text; the others may be anything.
struct Member<Value: Decodable>: Decodable {
    let value: Value

    init(from decoder: any Decoder) throws {
        let name = decoder.userInfo[.member] as? String ?? ""
        let members = try decoder.container(keyedBy: Name.self)
        self.value = try members.decode(Value.self, forKey: Name(stringValue: name))
    }

    private struct Name: CodingKey {
        let stringValue: String
        var intValue: Int? { nil }

        init(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }
}

extension Member {
    /// Reads the member `name` of `body`.
    ///
    /// - Throws: `LagoError.unreadable`, which says which field it was, never what stood in it.
    static func decode(_ name: String, of body: [UInt8]) throws(LagoError) -> Value {
        let decoder = JSONDecoder()
        decoder.userInfo[.member] = name
        do {
            return try decoder.decode(Self.self, from: Data(body)).value
        } catch let error as DecodingError {
            throw .unreadable(what: error.place)
        } catch {
            throw .unreadable(what: "the body")
        }
    }
}

extension CodingUserInfoKey {
    fileprivate static let member =
        CodingUserInfoKey(rawValue: "member") ?? { preconditionFailure("a key is a text") }()
}

extension DecodingError {
    fileprivate var place: String {
        switch self {
        case .keyNotFound(let key, let context): Self.path(context.codingPath + [key]) + " is missing"
        case .valueNotFound(_, let context): Self.path(context.codingPath) + " is null"
        case .typeMismatch(_, let context): Self.path(context.codingPath) + " is of another type"
        case .dataCorrupted(let context) where context.codingPath.isEmpty: "the body is not JSON"
        case .dataCorrupted(let context): Self.path(context.codingPath) + " is not what it should be"
        @unknown default: "the body"
        }
    }

    private static func path(_ keys: [any CodingKey]) -> String {
        keys.isEmpty ? "the body" : keys.map { $0.intValue.map(String.init) ?? $0.stringValue }.joined(separator: ".")
    }
}
