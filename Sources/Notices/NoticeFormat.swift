package import Money

/// Numbers as the readers of a locale write them. Tables of our own, after Unicode's CLDR: the output is the same on
/// every machine.
package struct NoticeFormat: Sendable {
    static let noBreakSpace = "\u{A0}"
    static let narrowNoBreakSpace = "\u{202F}"

    package let locale: NoticeLocale

    package init(_ locale: NoticeLocale) { self.locale = locale }

    // MARK: - Numbers

    /// `1,234.5`, `1 234,5`, `1.234,5`: at least so many decimals, five at most, exact.
    package func number(_ value: FixedDecimal, decimals: Int = 0) -> String {
        let text = value.text(decimals: decimals)
        let isNegative = text.hasPrefix("-")
        let parts = text.drop { $0 == "-" }.split(separator: ".")
        let whole = Self.grouped(parts.first ?? "0", by: self.groupSeparator, from: self.smallestGrouped)
        let fraction = parts.count > 1 ? self.decimalSeparator + parts[1] : ""
        return (isNegative ? "-" : "") + whole + fraction
    }

    private static func grouped(_ digits: Substring, by separator: String, from smallest: Int) -> String {
        guard digits.count >= smallest else { return String(digits) }
        var output = ""
        for (index, digit) in digits.enumerated() {
            if index > 0, (digits.count - index).isMultiple(of: 3) { output += separator }
            output.append(digit)
        }
        return output
    }

    private var groupSeparator: String {
        switch self.locale {
        case .en: ","
        case .fr: Self.narrowNoBreakSpace
        case .de, .es: "."
        }
    }

    private var decimalSeparator: String { self.locale == .en ? "." : "," }

    /// Spanish does not part numbers of four digits.
    private var smallestGrouped: Int { self.locale == .es ? 5 : 4 }

    // MARK: - Money

    /// `$12.50`, `12,50 €`, `CHF 1,200.00`, with the currency's decimals.
    package func amount(_ amount: Amount) -> String {
        let number = self.number(amount.major, decimals: amount.currency.decimals)
        let symbol = self.symbol(of: amount.currency.code)
        guard self.locale == .en else {
            return number + Self.noBreakSpace + (symbol ?? amount.currency.code)
        }
        let isNegative = number.hasPrefix("-")
        let sign = isNegative ? "-" : ""
        let digits = isNegative ? String(number.dropFirst()) : number
        return sign + (symbol ?? amount.currency.code + Self.noBreakSpace) + digits
    }

    /// The sign that readers of the locale take for no other currency; the others are written with their code.
    private func symbol(of code: String) -> String? {
        switch (code, self.locale) {
        case ("EUR", _): "€"
        case ("USD", .en), ("USD", .de): "$"
        case ("USD", .fr): "$US"
        case ("USD", .es): "US$"
        case ("GBP", .en), ("GBP", .de): "£"
        case ("GBP", .fr): "£GB"
        case ("JPY", .en), ("JPY", .de): "¥"
        case ("INR", .en), ("INR", .de): "₹"
        default: nil
        }
    }

    // MARK: - Things that are counted

    /// The form of a word that a number asks for (CLDR's plural rules, as far as these languages need them).
    enum Plural {
        case one, other
        /// Millions in French and Spanish: "1 000 000 de crédits".
        case many
    }

    func plural(_ value: FixedDecimal) -> Plural {
        let magnitude = value.units.magnitude
        let whole = magnitude / 100_000
        let isWhole = magnitude.isMultiple(of: 100_000)
        switch self.locale {
        case .en, .de: return magnitude == 100_000 ? .one : .other
        case .fr:
            if whole <= 1 { return .one }
            return isWhole && whole.isMultiple(of: 1_000_000) ? .many : .other
        case .es:
            if magnitude == 100_000 { return .one }
            return isWhole && whole > 0 && whole.isMultiple(of: 1_000_000) ? .many : .other
        }
    }

    /// `1 credit`, `12.5 credits`, `0 crédit`, `1.000.000 de créditos`. Decimals that say nothing are left out.
    package func credits(_ value: FixedDecimal) -> String {
        let word =
            switch (self.locale, self.plural(value)) {
            case (.en, .one): "credit"
            case (.en, _): "credits"
            case (.fr, .one): "crédit"
            case (.fr, .many): "de\(Self.noBreakSpace)crédits"
            case (.fr, .other): "crédits"
            case (.de, .one): "Credit"
            case (.de, _): "Credits"
            case (.es, .one): "crédito"
            case (.es, .many): "de\(Self.noBreakSpace)créditos"
            case (.es, .other): "créditos"
            }
        return self.number(value) + Self.noBreakSpace + word
    }

    /// `10%`, `10 %`.
    package func percent(_ value: FixedDecimal) -> String {
        switch self.locale {
        case .en: self.number(value) + "%"
        case .fr: self.number(value) + Self.narrowNoBreakSpace + "%"
        case .de, .es: self.number(value) + Self.noBreakSpace + "%"
        }
    }
}
