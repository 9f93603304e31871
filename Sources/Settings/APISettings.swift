/// Who may use the API.
///
/// - `API_KEYS` (secrets, comma-separated): for the operator's own software; several while one changes
package struct APISettings: Sendable {
    package let keys: [String]

    package init(_ source: inout SettingsSource) {
        self.keys = source.secretList("API_KEYS")
    }
}
