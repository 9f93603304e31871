package import LagoEvents

/// What an event calls for.
///
/// Webhooks are hints: whatever names a customer may have moved that customer's balance, and a look at Lago tells.
package enum Reaction: Hashable, Sendable {
    /// Look at this customer's wallets at Lago.
    case look(at: CustomerID)
    /// Nothing follows.
    case nothing

    /// The reaction to an event of this type that names this customer.
    package init(to type: WebhookType?, customer: CustomerID?) {
        guard let customer, let type, Self.movesBalance(type) else {
            self = .nothing
            return
        }
        self = .look(at: customer)
    }

    /// Types that name a customer without a bearing on the balance: contacts at providers, quotes and the like.
    private static func movesBalance(_ type: WebhookType) -> Bool {
        let topic = type.rawValue.prefix { $0 != "." }
        return switch topic {
        case "wallet", "wallet_transaction", "invoice", "credit_note", "subscription", "fee", "payment", "alert": true
        case "customer": type.rawValue == "customer.created" || type.rawValue == "customer.updated"
        default: false
        }
    }
}
