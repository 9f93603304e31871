private import Foundation

/// What a customer, or the operator for one, has set; what is nil is the operator's default.
///
/// - Shape: JSON under Sluice's own names, of the set keys only: `{"locale": "fr", "emails": ["a@x.example"],
///   "low_balance": {"thresholds": ["20", "5"], "restricted_wallets": []}, "auto_top_up": {"enabled": true, "credits": "50"},
///   "mail": {"low_balance": false}}`.
package struct CustomerSettings: Hashable, Codable, Sendable {
    package struct LowBalance: Hashable, Codable, Sendable {
        package var thresholds: [String]?
        /// Lago's ids of restricted wallets that are judged, each for itself.
        package var restrictedWallets: [String]?

        private enum CodingKeys: String, CodingKey {
            case thresholds
            case restrictedWallets = "restricted_wallets"
        }
    }

    /// Numbers and durations as they were written; `choice` reads them.
    package struct AutoTopUp: Hashable, Codable, Sendable {
        package var enabled: Bool?
        /// Credits.
        package var threshold: String?
        /// Credits that are bought each time; with these, there is no `target`.
        package var credits: String?
        /// Credits to which the account is filled up.
        package var target: String?
        /// `500 USD`, `500 USD,450 EUR`.
        package var maxPerMonth: String?
        package var maxPerDay: Int?
        /// `1h`.
        package var cooldown: String?

        package init() {}

        private enum CodingKeys: String, CodingKey {
            case enabled, threshold, credits, target, cooldown
            case maxPerMonth = "max_per_month"
            case maxPerDay = "max_per_day"
        }
    }

    package var locale: String?
    /// Where mail goes instead of the address that Lago has.
    package var emails: [String]?
    package var lowBalance: LowBalance?
    package var autoTopUp: AutoTopUp?
    /// Optional kinds of mail that are wanted or not, by name.
    package var mail: [String: Bool]?

    package init() {}

    /// - Throws: `DecodingError` for what is not of this shape; nil and an empty text set nothing.
    package init(json: String?) throws {
        guard let json, !json.isEmpty else { return }
        self = try JSONDecoder().decode(Self.self, from: Data(json.utf8))
    }

    private enum CodingKeys: String, CodingKey {
        case locale, emails, mail
        case lowBalance = "low_balance"
        case autoTopUp = "auto_top_up"
    }

    /// The set keys only, in order, as `init(json:)` reads them.
    package func json() throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(self), as: UTF8.self)
    }

    /// The customer's own thresholds, else the operator's.
    ///
    /// - Throws: `ThresholdError`.
    package func policy(default policy: ThresholdPolicy) throws -> ThresholdPolicy {
        guard let own = self.lowBalance?.thresholds else { return policy }
        return try ThresholdPolicy(own)
    }

    /// Whether mail of this kind is wanted.
    package func wants(mail kind: String) -> Bool { self.mail?[kind] ?? true }
}
