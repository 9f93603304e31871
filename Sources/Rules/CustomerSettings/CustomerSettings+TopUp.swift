package import Money

extension CustomerSettings {
    /// What holds for the customer's top-ups.
    ///
    /// - Throws: `CustomerSettingsError` for what cannot be read, which an update does not let in.
    package func topUpPolicy(within allowance: TopUpAllowance) throws(CustomerSettingsError) -> TopUpPolicy {
        TopUpPolicy(allowance, choice: try self.autoTopUp?.choice() ?? TopUpChoice())
    }
}

extension CustomerSettings.AutoTopUp {
    static let creditsHint = "write a number of credits above zero with at most five decimals, as \"50\""
    static let thresholdHint = "write a number of credits, zero or more, with at most five decimals, as \"10\""
    static let durationHint = "write a duration as 30s, 15m, 1h or 3d"
    static let limitHint = "write an amount with its currency, as \"500 USD\", or several, as \"500 USD,450 EUR\""

    func choice() throws(CustomerSettingsError) -> TopUpChoice {
        var choice = TopUpChoice()
        var problems: [CustomerSettingsProblem] = []
        func credits(_ name: String, _ text: String?, _ isFine: (FixedDecimal) -> Bool) -> FixedDecimal? {
            guard let text else { return nil }
            if let credits = FixedDecimal(exactly: text), isFine(credits) { return credits }
            let hint = name == "threshold" ? Self.thresholdHint : Self.creditsHint
            problems.append(.init("auto_top_up.\(name)", "is \"\(text)\"; \(hint)"))
            return nil
        }
        choice.isEnabled = self.enabled
        choice.threshold = credits("threshold", self.threshold) { $0 >= .zero }
        choice.amount =
            credits("credits", self.credits) { $0 > .zero }.map(TopUpAmount.fixed)
            ?? credits("target", self.target) { $0 > .zero }.map(TopUpAmount.refill)
        choice.maxPerDay = self.maxPerDay
        if let text = self.cooldown {
            choice.cooldown = DurationText.milliseconds(text)
            if choice.cooldown == nil {
                problems.append(.init("auto_top_up.cooldown", "is \"\(text)\"; \(Self.durationHint)"))
            }
        }
        if let text = self.maxPerMonth {
            choice.maxPerMonth = MonthlyLimits.parse(text)
            if choice.maxPerMonth == nil {
                problems.append(.init("auto_top_up.max_per_month", "is \"\(text)\"; \(Self.limitHint)"))
            }
        }
        guard problems.isEmpty else { throw CustomerSettingsError(problems: problems) }
        return choice
    }
}

extension TopUpAmount {
    /// The least target of a refill: above the threshold by a tenth, and by one credit.
    package static func leastTarget(above threshold: FixedDecimal) -> FixedDecimal {
        let tenth = FixedDecimal(units: (threshold.units + 9) / 10)
        return threshold.adding(max(tenth, .one))
    }
}
