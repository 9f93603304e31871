package import LagoEvents
private import Money
private import Notices
package import Rules

/// What holds where a customer has set nothing, and settings as the API shows them.
package struct SettingsDefaults: Sendable {
    let allowance: TopUpAllowance
    private let policy: ThresholdPolicy
    private let locale: String
    /// Optional kinds of mail, and whether the operator sends them.
    private let kinds: [(name: String, isOn: Bool)]

    /// - Parameter off: kinds of mail that the operator never sends.
    package init(policy: ThresholdPolicy, allowance: TopUpAllowance, locale: String, off: Set<String>) {
        self.policy = policy
        self.allowance = allowance
        self.locale = locale
        self.kinds = MessageKind.allCases.filter(\.isOptional).map { ($0.rawValue, !off.contains($0.rawValue)) }
    }

    /// The members of `defaults`.
    var members: [(name: String, value: JSONText)] {
        [("locale", .text(self.locale))]
            + self.members(of: CustomerSettings()).filter { $0.name != "locale" && $0.name != "emails" }
    }

    /// The members of `settings`: what the customer has set, else what holds. Null are only those that another place
    /// decides: Lago's for `locale` and `emails`, and what is not set anywhere.
    func members(of settings: CustomerSettings) -> [(name: String, value: JSONText)] {
        [
            ("locale", .optional(settings.locale)),
            ("emails", settings.emails.map { .list($0.map { .text($0) }) } ?? .null),
            ("low_balance", self.lowBalance(settings)), ("auto_top_up", self.autoTopUp(settings)),
            ("mail", .object(self.kinds.map { ($0.name, .bool($0.isOn && settings.wants(mail: $0.name))) })),
        ]
    }

    private func lowBalance(_ settings: CustomerSettings) -> JSONText {
        let thresholds = settings.lowBalance?.thresholds ?? self.policy.thresholds.map(\.description)
        let wallets = settings.lowBalance?.restrictedWallets ?? []
        return .object([
            ("thresholds", .list(thresholds.map { .text($0) })),
            ("restricted_wallets", .list(wallets.map { .text($0) })),
        ])
    }

    /// The limits are those that hold: of the customer's and the operator's the tighter ones.
    private func autoTopUp(_ settings: CustomerSettings) -> JSONText {
        let policy = (try? settings.topUpPolicy(within: self.allowance)) ?? TopUpPolicy(self.allowance)
        var (credits, target) = (JSONText.null, JSONText.null)
        switch policy.amount {
        case .fixed(let amount): credits = .text(amount.text(decimals: 0))
        case .refill(let level): target = .text(level.text(decimals: 0))
        case nil: break
        }
        return .object([
            ("enabled", .bool(policy.isEnabled)), ("threshold", .optional(policy.threshold?.text(decimals: 0))),
            ("credits", credits), ("target", target),
            (
                "max_per_month",
                policy.maxPerMonth.isEmpty ? .null : .text(MonthlyLimits.format(policy.maxPerMonth))
            ), ("max_per_day", .integer(Int64(policy.maxPerDay))),
            ("cooldown", .text(DurationText.format(.milliseconds(policy.cooldown)))),
        ])
    }
}
