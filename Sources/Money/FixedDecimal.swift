/// A number with five decimals, as Lago's columns for credits and rates hold it (`decimal(30,5)`).
///
/// - Shape: whole units of 0.00001, so that sums are exact; up to about 92 million million.
/// - Text: plain notation with at least one decimal: `42.5`, `0.0`, `-5.3`.
package struct FixedDecimal: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// How many hundred-thousandths this is.
    package let units: Int64

    package static let zero = FixedDecimal(units: 0)
    static let unitsPerWhole: Int64 = 100_000

    package init(units: Int64) { self.units = units }

    /// Reads `-12.345678` style text; digits past the fifth decimal are cut off, as Lago does.
    package init?(_ text: String) {
        guard let match = text.wholeMatch(of: /(-?)([0-9]{1,13})(?:\.([0-9]+))?/) else { return nil }
        let decimals = (match.output.3 ?? "").prefix(5)
        let padded = decimals + String(repeating: "0", count: 5 - decimals.count)
        guard let whole = Int64(match.output.2), let fraction = Int64(padded) else { return nil }
        let units = whole * Self.unitsPerWhole + fraction
        self.units = match.output.1.isEmpty ? units : -units
    }

    package var description: String { self.text(decimals: 1) }

    /// Reads the same text, but refuses what would have to be cut off: for what a person or another program asks for.
    package init?(exactly text: String) {
        guard let match = text.wholeMatch(of: /-?[0-9]{1,13}(?:\.[0-9]{1,5}0*)?/),
            let value = Self(String(match.output))
        else { return nil }
        self = value
    }

    /// Plain notation with at least so many decimals, five at most: `42.50`, `-5.3` with one, `1200` with none.
    package func text(decimals: Int) -> String {
        let (whole, fraction) = self.units.magnitude.quotientAndRemainder(dividingBy: UInt64(Self.unitsPerWhole))
        var digits = String(fraction)
        digits = String(repeating: "0", count: 5 - digits.count) + digits
        while digits.count > decimals, digits.last == "0" { digits.removeLast() }
        return "\(self.units < 0 ? "-" : "")\(whole)\(digits.isEmpty ? "" : ".")\(digits)"
    }

    package static func < (left: Self, right: Self) -> Bool { left.units < right.units }
    package static func + (left: Self, right: Self) -> Self { Self(units: left.units + right.units) }
    package static func - (left: Self, right: Self) -> Self { Self(units: left.units - right.units) }

    /// What this many credits cost at `rate` (major currency units per credit), in the currency's minor units, rounded
    /// half up.
    package func cents(rate: FixedDecimal, currency: Currency) -> Int64 {
        let product = Int128(self.units) * Int128(rate.units) * Int128(currency.subunits)
        let scale = Int128(Self.unitsPerWhole) * Int128(Self.unitsPerWhole)
        let magnitude = (Int128(product.magnitude) * 2 + scale) / (scale * 2)
        return Int64(clamping: product < 0 ? -magnitude : magnitude)
    }

    /// How many credits at `rate` are worth `cents`, to five decimals, rounded half up; zero for a rate of zero.
    package init(cents: Int64, rate: FixedDecimal, currency: Currency) {
        let divisor = Int128(rate.units) * Int128(currency.subunits)
        guard divisor > 0 else {
            self = .zero
            return
        }
        let product = Int128(cents) * Int128(Self.unitsPerWhole) * Int128(Self.unitsPerWhole)
        let magnitude = (Int128(product.magnitude) * 2 + divisor) / (divisor * 2)
        self.units = Int64(clamping: product < 0 ? -magnitude : magnitude)
    }
}
