package import Money

/// Amounts of several currencies, as settings write them: `500 USD,450 EUR`.
package enum MonthlyLimits {
    /// Minor units by currency; nil for an empty text, a currency that is there twice, and what is no amount above zero.
    package static func parse(_ text: String) -> [Currency: Int64]? {
        var limits: [Currency: Int64] = [:]
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            guard case .money(let amount)? = try? Threshold(String(part)), amount.minorUnits > 0,
                limits.updateValue(amount.minorUnits, forKey: amount.currency) == nil
            else { return nil }
        }
        return limits.isEmpty ? nil : limits
    }

    /// The same as a text, by currency.
    package static func format(_ limits: [Currency: Int64]) -> String {
        limits.sorted { $0.key < $1.key }.map { Amount(minorUnits: $1, currency: $0).description }
            .joined(separator: ",")
    }
}
