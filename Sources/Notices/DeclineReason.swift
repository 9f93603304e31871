/// Why a payment was declined, as far as the provider's words tell: they are English, and the reader may not be.
enum DeclineReason: Hashable, CaseIterable {
    case expiredCard, insufficientFunds, limitReached, wrongSecurityCode, wrongNumber, notConfirmed, accountClosed

    /// Reads a provider's sentence ("Your card has expired.") or code (`expired_card`); nil where it says none of these.
    init?(words: String) {
        let text = words.lowercased().map { $0.isLetter || $0.isNumber ? $0 : " " }
        let words = String(text).split(separator: " ").joined(separator: " ")
        guard let reason = Self.allCases.first(where: { $0.signs.contains(where: words.contains) }) else { return nil }
        self = reason
    }

    private var signs: [String] {
        switch self {
        case .expiredCard: ["expired card", "card has expired", "card expired", "card is expired"]
        case .insufficientFunds:
            ["insufficient funds", "insufficient balance", "not enough funds", "not enough balance"]
        case .limitReached: ["limit exceeded", "exceeds the limit", "exceeded the limit", "credit limit"]
        case .wrongSecurityCode: ["incorrect cvc", "invalid cvc", "security code is incorrect", "cvc declined"]
        case .wrongNumber: ["incorrect number", "invalid card number", "card number is incorrect"]
        case .notConfirmed: ["authentication required", "requires authentication"]
        case .accountClosed: ["account closed", "closed account", "account is closed"]
        }
    }
}
