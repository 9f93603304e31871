package import Money

/// What follows from a look at an account that may be topped up.
package enum TopUpDecision: Hashable, Sendable {
    /// Make a new top-up.
    case charge(Charge)
    /// Try the invoice of the top-up with this id again; no new one.
    case retry(String)
    case wait(Wait)

    package struct Charge: Hashable, Sendable {
        package let credits: FixedDecimal
        /// What Lago charges for them, by its rounding.
        package let money: Amount
        package let walletID: String
        package let clamp: Clamp?

        package init(credits: FixedDecimal, money: Amount, walletID: String, clamp: Clamp? = nil) {
            self.credits = credits
            self.money = money
            self.walletID = walletID
            self.clamp = clamp
        }
    }

    /// A limit of the wallet changed the amount.
    package struct Clamp: Hashable, Sendable {
        package enum Limit: String, Hashable, Codable, Sendable, CaseIterable {
            case minimum, maximum
        }

        package let limit: Limit
        /// What the policy asks for.
        package let wanted: FixedDecimal

        package init(limit: Limit, wanted: FixedDecimal) {
            self.limit = limit
            self.wanted = wanted
        }
    }

    package struct Wait: Hashable, Sendable {
        package let reason: TopUpReason
        /// When the reason ends by itself, in Unix milliseconds; nil where only an event ends it.
        package let nextLookAt: Int64?
        /// What would have been done, were the operator not only watching.
        package let shadowed: Shadowed?

        package init(_ reason: TopUpReason, nextLookAt: Int64? = nil, shadowed: Shadowed? = nil) {
            self.reason = reason
            self.nextLookAt = nextLookAt
            self.shadowed = shadowed
        }
    }

    package enum Shadowed: Hashable, Sendable {
        case charge(Charge)
        case retry(String)
    }

    package var reason: TopUpReason {
        switch self {
        case .charge, .retry: .charged
        case .wait(let wait): wait.reason
        }
    }

    package var nextLookAt: Int64? { if case .wait(let wait) = self { wait.nextLookAt } else { nil } }
}
