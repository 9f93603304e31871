import Money

/// A kind of value that a field may hold: how it is called, and how it is read.
struct Shape<Value>: Sendable {
    /// For a person, after "is not".
    let name: String
    /// Returns nil for a value of another kind.
    let read: @Sendable (JSONValue) -> Value?
}

extension Shape where Value == String {
    static var text: Self { Self(name: "a text") { $0.text } }

    /// An address of the web, of characters that end it neither in a text nor in HTML: it is shown to customers.
    static var link: Self {
        Self(name: "a link") { value in
            guard let text = value.text, text.hasPrefix("https://") || text.hasPrefix("http://") else { return nil }
            return text.utf8.allSatisfy { (0x21...0x7e).contains($0) && !#""<>\^`{|}"#.utf8.contains($0) } ? text : nil
        }
    }

    /// A decimal of any size, in plain notation.
    static var quantity: Self { Self(name: "a number") { $0.number?.text } }
}

extension Shape where Value == Int64 {
    /// As a number or as text; `1050.0` is whole, too.
    static var integer: Self { Self(name: "a whole number of 64 bits") { $0.number?.integer } }

    /// Unix milliseconds.
    static var time: Self { Self(name: "a time") { $0.text.flatMap(LagoTime.milliseconds) } }
}

extension Shape where Value == FixedDecimal {
    /// As text or as a number, to five decimals.
    static var decimal: Self { Self(name: "a decimal below 92 million million") { $0.number?.fixed } }
}

extension Shape where Value == Bool {
    static var flag: Self {
        Self(name: "a boolean") { value in
            if case .flag(let flag) = value.content { flag } else { nil }
        }
    }
}

extension Shape where Value == Currency {
    static var currency: Self { Self(name: "a currency's code") { $0.text.flatMap { Currency($0) } } }
}

extension Shape where Value == [String] {
    static var texts: Self {
        Self(name: "a list of texts") { value in
            guard case .list(let elements) = value.content else { return nil }
            let texts = elements.compactMap(\.text)
            return texts.count == elements.count ? texts : nil
        }
    }
}

extension JSONValue {
    /// Lago sends credits as texts and cents as numbers, and has changed its mind about some.
    fileprivate var number: ExactNumber? {
        switch self.content {
        case .number(let text), .text(let text): ExactNumber(text)
        default: nil
        }
    }
}
