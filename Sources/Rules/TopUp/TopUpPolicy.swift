package import Money

/// How much a top-up buys.
package enum TopUpAmount: Hashable, Sendable {
    /// These credits, exactly.
    case fixed(FixedDecimal)
    /// What is missing to this many credits, in one charge.
    case refill(to: FixedDecimal)
}

/// What the operator allows and takes for granted: `AUTO_TOP_UP` and its neighbours.
package struct TopUpAllowance: Hashable, Sendable {
    package enum Mode: String, Hashable, Codable, Sendable, CaseIterable {
        case off
        /// Decides and records, charges nothing.
        case shadow
        case on
    }

    package enum Audience: String, Hashable, Codable, Sendable, CaseIterable {
        /// Who switched it on, or for whom the operator did.
        case optIn = "opt_in"
        /// Everybody who did not switch it off.
        case all
    }

    package let mode: Mode
    package let audience: Audience
    /// Credits at or below which an account is topped up.
    package let threshold: FixedDecimal?
    package let amount: TopUpAmount?
    /// The least time from one new top-up to the next, in milliseconds.
    package let cooldown: Int64
    /// New top-ups of an account in a UTC day.
    package let maxPerDay: Int
    /// Of an account in a UTC month, in minor units; a currency that is not listed is never charged.
    package let maxPerMonth: [Currency: Int64]
    /// Whether customers are charged whom Lago cannot collect from.
    package let chargesWithoutProvider: Bool

    package init(
        mode: Mode = .off,
        audience: Audience = .optIn,
        threshold: FixedDecimal? = nil,
        amount: TopUpAmount? = nil,
        cooldown: Int64 = 3_600_000,
        maxPerDay: Int = 3,
        maxPerMonth: [Currency: Int64] = [:],
        chargesWithoutProvider: Bool = false
    ) {
        self.mode = mode
        self.audience = audience
        self.threshold = threshold
        self.amount = amount
        self.cooldown = cooldown
        self.maxPerDay = maxPerDay
        self.maxPerMonth = maxPerMonth
        self.chargesWithoutProvider = chargesWithoutProvider
    }
}

/// What a customer chose; what is nil is the operator's.
package struct TopUpChoice: Hashable, Sendable {
    package var isEnabled: Bool?
    package var threshold: FixedDecimal?
    package var amount: TopUpAmount?
    package var cooldown: Int64?
    package var maxPerDay: Int?
    package var maxPerMonth: [Currency: Int64]?

    package init() {}
}

/// What holds for a customer: the operator's allowance, and the customer's choice within it.
package struct TopUpPolicy: Hashable, Sendable {
    package let mode: TopUpAllowance.Mode
    package let isEnabled: Bool
    package let threshold: FixedDecimal?
    package let amount: TopUpAmount?
    package let cooldown: Int64
    package let maxPerDay: Int
    package let maxPerMonth: [Currency: Int64]
    package let chargesWithoutProvider: Bool

    /// Of two limits the tighter one holds, also where the operator's became the tighter one later. A customer who limits
    /// the month is charged in the currencies named there only, as with the operator's.
    package init(_ allowance: TopUpAllowance, choice: TopUpChoice = TopUpChoice()) {
        self.mode = allowance.mode
        self.isEnabled = choice.isEnabled ?? (allowance.audience == .all)
        self.threshold = choice.threshold ?? allowance.threshold
        self.amount = choice.amount ?? allowance.amount
        self.cooldown = max(choice.cooldown ?? 0, allowance.cooldown)
        self.maxPerDay = min(choice.maxPerDay ?? .max, allowance.maxPerDay)
        self.maxPerMonth = allowance.maxPerMonth.reduce(into: [:]) { limits, limit in
            guard let own = choice.maxPerMonth else { return limits[limit.key] = limit.value }
            limits[limit.key] = own[limit.key].map { min($0, limit.value) }
        }
        self.chargesWithoutProvider = allowance.chargesWithoutProvider
    }
}
