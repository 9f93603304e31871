/// An amount of money: minor units of a currency, as Lago's `*_cents` fields give it.
package struct Amount: Hashable, Sendable, CustomStringConvertible {
    package let minorUnits: Int64
    package let currency: Currency

    package init(minorUnits: Int64, currency: Currency) {
        self.minorUnits = minorUnits
        self.currency = currency
    }

    /// The amount in major units, exactly: no currency has minor units finer than five decimals. What is beyond a
    /// `FixedDecimal`, 92 million million, is held at that.
    package var major: FixedDecimal {
        let scale = Int128(FixedDecimal.unitsPerWhole / self.currency.subunits)
        return FixedDecimal(units: Int64(clamping: Int128(self.minorUnits) * scale))
    }

    /// Plain notation with the currency's decimals and code, for logs and commands: `-12.50 EUR`, `1200 JPY`.
    package var description: String {
        "\(self.major.text(decimals: self.currency.decimals)) \(self.currency.code)"
    }
}
