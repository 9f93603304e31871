/// What a customer's settings may say.
package struct CustomerSettingsBounds: Sendable {
    package let allowance: TopUpAllowance
    package let locales: [String]
    /// Every kind of mail, and whether it is optional.
    package let kinds: [String: Bool]
    /// Whether the one who asks may say where mail goes: mail to a stranger's address is spam.
    package let maySetEmails: Bool
    package let isAddress: @Sendable (String) -> Bool

    package init(
        allowance: TopUpAllowance,
        locales: [String],
        kinds: [String: Bool],
        maySetEmails: Bool,
        isAddress: @escaping @Sendable (String) -> Bool
    ) {
        self.allowance = allowance
        self.locales = locales
        self.kinds = kinds
        self.maySetEmails = maySetEmails
        self.isAddress = isAddress
    }
}
