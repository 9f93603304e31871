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
        self.init(text, isExact: false)
    }

    package var description: String { self.text(decimals: 1) }

    /// Reads the same text, but refuses what would have to be cut off: for what a person or another program asks for.
    package init?(exactly text: String) {
        self.init(text, isExact: true)
    }

    /// At most 13 digits before the point, and at least one on each side of it. Byte by byte, as a regular
    /// expression is compiled anew at each use, and every figure from Lago comes through here.
    private init?(_ text: String, isExact: Bool) {
        let isNegative = text.utf8.first == UInt8(ascii: "-")
        let parts = text.utf8.dropFirst(isNegative ? 1 : 0)
            .split(separator: UInt8(ascii: "."), maxSplits: 1, omittingEmptySubsequences: false)
        let isNumber = parts.allSatisfy { part in
            !part.isEmpty && part.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
        }
        guard isNumber, let whole = parts.first, whole.count <= 13 else { return nil }
        let decimals = parts.count > 1 ? Array(parts[1]) : []
        guard !isExact || decimals.dropFirst(5).allSatisfy({ $0 == UInt8(ascii: "0") }) else { return nil }
        let padding = repeatElement(UInt8(ascii: "0"), count: max(5 - decimals.count, 0))
        let units = (whole + decimals.prefix(5) + padding).reduce(Int64(0)) { $0 * 10 + Int64($1 - UInt8(ascii: "0")) }
        self.units = isNegative ? -units : units
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
