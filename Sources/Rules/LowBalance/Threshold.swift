package import Money

/// A level of an account's balance at which its customer wants to hear.
///
/// Text, as settings and pages have it: `20` credits, `20 USD` money, `10%` of the last top-up, `3d` left.
package enum Threshold: Hashable, Sendable, CustomStringConvertible {
    case credits(FixedDecimal)
    /// Judges only an account of that currency.
    case money(Amount)
    /// Percent of the credits of the last top-up, above 0 and at most 100.
    case shareOfTopUp(FixedDecimal)
    /// Days until the account is used up, as forecast.
    case daysLeft(Int)

    /// Reads one threshold; spaces around it and the case of letters do not matter.
    ///
    /// - Throws: `ThresholdError` with the text, for what is none, is below zero, or is finer than credits (five
    ///   decimals) or the currency's minor units.
    package init(_ text: String) throws(ThresholdError) {
        let trimmed = text.split(separator: " ").joined(separator: " ")
        switch trimmed.last {
        case "%": self = .shareOfTopUp(try Self.percent(trimmed.dropLast(), of: text))
        // `20 USD` ends in a D, too.
        case let last? where last.lowercased() == "d" && !trimmed.dropLast().contains(where: \.isLetter):
            self = .daysLeft(try Self.days(trimmed.dropLast(), of: text))
        default:
            let parts = trimmed.split(separator: " ")
            let value = try Self.number(parts.first ?? "", of: text)
            switch parts.count {
            case 1: self = .credits(value)
            case 2: self = .money(try Self.amount(value, code: String(parts[1]), of: text))
            default: throw ThresholdError(text: text, problem: .unreadable)
            }
        }
    }

    /// The one way to write this threshold: also what its state is kept under.
    package var description: String {
        switch self {
        case .credits(let credits): credits.text(decimals: 0)
        case .money(let amount): amount.description
        case .shareOfTopUp(let percent): "\(percent.text(decimals: 0))%"
        case .daysLeft(let days): "\(days)d"
        }
    }

    /// Whether it lies at zero: nothing is left there to be warned about.
    package var isZero: Bool {
        switch self {
        case .credits(let credits): credits == .zero
        case .money(let amount): amount.minorUnits == 0
        case .shareOfTopUp, .daysLeft: false
        }
    }

    private static func number(_ digits: Substring, of text: String) throws(ThresholdError) -> FixedDecimal {
        guard let value = FixedDecimal(exactly: String(digits)) else {
            throw ThresholdError(text: text, problem: FixedDecimal(String(digits)) == nil ? .unreadable : .tooFine)
        }
        guard !value.isNegative else { throw ThresholdError(text: text, problem: .belowZero) }
        return value
    }

    private static func amount(_ value: FixedDecimal, code: String, of text: String) throws(ThresholdError) -> Amount {
        guard let currency = Currency(code) else { throw ThresholdError(text: text, problem: .unreadable) }
        // A credit at a rate of one is one major unit.
        let amount = Amount(minorUnits: value.cents(rate: .one, currency: currency), currency: currency)
        guard amount.major == value else { throw ThresholdError(text: text, problem: .tooFine) }
        return amount
    }

    private static func percent(_ digits: Substring, of text: String) throws(ThresholdError) -> FixedDecimal {
        let value = try Self.number(digits.last == " " ? digits.dropLast() : digits, of: text)
        guard value > .zero, value <= .hundred else { throw ThresholdError(text: text, problem: .noShare) }
        return value
    }

    private static func days(_ digits: Substring, of text: String) throws(ThresholdError) -> Int {
        guard let match = digits.wholeMatch(of: /[0-9]{1,3}/), let days = Int(match.output), days > 0 else {
            throw ThresholdError(text: text, problem: .noDays)
        }
        return days
    }
}

extension FixedDecimal {
    static let one = FixedDecimal(units: 100_000)
    static let hundred = FixedDecimal(units: 10_000_000)
}
