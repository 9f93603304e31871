/// An amount of money: minor units of a currency, as Lago's `*_cents` fields give it.
package struct Amount: Hashable, Sendable, CustomStringConvertible {
    package let minorUnits: Int64
    package let currency: Currency

    package init(minorUnits: Int64, currency: Currency) {
        self.minorUnits = minorUnits
        self.currency = currency
    }

    /// The amount in major units, exactly: no currency has minor units finer than five decimals.
    package var major: FixedDecimal {
        FixedDecimal(units: self.minorUnits * (FixedDecimal.unitsPerWhole / self.currency.subunits))
    }

    /// Plain notation with the currency's decimals and code, for logs and commands: `-12.50 EUR`, `1200 JPY`.
    package var description: String {
        "\(self.major.text(decimals: self.currency.decimals)) \(self.currency.code)"
    }
}
