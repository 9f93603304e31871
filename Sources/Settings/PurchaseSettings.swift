package import Money

/// What customers may buy by the API and the billing page.
///
/// - `WALLET_RATES` (`USD:1,EUR:0.9`; default `USD:1,EUR:1`): what a credit of a new wallet costs, in major units; wallets in
///   other currencies are made by server keys only
/// - `PURCHASE_MAX` (credits, default 10000): the most of one purchase
/// - `PURCHASE_PRESETS` (comma-separated credits, default `10,25,50,100`): what the billing page offers
package struct PurchaseSettings: Sendable {
    package let rates: [Currency: FixedDecimal]
    package let maximum: FixedDecimal
    package let presets: [FixedDecimal]

    package init(_ source: inout SettingsSource) {
        self.rates = Self.rates(&source)
        self.maximum = Self.maximum(&source)
        self.presets = Self.presets(&source, atMost: self.maximum)
    }

    private static func rates(_ source: inout SettingsSource) -> [Currency: FixedDecimal] {
        let key = "WALLET_RATES"
        let text = source.text(key) ?? "USD:1,EUR:1"
        var rates: [Currency: FixedDecimal] = [:]
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            let sides = part.split(separator: ":").map { $0.filter { $0 != " " } }
            guard sides.count == 2, let currency = Currency(sides[0]), let rate = FixedDecimal(exactly: sides[1]),
                rate > .zero, rates.updateValue(rate, forKey: currency) == nil
            else {
                source.note(key, text, "use a price over zero for each currency, as USD:1,EUR:0.9")
                return [:]
            }
        }
        return rates
    }

    private static func maximum(_ source: inout SettingsSource) -> FixedDecimal {
        let key = "PURCHASE_MAX"
        let fallback = FixedDecimal(units: 10_000 * 100_000)
        guard let text = source.text(key) else { return fallback }
        if let credits = FixedDecimal(exactly: text), credits > .zero { return credits }
        source.note(key, text, "use a number of credits over zero with at most five decimals, as 10000")
        return fallback
    }

    private static func presets(_ source: inout SettingsSource, atMost maximum: FixedDecimal) -> [FixedDecimal] {
        let key = "PURCHASE_PRESETS"
        let text = source.text(key)
        let parts = (text ?? "10,25,50,100").split(separator: ",").map { $0.filter { $0 != " " } }
        let presets = parts.compactMap { FixedDecimal(exactly: $0) }.filter { $0 > .zero && $0 <= maximum }
        if let text, presets.count != parts.count || presets.isEmpty {
            source.note(key, text, "use amounts of credits over zero and up to PURCHASE_MAX, as 10,25,50,100")
        }
        return presets
    }
}
