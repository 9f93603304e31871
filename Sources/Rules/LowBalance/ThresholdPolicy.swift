private import Money

/// The thresholds that hold for an account, highest first; none means that no mail is wanted.
///
/// The order is one for reading: credits, money, shares, days, each from the highest down. Which of two thresholds is
/// the lower one for an account depends on its rate and its last top-up, and is decided there.
package struct ThresholdPolicy: Hashable, Sendable, CustomStringConvertible {
    package let thresholds: [Threshold]

    /// Reads `20,5,0`; an empty text is an empty policy.
    ///
    /// - Throws: `ThresholdError` with the text that is no threshold, or that says what another one says.
    package init(_ text: String) throws(ThresholdError) {
        let isEmpty = text.allSatisfy { $0 == " " }
        try self.init(isEmpty ? [] : text.split(separator: ",", omittingEmptySubsequences: false).map(String.init))
    }

    /// Reads thresholds one by one, as the settings of a customer hold them.
    ///
    /// - Throws: as above.
    package init(_ texts: [String]) throws(ThresholdError) {
        var thresholds: [Threshold] = []
        for text in texts {
            let threshold = try Threshold(text)
            guard !thresholds.contains(threshold) else { throw ThresholdError(text: text, problem: .twice) }
            thresholds.append(threshold)
        }
        self.thresholds = thresholds.sorted { Self.rank($1) < Self.rank($0) }
    }

    /// The same with one more threshold.
    package func adding(_ threshold: Threshold) -> ThresholdPolicy {
        guard !self.thresholds.contains(threshold) else { return self }
        return ThresholdPolicy(thresholds: (self.thresholds + [threshold]).sorted { Self.rank($1) < Self.rank($0) })
    }

    /// No thresholds: no mail.
    package static let none = ThresholdPolicy(thresholds: [])

    private init(thresholds: [Threshold]) { self.thresholds = thresholds }

    /// `20,5,0`, which reads as the same policy.
    package var description: String { self.thresholds.map(\.description).joined(separator: ",") }

    private static func rank(_ threshold: Threshold) -> (Int, Int64, String) {
        switch threshold {
        case .credits(let credits): (3, credits.units, "")
        case .money(let amount): (2, amount.major.units, amount.currency.code)
        case .shareOfTopUp(let percent): (1, percent.units, "")
        case .daysLeft(let days): (0, Int64(days), "")
        }
    }
}
