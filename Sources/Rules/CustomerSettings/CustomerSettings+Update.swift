private import Money

extension CustomerSettings {
    /// These settings with a part of them changed.
    ///
    /// - Parameter part: a JSON object of the keys that change; an explicit `null` returns to the operator's default. Setting
    ///   `credits` drops a `target`, and the other way round.
    /// - Throws: `CustomerSettingsError` with every problem at once. What the part leaves alone is not judged again.
    package func updated(with part: String, within bounds: CustomerSettingsBounds) throws(CustomerSettingsError)
        -> CustomerSettings
    {
        guard case .object(let part)? = try? SettingsValue(json: part) else {
            throw CustomerSettingsError(problems: [.init("", "must be a JSON object")])
        }
        var update = Update(settings: self, bounds: bounds)
        for (key, value) in part.sorted(by: { $0.key < $1.key }) { update.apply(key, value) }
        guard update.problems.isEmpty else { throw CustomerSettingsError(problems: update.problems) }
        return update.settings
    }
}

private struct Update {
    var settings: CustomerSettings
    let bounds: CustomerSettingsBounds
    var problems: [CustomerSettingsProblem] = []

    init(settings: CustomerSettings, bounds: CustomerSettingsBounds) {
        self.settings = settings
        self.bounds = bounds
    }

    mutating func apply(_ key: String, _ value: SettingsValue) {
        switch key {
        case "locale": self.locale(value)
        case "emails": self.emails(value)
        case "low_balance": self.lowBalance(value)
        case "auto_top_up": self.autoTopUp(value)
        case "mail": self.mail(value)
        case "external_customer_id", "accounts", "defaults": self.note(key, "cannot be changed; leave it out")
        default: self.note(key, "is not known")
        }
    }

    private mutating func note(_ field: String, _ problem: String) { self.problems.append(.init(field, problem)) }

    /// Sets a field, returns it to its default, or notes what is wrong.
    private mutating func set<Value>(
        _ target: inout Value?,
        _ field: String,
        _ value: SettingsValue,
        _ problem: String,
        _ read: (SettingsValue) -> Value?
    ) {
        if case .null = value { return target = nil }
        guard let value = read(value) else { return self.note(field, problem) }
        target = value
    }

    /// The members of an object; nil for null, and for what is none.
    private mutating func members(_ field: String, _ value: SettingsValue) -> [(key: String, value: SettingsValue)]? {
        if case .object(let members) = value { return members.sorted { $0.key < $1.key } }
        if case .null = value { return nil }
        self.note(field, "must be an object, or null for the default")
        return nil
    }

    private mutating func locale(_ value: SettingsValue) {
        let locales = self.bounds.locales
        var locale = self.settings.locale
        self.set(&locale, "locale", value, "is not known; use \(locales.joined(separator: ", "))") { value in
            value.text.flatMap { locales.contains($0) ? $0 : nil }
        }
        self.settings.locale = locale
    }

    private mutating func emails(_ value: SettingsValue) {
        guard self.bounds.maySetEmails else { return self.note("emails", "can only be set by the operator") }
        let isAddress = self.bounds.isAddress
        var emails = self.settings.emails
        self.set(&emails, "emails", value, "must be a list of one to ten mail addresses") { value in
            value.list { $0.text.flatMap { isAddress($0) ? $0 : nil } }.flatMap {
                (1...10).contains($0.count) ? $0 : nil
            }
        }
        self.settings.emails = emails
    }

    private mutating func mail(_ value: SettingsValue) {
        if case .null = value { return self.settings.mail = nil }
        var mail = self.settings.mail ?? [:]
        for (kind, value) in self.members("mail", value) ?? [] {
            switch self.bounds.kinds[kind] {
            case nil: self.note("mail.\(kind)", "is no kind of mail")
            case false?: self.note("mail.\(kind)", "cannot be switched off")
            case true?: self.set(&mail[kind], "mail.\(kind)", value, "must be true or false", \.bool)
            }
        }
        self.settings.mail = mail.isEmpty ? nil : mail
    }

    private mutating func lowBalance(_ value: SettingsValue) {
        if case .null = value { return self.settings.lowBalance = nil }
        var own = self.settings.lowBalance ?? .init()
        for (key, value) in self.members("low_balance", value) ?? [] {
            let field = "low_balance.\(key)"
            switch key {
            case "thresholds":
                let hint = "must be a list of at most twenty texts, as [\"20\", \"5\", \"0\"]"
                self.set(&own.thresholds, field, value, hint) { value in
                    value.list(of: \.figure).flatMap { $0.count <= 20 ? $0 : nil }
                }
                self.checkThresholds(own.thresholds, field)
            case "restricted_wallets":
                self.set(&own.restrictedWallets, field, value, "must be a list of at most fifty wallet ids") { value in
                    value.list(of: \.text).flatMap { ids in
                        ids.count <= 50 && ids.allSatisfy { (1...64).contains($0.utf8.count) } ? ids : nil
                    }
                }
            default: self.note(field, "is not known")
            }
        }
        self.settings.lowBalance = own == .init() ? nil : own
    }

    private mutating func checkThresholds(_ texts: [String]?, _ field: String) {
        do throws(ThresholdError) {
            _ = try ThresholdPolicy(texts ?? [])
        } catch {
            self.note(field, "cannot be used: \(error)")
        }
    }

    // MARK: - Top-ups

    private mutating func autoTopUp(_ value: SettingsValue) {
        if case .null = value { return self.settings.autoTopUp = nil }
        guard let members = self.members("auto_top_up", value) else { return }
        let before = self.problems.count
        var own = self.settings.autoTopUp ?? .init()
        for (key, value) in members { self.set(key, value, of: &own) }
        let changed = Set(members.filter { if case .null = $0.value { false } else { true } }.map(\.key))
        if changed.contains("credits") != changed.contains("target") {
            if changed.contains("credits") { own.target = nil } else { own.credits = nil }
        }
        guard self.problems.count == before else { return }
        do throws(CustomerSettingsError) {
            let choice = try own.choice()
            self.checkTogether(own, choice, touched: Set(members.map(\.key)))
            self.checkLimits(own, choice, changed: changed)
        } catch {
            self.problems += error.problems
        }
        self.settings.autoTopUp = own == .init() ? nil : own
    }

    private mutating func set(_ key: String, _ value: SettingsValue, of own: inout CustomerSettings.AutoTopUp) {
        let field = "auto_top_up.\(key)"
        let hint = CustomerSettings.AutoTopUp.self
        let credits = "must be a number; \(hint.creditsHint)"
        switch key {
        case "enabled": self.set(&own.enabled, field, value, "must be true or false", \.bool)
        case "threshold": self.set(&own.threshold, field, value, "must be a number; \(hint.thresholdHint)", \.figure)
        case "credits": self.set(&own.credits, field, value, credits, \.figure)
        case "target": self.set(&own.target, field, value, credits, \.figure)
        case "max_per_month":
            self.set(&own.maxPerMonth, field, value, "must be a text; \(hint.limitHint)", \.text)
        case "max_per_day": self.set(&own.maxPerDay, field, value, "must be a whole number", \.integer)
        case "cooldown":
            self.set(&own.cooldown, field, value, "must be a text; \(hint.durationHint)", \.text)
        default: self.note(field, "is not known")
        }
    }

    /// What the parts come to together. Whoever only switches it off is not asked for more.
    private mutating func checkTogether(
        _ own: CustomerSettings.AutoTopUp,
        _ choice: TopUpChoice,
        touched: Set<String>
    ) {
        guard choice.isEnabled != false || touched != ["enabled"] else { return }
        let policy = TopUpPolicy(self.bounds.allowance, choice: choice)
        if own.credits != nil, own.target != nil {
            self.note("auto_top_up.target", "cannot be set beside credits; set one of them")
        }
        if choice.isEnabled == true, policy.threshold == nil {
            self.note("auto_top_up.threshold", "is missing: say at how many credits to top up")
        }
        if choice.isEnabled == true, policy.amount == nil {
            self.note("auto_top_up.credits", "is missing: say how many credits to buy, or set a target")
        }
        guard case .refill(let target)? = policy.amount, let threshold = policy.threshold else { return }
        let least = TopUpAmount.leastTarget(above: threshold)
        guard target < least else { return }
        if own.target == nil {
            let most = target.text(decimals: 0)
            self.note(
                "auto_top_up.threshold",
                "is too high: accounts are filled up to \(most) credits; set a target, too"
            )
        } else {
            let words = "above the threshold by a tenth, and by 1 credit"
            self.note("auto_top_up.target", "must be at least \(least.text(decimals: 0)): \(words)")
        }
    }

    /// The customer's limits are no wider than the operator's.
    private mutating func checkLimits(
        _ own: CustomerSettings.AutoTopUp,
        _ choice: TopUpChoice,
        changed: Set<String>
    ) {
        let allowance = self.bounds.allowance
        if changed.contains("max_per_day"), !(1...max(allowance.maxPerDay, 1)).contains(own.maxPerDay ?? 0) {
            self.note("auto_top_up.max_per_day", "must be from 1 to \(allowance.maxPerDay)")
        }
        if changed.contains("cooldown"), choice.cooldown ?? 0 < allowance.cooldown {
            self.note(
                "auto_top_up.cooldown",
                "must be at least \(DurationText.format(.milliseconds(allowance.cooldown)))"
            )
        }
        if changed.contains("max_per_month") { self.checkMonth(choice.maxPerMonth ?? [:]) }
    }

    private mutating func checkMonth(_ limits: [Currency: Int64]) {
        for (currency, limit) in limits.sorted(by: { $0.key < $1.key }) {
            guard let most = self.bounds.allowance.maxPerMonth[currency] else {
                self.note("auto_top_up.max_per_month", "names \(currency), in which nothing is charged automatically")
                continue
            }
            if limit > most {
                let amount = Amount(minorUnits: most, currency: currency)
                self.note("auto_top_up.max_per_month", "must be at most \(amount)")
            }
        }
    }
}
