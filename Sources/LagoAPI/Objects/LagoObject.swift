/// An object of Lago's REST API.
package protocol LagoObject: Hashable, Sendable {
    /// The member that it stands under in an answer; lists stand under it with an `s`.
    static var member: String { get }

    /// - Throws: `LagoError.unreadable`, which names the field.
    init(_ fields: LagoFields) throws(LagoError)
}

extension LagoObject {
    /// Reads one object of its own, without the member around it: what `json` gave, or a webhook's payload.
    ///
    /// - Throws: `LagoError.unreadable`, which names the field.
    package init(json: [UInt8]) throws(LagoError) {
        try self.init(LagoFields(json, path: Self.member))
    }
}
