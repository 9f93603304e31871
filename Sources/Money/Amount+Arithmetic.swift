extension Amount {
    package static func zero(_ currency: Currency) -> Self { Self(minorUnits: 0, currency: currency) }

    /// The sum of two amounts of one currency.
    ///
    /// - Throws: `currenciesDiffer`, as nothing here knows a rate of exchange; `outOfRange` past 64 bits.
    package static func + (left: Self, right: Self) throws(MoneyError) -> Self {
        try left.reckoned(with: right) { $0.addingReportingOverflow($1) }
    }

    /// The difference of two amounts of one currency, negative where the right one is larger.
    ///
    /// - Throws: as `+` does.
    package static func - (left: Self, right: Self) throws(MoneyError) -> Self {
        try left.reckoned(with: right) { $0.subtractingReportingOverflow($1) }
    }

    private func reckoned(
        with other: Self,
        by operation: (Int64, Int64) -> (partialValue: Int64, overflow: Bool)
    ) throws(MoneyError) -> Self {
        guard self.currency == other.currency else { throw .currenciesDiffer(self.currency, other.currency) }
        let (sum, overflow) = operation(self.minorUnits, other.minorUnits)
        guard !overflow else { throw .outOfRange }
        return Self(minorUnits: sum, currency: self.currency)
    }
}
