import Money

/// A decimal number as it was written, whatever its size: sign, digits and a power of ten.
///
/// - Source: JSON numbers, and the texts in which Lago sends its decimals; `1e-5` and Ruby's `0.425e2` are read, too.
struct ExactNumber: Hashable {
    /// Longer texts and larger exponents than this are no numbers that Lago means.
    private static let maximumLength = 400

    private let isNegative: Bool
    /// 0 to 9 each, the first not 0; none for zero. The value is these times ten to the `exponent`.
    private let digits: [UInt8]
    private let exponent: Int

    /// Reads `-12.50`, `1e-5` or `0.425e2`.
    init?(_ text: String) {
        guard text.utf8.count <= Self.maximumLength else { return nil }
        var reader = DigitReader(text)
        let isNegative = reader.take("-")
        let whole = reader.digits()
        guard !whole.isEmpty else { return nil }
        var fraction: [UInt8] = []
        if reader.take(".") {
            fraction = reader.digits()
            guard !fraction.isEmpty else { return nil }
        }
        var power = 0
        if reader.take("e") || reader.take("E") {
            let isSmall = reader.take("-")
            if !isSmall { _ = reader.take("+") }
            let digits = reader.digits()
            guard (1...4).contains(digits.count) else { return nil }
            power = digits.reduce(0) { $0 * 10 + Int($1) } * (isSmall ? -1 : 1)
        }
        guard reader.isAtEnd, abs(power) <= Self.maximumLength else { return nil }
        let digits = Array((whole + fraction).drop { $0 == 0 })
        self.digits = digits
        self.isNegative = isNegative && !digits.isEmpty
        self.exponent = digits.isEmpty ? 0 : power - fraction.count
    }

    /// The number, where it is whole and fits.
    var integer: Int64? {
        self.scaled(decimals: 0).flatMap { $0.isExact ? $0.units : nil }
    }

    /// The number to five decimals, where it fits; further ones are cut off, as Lago does.
    var fixed: FixedDecimal? {
        self.scaled(decimals: 5).map { FixedDecimal(units: $0.units) }
    }

    /// Plain notation with all digits and at least one decimal: `253.0`, `0.000001`.
    var text: String {
        let point = self.digits.count + self.exponent  // how many digits stand before the point
        let padded =
            [UInt8](repeating: 0, count: max(0, 1 - point)) + self.digits
            + [UInt8](repeating: 0, count: max(0, self.exponent))
        let whole = padded.prefix(max(1, point))
        var fraction = padded.dropFirst(max(1, point))
        while fraction.last == 0 { fraction.removeLast() }
        if fraction.isEmpty { fraction = [0] }
        let text = [whole, fraction].map { part in part.map { String($0) }.joined() }.joined(separator: ".")
        return self.isNegative ? "-\(text)" : text
    }

    /// The number in units of so many decimals, cut off toward zero; nil where it does not fit.
    private func scaled(decimals: Int) -> (units: Int64, isExact: Bool)? {
        let shift = self.exponent + decimals
        let kept = self.digits.dropLast(max(0, -shift))
        let isExact = self.digits.dropFirst(kept.count).allSatisfy { $0 == 0 }
        var units: Int64 = 0
        for digit in kept + [UInt8](repeating: 0, count: self.digits.isEmpty ? 0 : max(0, shift)) {
            let (product, isTooLarge) = units.multipliedReportingOverflow(by: 10)
            let (sum, isAlsoTooLarge) = product.addingReportingOverflow(Int64(digit) * (self.isNegative ? -1 : 1))
            guard !isTooLarge, !isAlsoTooLarge else { return nil }
            units = sum
        }
        return (units, isExact)
    }
}
