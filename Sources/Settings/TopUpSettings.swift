private import Money
package import Rules

/// What the operator allows of automatic top-ups.
///
/// - `AUTO_TOP_UP` (`off`, `shadow`, `on`; default `off`): `shadow` decides and records, and charges nothing
/// - `AUTO_TOP_UP_DEFAULT` (`opt_in`, `all`; default `opt_in`): who is topped up without a choice of their own
/// - `AUTO_TOP_UP_THRESHOLD` (credits): at or below which an account is topped up
/// - `AUTO_TOP_UP_CREDITS` (credits): bought each time; or `AUTO_TOP_UP_TARGET` (credits): to which it is filled up, above
///   the threshold by a tenth and by one credit
/// - `AUTO_TOP_UP_COOLDOWN` (duration, 0s...30d, default `1h`): the least time between two top-ups of an account
/// - `AUTO_TOP_UP_MAX_PER_DAY` (int, 1...1000, default 3): top-ups of an account in a UTC day
/// - `AUTO_TOP_UP_MAX_PER_MONTH` (`500 USD,450 EUR`): of an account in a UTC month; a currency that is not there is never
///   charged; needed where `AUTO_TOP_UP` is `on`
/// - `AUTO_TOP_UP_WITHOUT_PROVIDER` (on or off, default off): whether customers without a payment provider are charged, too
/// - `TOP_UP_LOOKUP_GRACE` (duration, 1s...1h, default `60s`): how long a request whose answer was lost may take effect
package struct TopUpSettings: Sendable {
    package let allowance: TopUpAllowance
    package let lookupGrace: Duration

    package init(_ source: inout SettingsSource) {
        let mode: TopUpAllowance.Mode = source.word("AUTO_TOP_UP", default: .off)
        let audience: TopUpAllowance.Audience = source.word("AUTO_TOP_UP_DEFAULT", default: .optIn)
        let threshold = Self.credits("AUTO_TOP_UP_THRESHOLD", &source) { $0 >= .zero }
        let cooldown = source.duration(
            "AUTO_TOP_UP_COOLDOWN",
            default: .seconds(3600),
            in: .zero ... .seconds(30 * 86_400)
        )
        self.allowance = TopUpAllowance(
            mode: mode,
            audience: audience,
            threshold: threshold,
            amount: Self.amount(&source, threshold: threshold),
            cooldown: cooldown.components.seconds * 1000 + cooldown.components.attoseconds / 1_000_000_000_000_000,
            maxPerDay: source.int("AUTO_TOP_UP_MAX_PER_DAY", default: 3, in: 1...1000),
            maxPerMonth: Self.limits(&source),
            chargesWithoutProvider: source.flag("AUTO_TOP_UP_WITHOUT_PROVIDER", default: false)
        )
        self.lookupGrace = source.duration(
            "TOP_UP_LOOKUP_GRACE",
            default: .seconds(60),
            in: .seconds(1) ... .seconds(3600)
        )
        Self.checkTogether(self.allowance, &source)
    }

    private static func credits(
        _ key: String,
        _ source: inout SettingsSource,
        _ isFine: (FixedDecimal) -> Bool
    ) -> FixedDecimal? {
        guard let text = source.text(key) else { return nil }
        if let credits = FixedDecimal(exactly: text), isFine(credits) { return credits }
        source.note(key, text, "use a number of credits with at most five decimals, as 50")
        return nil
    }

    private static func amount(_ source: inout SettingsSource, threshold: FixedDecimal?) -> TopUpAmount? {
        let credits = Self.credits("AUTO_TOP_UP_CREDITS", &source) { $0 > .zero }
        let target = Self.credits("AUTO_TOP_UP_TARGET", &source) { $0 > .zero }
        if let target {
            let least = TopUpAmount.leastTarget(above: threshold ?? .zero)
            if source.text("AUTO_TOP_UP_CREDITS") != nil {
                source.note("AUTO_TOP_UP_TARGET", target.description, "leave out this one, or AUTO_TOP_UP_CREDITS")
            } else if target < least {
                let fix = "use at least \(least): above the threshold by a tenth, and by 1 credit"
                source.note("AUTO_TOP_UP_TARGET", source.text("AUTO_TOP_UP_TARGET"), fix)
            }
        }
        return credits.map(TopUpAmount.fixed) ?? target.map(TopUpAmount.refill)
    }

    private static func limits(_ source: inout SettingsSource) -> [Currency: Int64] {
        let key = "AUTO_TOP_UP_MAX_PER_MONTH"
        guard let text = source.text(key) else { return [:] }
        if let limits = MonthlyLimits.parse(text) { return limits }
        source.note(key, text, "use an amount above zero for each currency, as 500 USD,450 EUR")
        return [:]
    }

    private static func checkTogether(_ allowance: TopUpAllowance, _ source: inout SettingsSource) {
        guard allowance.mode != .off else { return }
        if allowance.mode == .on, source.text("AUTO_TOP_UP_MAX_PER_MONTH") == nil {
            source.note(
                "AUTO_TOP_UP",
                "on",
                "set AUTO_TOP_UP_MAX_PER_MONTH to the most that an account may be charged, as 500 USD,450 EUR"
            )
        }
        guard allowance.audience == .all else { return }
        if source.text("AUTO_TOP_UP_THRESHOLD") == nil {
            source.note("AUTO_TOP_UP_DEFAULT", "all", "set AUTO_TOP_UP_THRESHOLD, too: at how many credits to top up")
        }
        if source.text("AUTO_TOP_UP_CREDITS") == nil, source.text("AUTO_TOP_UP_TARGET") == nil {
            source.note(
                "AUTO_TOP_UP_DEFAULT",
                "all",
                "set AUTO_TOP_UP_CREDITS or AUTO_TOP_UP_TARGET, too: how much to buy"
            )
        }
    }
}
