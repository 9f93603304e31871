/// Why the sandbox could not do what a test or a demo asked of it.
package enum SandboxError: Error, Equatable, CustomStringConvertible {
    case unknownCustomer(String)
    /// The webhook is about a wallet, and the customer has none.
    case noWallet(customer: String)
    /// No payload of this name is built in.
    case unknownTemplate(String)
    /// The sandbox ended before it listened; its `run()` says why.
    case notListening

    package var description: String {
        switch self {
        case .unknownCustomer(let id): "no customer has the external id \(id)"
        case .noWallet(let customer): "customer \(customer) has no wallet"
        case .unknownTemplate(let name): "there is no template named \(name)"
        case .notListening: "the sandbox ended before it listened"
        }
    }
}
