/// The members of one object in an answer of Lago, read by name and kind.
///
/// Every failure is a `LagoError.unreadable` that names the object, the field and the kind of value found there, never
/// the value. Fields that nobody asks for may be anything.
package struct LagoFields: Sendable {
    /// Where the object stands: `wallets.3`, empty for the answer itself.
    private let path: String
    private let members: [String: JSONValue]
    /// The object as it was received, byte for byte.
    let json: [UInt8]

    /// Reads a whole answer, or one object.
    init(_ body: [UInt8], path: String = "") throws(LagoError) {
        let value: JSONValue
        do throws(JSONReader.Fault) {
            value = try JSONReader.read(body)
        } catch {
            throw .unreadable(what: Self.words(for: error, in: body))
        }
        try self.init(value, path: path)
    }

    private init(_ value: JSONValue, path: String) throws(LagoError) {
        guard case .object(let members) = value.content else {
            throw .unreadable(what: "\(path.isEmpty ? "the body" : path) is \(value.kind), not an object")
        }
        self.path = path
        self.members = members
        self.json = Array(value.source)
    }

    /// The field `name`, which must be there.
    func read<Value>(_ name: String, as shape: Shape<Value>) throws(LagoError) -> Value {
        let value = try self.present(name)
        guard let result = shape.read(value) else { throw self.mismatch(name, value, shape.name) }
        return result
    }

    /// The field `name`; nil where it is null or missing.
    func readIfAny<Value>(_ name: String, as shape: Shape<Value>) throws(LagoError) -> Value? {
        guard let value = self.members[name], !value.isNull else { return nil }
        guard let result = shape.read(value) else { throw self.mismatch(name, value, shape.name) }
        return result
    }

    /// The object in the field `name`, which must be there.
    func object(_ name: String) throws(LagoError) -> LagoFields {
        try LagoFields(self.present(name), path: self.place(of: name))
    }

    /// What `make` reads from the object in the field `name`; nil where it is null or missing.
    func objectIfAny<Object>(
        _ name: String,
        as make: (LagoFields) throws(LagoError) -> Object
    ) throws(LagoError) -> Object? {
        guard let value = self.members[name], !value.isNull else { return nil }
        return try make(LagoFields(value, path: self.place(of: name)))
    }

    /// What `make` reads from the objects in the list `name`, which must be there.
    func objects<Object>(
        _ name: String,
        as make: (LagoFields) throws(LagoError) -> Object
    ) throws(LagoError) -> [Object] {
        var objects: [Object] = []
        for element in try self.elements(name) { objects.append(try make(element.get())) }
        return objects
    }

    /// The elements of the list `name`, which must be there; an element that is no object is told of in its place.
    func elements(_ name: String) throws(LagoError) -> [Result<LagoFields, LagoError>] {
        let value = try self.present(name)
        guard case .list(let elements) = value.content else { throw self.mismatch(name, value, "a list") }
        return elements.enumerated().map { index, element in
            Result { () throws(LagoError) in
                try LagoFields(element, path: "\(self.place(of: name)).\(index)")
            }
        }
    }

    /// What `make` reads from the objects in the list `name`; nil where it is null or missing.
    func objectsIfAny<Object>(
        _ name: String,
        as make: (LagoFields) throws(LagoError) -> Object
    ) throws(LagoError) -> [Object]? {
        guard let value = self.members[name], !value.isNull else { return nil }
        return try self.objects(name, as: make)
    }

    private func present(_ name: String) throws(LagoError) -> JSONValue {
        guard let value = self.members[name] else {
            throw .unreadable(what: "\(self.place(of: name)) is missing")
        }
        return value
    }

    private func mismatch(_ name: String, _ value: JSONValue, _ expected: String) -> LagoError {
        .unreadable(what: "\(self.place(of: name)) is \(value.kind), but not \(expected)")
    }

    private func place(of name: String) -> String { self.path.isEmpty ? name : "\(self.path).\(name)" }

    private static func words(for fault: JSONReader.Fault, in body: [UInt8]) -> String {
        let first = body.first { ![0x20, 0x0A, 0x0D, 0x09].contains($0) }
        return switch (first, fault) {
        case (nil, _): "the body is empty"
        case (UInt8(ascii: "<"), _): "the body is a web page, not JSON"
        case (_, .cutOff): "the body ends in the middle"
        case (_, .invalid): "the body is not JSON"
        }
    }
}
