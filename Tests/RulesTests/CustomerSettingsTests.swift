import Money
import Rules
import Testing

struct CustomerSettingsTests {
    private static func bounds(
        maySetEmails: Bool = true,
        _ change: (inout (threshold: FixedDecimal?, amount: TopUpAmount?)) -> Void = { _ in }
    ) throws -> CustomerSettingsBounds {
        var defaults: (threshold: FixedDecimal?, amount: TopUpAmount?) = (nil, nil)
        change(&defaults)
        let allowance = TopUpAllowance(
            mode: .on,
            threshold: defaults.threshold,
            amount: defaults.amount,
            maxPerMonth: [try Sample.currency("EUR"): 45_000, try Sample.currency("USD"): 50_000]
        )
        return CustomerSettingsBounds(
            allowance: allowance,
            locales: ["en", "fr"],
            kinds: ["low_balance": true, "payment_failed": false],
            maySetEmails: maySetEmails,
            isAddress: { $0.contains("@") }
        )
    }

    /// The settings after an update, as they are kept, or its problems.
    private func update(
        _ old: String?,
        _ part: String,
        within bounds: CustomerSettingsBounds? = nil
    ) throws -> String {
        let settings = try CustomerSettings(json: old)
        let bounds = try bounds ?? Self.bounds()
        do {
            return try settings.updated(with: part, within: bounds).json()
        } catch let error as CustomerSettingsError {
            return "\(error)"
        }
    }

    private static let auto = #"{"auto_top_up":{"credits":"50","enabled":true,"threshold":"10"}}"#

    @Test(arguments: [
        (nil, "{}", "{}"), (#"{"locale":"fr"}"#, "{}", #"{"locale":"fr"}"#),
        (nil, #"{"locale":"fr","emails":["a@x.test"]}"#, #"{"emails":["a@x.test"],"locale":"fr"}"#),
        (#"{"locale":"fr"}"#, #"{"locale":null}"#, "{}"),
        // Part of an object leaves the rest of it alone; null returns to the default, of one key or of all.
        (nil, Self.auto, Self.auto),
        (Self.auto, #"{"auto_top_up":{"enabled":false}}"#, Self.auto.replacing("true", with: "false")),
        (Self.auto, #"{"auto_top_up":null}"#, "{}"), (Self.auto, #"{"auto_top_up":{}}"#, Self.auto),
        (#"{"auto_top_up":{"cooldown":"2h"}}"#, #"{"auto_top_up":{"cooldown":null}}"#, "{}"),
        // Numbers are read exactly, and kept as texts.
        (
            nil, #"{"auto_top_up":{"threshold":0.1,"credits":12.34567}}"#,
            #"{"auto_top_up":{"credits":"12.34567","threshold":"0.1"}}"#
        ),
        (nil, #"{"auto_top_up":{"threshold":0}}"#, #"{"auto_top_up":{"threshold":"0"}}"#),
        // Credits and a target take each other's place.
        (
            Self.auto, #"{"auto_top_up":{"target":"100"}}"#,
            #"{"auto_top_up":{"enabled":true,"target":"100","threshold":"10"}}"#
        ),
        (#"{"auto_top_up":{"target":"100"}}"#, #"{"auto_top_up":{"credits":5}}"#, #"{"auto_top_up":{"credits":"5"}}"#),
        // Limits as tight as the operator's, or tighter.
        (
            nil, #"{"auto_top_up":{"max_per_day":3,"cooldown":"1h","max_per_month":"450 EUR,1 USD"}}"#,
            #"{"auto_top_up":{"cooldown":"1h","max_per_day":3,"max_per_month":"450 EUR,1 USD"}}"#
        ),
        (
            nil, #"{"low_balance":{"thresholds":["20",5,"10%"],"restricted_wallets":["w"]}}"#,
            #"{"low_balance":{"restricted_wallets":["w"],"thresholds":["20","5","10%"]}}"#
        ),
        (nil, #"{"low_balance":{"thresholds":[]}}"#, #"{"low_balance":{"thresholds":[]}}"#),
        (nil, #"{"mail":{"low_balance":false}}"#, #"{"mail":{"low_balance":false}}"#),
        (#"{"mail":{"low_balance":false}}"#, #"{"mail":{"low_balance":null}}"#, "{}"),
        // What was set before and would not be let in any more does no harm to another key.
        (
            #"{"auto_top_up":{"max_per_day":9}}"#, #"{"auto_top_up":{"cooldown":"3d"}}"#,
            #"{"auto_top_up":{"cooldown":"3d","max_per_day":9}}"#
        ),
        (
            #"{"auto_top_up":{"enabled":true,"target":"10","threshold":"10"}}"#, #"{"auto_top_up":{"enabled":false}}"#,
            #"{"auto_top_up":{"enabled":false,"target":"10","threshold":"10"}}"#
        ),
    ])
    func `a part changes what it names`(old: String?, part: String, expected: String) throws {
        #expect(try self.update(old, part) == expected)
    }

    @Test(arguments: [
        ("[]", "settings must be a JSON object."), ("{", "settings must be a JSON object."),
        (#"{"local":"fr"}"#, "local is not known."), (#"{"locale":"it"}"#, "locale is not known; use en, fr."),
        (#"{"accounts":[]}"#, "accounts cannot be changed; leave it out."),
        (#"{"emails":["x"]}"#, "emails must be a list of one to ten mail addresses."),
        (#"{"emails":[]}"#, "emails must be a list of one to ten mail addresses."),
        (#"{"mail":{"low_balnce":true}}"#, "mail.low_balnce is no kind of mail."),
        (#"{"mail":{"payment_failed":false}}"#, "mail.payment_failed cannot be switched off."),
        (#"{"mail":{"low_balance":1}}"#, "mail.low_balance must be true or false."),
        (#"{"mail":[]}"#, "mail must be an object, or null for the default."),
        (
            #"{"low_balance":{"thresholds":["20","x"]}}"#,
            "low_balance.thresholds cannot be used: threshold 'x' is no threshold; write 20 (credits), 20 USD (money), 10% (of the last top-up) or 3d (days)."
        ),
        (
            #"{"low_balance":{"restricted_wallets":[""]}}"#,
            "low_balance.restricted_wallets must be a list of at most fifty wallet ids."
        ),
        (#"{"auto_top_up":{"every":1}}"#, "auto_top_up.every is not known."),
        (#"{"auto_top_up":{"enabled":"yes"}}"#, "auto_top_up.enabled must be true or false."),
        (
            #"{"auto_top_up":{"threshold":-1}}"#,
            "auto_top_up.threshold is \"-1\"; write a number of credits, zero or more, with at most five decimals, as \"10\"."
        ),
        (
            #"{"auto_top_up":{"credits":"0"}}"#,
            "auto_top_up.credits is \"0\"; write a number of credits above zero with at most five decimals, as \"50\"."
        ),
        (
            #"{"auto_top_up":{"credits":0.123456}}"#,
            "auto_top_up.credits is \"0.123456\"; write a number of credits above zero with at most five decimals, as \"50\"."
        ),
        (
            #"{"auto_top_up":{"credits":true}}"#,
            "auto_top_up.credits must be a number; write a number of credits above zero with at most five decimals, as \"50\"."
        ),
        (
            #"{"auto_top_up":{"credits":1,"target":"50"}}"#,
            "auto_top_up.target cannot be set beside credits; set one of them."
        ),
        (
            #"{"auto_top_up":{"enabled":true}}"#,
            "auto_top_up.threshold is missing: say at how many credits to top up.\nauto_top_up.credits is missing: say how many credits to buy, or set a target."
        ),
        (
            #"{"auto_top_up":{"threshold":5,"target":5.99}}"#,
            "auto_top_up.target must be at least 6: above the threshold by a tenth, and by 1 credit."
        ),
        (
            #"{"auto_top_up":{"threshold":100,"target":109}}"#,
            "auto_top_up.target must be at least 110: above the threshold by a tenth, and by 1 credit."
        ),
        (#"{"auto_top_up":{"max_per_day":4}}"#, "auto_top_up.max_per_day must be from 1 to 3."),
        (#"{"auto_top_up":{"max_per_day":0}}"#, "auto_top_up.max_per_day must be from 1 to 3."),
        (#"{"auto_top_up":{"max_per_day":1.5}}"#, "auto_top_up.max_per_day must be a whole number."),
        (#"{"auto_top_up":{"cooldown":"59m"}}"#, "auto_top_up.cooldown must be at least 1h."),
        (
            #"{"auto_top_up":{"cooldown":"soon"}}"#,
            "auto_top_up.cooldown is \"soon\"; write a duration as 30s, 15m, 1h or 3d."
        ),
        (#"{"auto_top_up":{"max_per_month":"450.01 EUR"}}"#, "auto_top_up.max_per_month must be at most 450.00 EUR."),
        (
            #"{"auto_top_up":{"max_per_month":"1 GBP"}}"#,
            "auto_top_up.max_per_month names GBP, in which nothing is charged automatically."
        ),
        (
            #"{"auto_top_up":{"max_per_month":"450"}}"#,
            "auto_top_up.max_per_month is \"450\"; write an amount with its currency, as \"500 USD\", or several, as \"500 USD,450 EUR\"."
        ),
        (#"{"locale":1,"x":2}"#, "locale is not known; use en, fr.\nx is not known."),
    ])
    func `what cannot be set is told in words`(part: String, problems: String) throws {
        #expect(try self.update(nil, part) == problems)
    }

    @Test func `only the operator says where mail goes`() throws {
        let bounds = try Self.bounds(maySetEmails: false)
        let told = try self.update(nil, #"{"emails":["a@x.test"]}"#, within: bounds)
        #expect(told == "emails can only be set by the operator.")
    }

    @Test func `the operator's defaults fill in what is missing, and bound the threshold`() throws {
        let bounds = try Self.bounds { defaults in
            defaults = (FixedDecimal(units: 1_000_000), .refill(to: FixedDecimal(units: 5_000_000)))
        }
        let enabled = #"{"auto_top_up":{"enabled":true}}"#
        #expect(try self.update(nil, enabled, within: bounds) == enabled)
        #expect(
            try self.update(nil, #"{"auto_top_up":{"threshold":46}}"#, within: bounds)
                == "auto_top_up.threshold is too high: accounts are filled up to 50 credits; set a target, too."
        )
        let back = #"{"auto_top_up":{"threshold":null}}"#
        #expect(
            try self.update(#"{"auto_top_up":{"threshold":"90","target":"99"}}"#, back, within: bounds).contains("99")
        )
    }

    @Test func `of two limits the tighter one holds`() throws {
        let euro = try Sample.currency("EUR")
        let settings = try CustomerSettings(
            json: #"{"auto_top_up":{"max_per_day":9,"cooldown":"1s","max_per_month":"900 EUR","target":"60"}}"#
        )
        let policy = try settings.topUpPolicy(within: Self.bounds().allowance)
        #expect(policy.maxPerDay == 3 && policy.cooldown == 3_600_000 && policy.maxPerMonth == [euro: 45_000])
        #expect(policy.amount == .refill(to: FixedDecimal(units: 6_000_000)) && !policy.isEnabled)
        let tight = try CustomerSettings(
            json: #"{"auto_top_up":{"enabled":true,"max_per_day":1,"cooldown":"2h","max_per_month":"9 EUR"}}"#
        )
        let tighter = try tight.topUpPolicy(within: Self.bounds().allowance)
        #expect(tighter.maxPerDay == 1 && tighter.cooldown == 7_200_000 && tighter.maxPerMonth == [euro: 900])
        #expect(tighter.isEnabled && tighter.threshold == nil && tighter.amount == nil)
        let plain = try CustomerSettings(json: nil).topUpPolicy(within: Self.bounds().allowance)
        #expect(plain.maxPerMonth.count == 2 && plain.maxPerMonth[euro] == 45_000)
        let broken = try CustomerSettings(json: #"{"auto_top_up":{"cooldown":"soon"}}"#)
        #expect(throws: CustomerSettingsError.self) { try broken.topUpPolicy(within: Self.bounds().allowance) }
    }

    @Test(arguments: ["", "500", "500 USD,", "500 USD,1 USD", "0 USD", "-1 USD", "0.001 USD", "500 usd 1", "10%", "3d"])
    func `what is no limit of money is none`(text: String) {
        #expect(MonthlyLimits.parse(text) == nil)
    }

    @Test func `limits of money are read and written alike`() throws {
        let limits = try #require(MonthlyLimits.parse("500 USD, 450.5 EUR"))
        #expect(MonthlyLimits.format(limits) == "450.50 EUR,500.00 USD")
        #expect(MonthlyLimits.parse(MonthlyLimits.format(limits)) == limits)
    }
}
