private import Foundation

/// Which Lago this is, and how its webhooks are believed.
///
/// - `LAGO_API_URL` (http or https URL): the address of Lago's API; `/api/v1` is added where it is missing
/// - `LAGO_API_KEY` (secret): a key of the organisation
/// - `LAGO_ORGANIZATION_ID` (UUID): asked from Lago where it is not set
/// - `LAGO_WEBHOOK_HMAC_KEY` (secrets, comma-separated): as Lago's developer page shows it; several while it changes
/// - `LAGO_WEBHOOK_ALGORITHMS` (of `jwt`, `hmac`; default both; `hmac` needs a key)
/// - `LAGO_WEBHOOK_ISSUER` (text): `LAGO_API_URL` of Lago's own worker; not compared where it is not set
/// - `LAGO_MAX_REQUESTS_PER_SECOND` (int, 1...1000, default 10)
package struct LagoSettings: Sendable {
    /// How Lago may sign a webhook.
    package enum Algorithm: String, CaseIterable, Sendable {
        case jwt
        case hmac
    }

    /// Nil when Lago is not configured.
    package let address: LagoAddress?
    package let apiKey: String?
    package let organizationID: String?
    package let hmacKeys: [String]
    package let algorithms: Set<Algorithm>
    package let issuer: String?
    package let requestsPerSecond: Int

    package init(_ source: inout SettingsSource) {
        self.address = Self.address(&source)
        self.apiKey = source.secret("LAGO_API_KEY")
        self.organizationID = Self.organization(&source)
        self.hmacKeys = source.secretList("LAGO_WEBHOOK_HMAC_KEY")
        self.algorithms = Self.algorithms(&source, hasKey: !self.hmacKeys.isEmpty)
        self.issuer = source.text("LAGO_WEBHOOK_ISSUER")
        self.requestsPerSecond = source.int("LAGO_MAX_REQUESTS_PER_SECOND", default: 10, in: 1...1000)
    }

    private static func address(_ source: inout SettingsSource) -> LagoAddress? {
        guard let text = source.text("LAGO_API_URL") else { return nil }
        let address = LagoAddress(text)
        if address == nil {
            source.note(
                "LAGO_API_URL",
                Self.withoutUser(text),
                "use the http or https address of Lago's API, as https://lago.example.com"
            )
        }
        return address
    }

    /// What stands before an `@` may be a password.
    private static func withoutUser(_ url: String) -> String {
        url.split(separator: "@", omittingEmptySubsequences: false).last.map(String.init) ?? url
    }

    private static func organization(_ source: inout SettingsSource) -> String? {
        guard let text = source.text("LAGO_ORGANIZATION_ID") else { return nil }
        if UUID(uuidString: text) == nil {
            source.note("LAGO_ORGANIZATION_ID", text, "use the organisation's UUID, or leave it out and Lago is asked")
        }
        return text.lowercased()
    }

    private static func algorithms(_ source: inout SettingsSource, hasKey: Bool) -> Set<Algorithm> {
        let words = source.list("LAGO_WEBHOOK_ALGORITHMS")
        guard !words.isEmpty else { return hasKey ? [.jwt, .hmac] : [.jwt] }
        let algorithms = words.compactMap { Algorithm(rawValue: $0.lowercased()) }
        if algorithms.count < words.count {
            source.note("LAGO_WEBHOOK_ALGORITHMS", words.joined(separator: ","), "use jwt, hmac or both")
        }
        if algorithms == [.hmac], !hasKey {
            source.note("LAGO_WEBHOOK_HMAC_KEY", nil, "set it, or accept jwt: hmac alone needs the organisation's key")
        }
        return Set(algorithms).subtracting(hasKey ? [] : [.hmac])
    }
}
