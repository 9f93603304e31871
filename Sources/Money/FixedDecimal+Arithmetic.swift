extension FixedDecimal {
    package var isNegative: Bool { self.units < 0 }

    /// The product, to five decimals, half rounded away from zero; held at the largest number there is, should it be
    /// beyond.
    package func multiplied(by other: Self) -> Self {
        let product = Int128(self.units) * Int128(other.units)
        return Self(units: Int64(clamping: product.divided(roundingHalfAwayFromZeroBy: Int128(Self.unitsPerWhole))))
    }

    /// The quotient, to five decimals, half rounded away from zero; held at the largest number there is, should it be
    /// beyond.
    ///
    /// - Returns: nil for a divisor of zero.
    package func divided(by other: Self) -> Self? {
        guard other.units != 0 else { return nil }
        let dividend = Int128(self.units) * Int128(Self.unitsPerWhole)
        return Self(units: Int64(clamping: dividend.divided(roundingHalfAwayFromZeroBy: Int128(other.units))))
    }

    /// The sum, held at the largest or smallest number there is, should it be beyond: for figures that come from
    /// outside, where a crash would help nobody.
    package func adding(_ other: Self) -> Self {
        Self(units: Int64(clamping: Int128(self.units) + Int128(other.units)))
    }
}

extension Int128 {
    /// The quotient to the nearest whole number; from the middle, the one further from zero.
    package func divided(roundingHalfAwayFromZeroBy divisor: Int128) -> Int128 {
        let (quotient, remainder) = self.quotientAndRemainder(dividingBy: divisor)
        // Half of the divisor, rounded up, is reached exactly when the remainder is half or more.
        guard remainder.magnitude >= (divisor.magnitude + 1) / 2 else { return quotient }
        return quotient + ((self < 0) == (divisor < 0) ? 1 : -1)
    }
}
