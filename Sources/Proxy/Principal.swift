package import LagoEvents

/// Who asks: proved, and never taken from the request's own word.
package enum Principal: Hashable, Sendable {
    /// The operator's own software, by one of `API_KEYS`; `name` tells the keys apart without showing one.
    case server(name: String)
    /// A customer, by a token or a session.
    case customer(CustomerID)

    package var isServer: Bool { if case .server = self { true } else { false } }

    /// One text for each, under which limits are counted and answers kept.
    package var id: String {
        switch self {
        case .server(let name): "server/\(name)"
        case .customer(let id): "customer/\(id.rawValue)"
        }
    }

    /// Who did it, for the audit.
    package var actor: String {
        switch self {
        case .server: "api"
        case .customer: "customer"
        }
    }
}
