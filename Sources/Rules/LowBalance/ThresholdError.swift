/// Why a text is no threshold, or a list no policy.
package struct ThresholdError: Error, Hashable, CustomStringConvertible {
    package enum Problem: Hashable, Sendable {
        case unreadable
        case belowZero
        case tooFine
        case noShare
        case noDays
        case twice
    }

    /// The text as it was given.
    package let text: String
    package let problem: Problem

    /// For the person who wrote it: the text and what is wrong with it.
    package var description: String {
        let fault =
            switch self.problem {
            case .unreadable:
                "is no threshold; write 20 (credits), 20 USD (money), 10% (of the last top-up) or 3d (days)"
            case .belowZero: "is below zero"
            case .tooFine: "has more decimals than credits (five) or its currency have"
            case .noShare: "is no share; write more than 0% and at most 100%"
            case .noDays: "is no number of days; write 1d to 999d"
            case .twice: "is there twice"
            }
        return "threshold '\(self.text)' \(fault)"
    }
}
