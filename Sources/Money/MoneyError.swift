/// Why amounts could not be reckoned with each other.
package enum MoneyError: Error, Hashable, CustomStringConvertible {
    case currenciesDiffer(Currency, Currency)
    /// The result is beyond 64 bits of minor units.
    case outOfRange

    package var description: String {
        switch self {
        case .currenciesDiffer(let left, let right): "\(left) and \(right) cannot be added up"
        case .outOfRange: "the amount is too large to be reckoned with"
        }
    }
}
