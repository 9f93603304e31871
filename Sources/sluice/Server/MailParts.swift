import Mail
import Notices
import Settings
import Transport

/// What mail needs beside a way out: the words, and whose they are.
struct MailParts {
    let renderer: NoticeRenderer
    let defaultLocale: NoticeLocale
    /// Kinds that are never mailed.
    let off: Set<MessageKind>
    let from: Mailbox

    /// - Throws: `TemplateError` for a broken template of `TEMPLATES_DIR`, `SettingsError` for an unknown kind in
    ///   `NOTICES_OFF`: a start fails, not a mail.
    init(settings: MailSettings) throws {
        self.from = settings.from
        self.defaultLocale = NoticeLocale(rawValue: settings.defaultLocale.rawValue) ?? .en
        self.off = try Self.kinds(settings.noticesOff)
        let name = settings.brand.name ?? settings.from.name ?? settings.from.address.domain
        self.renderer = try NoticeRenderer(
            brand: Brand(
                name: name,
                logoURL: settings.brand.logoURL,
                color: settings.brand.color,
                footer: settings.brand.footer
            ),
            overrides: try settings.templatesFolder.map { try TemplateOverrides(folder: $0) } ?? .none,
            defaultLocale: self.defaultLocale
        )
    }

    private static func kinds(_ words: [String]) throws -> Set<MessageKind> {
        var problems: [SettingsProblem] = []
        let kinds = words.compactMap { word in
            let kind = MessageKind(rawValue: word)
            if kind == nil {
                let known = MessageKind.allCases.map(\.rawValue).joined(separator: ", ")
                problems.append(SettingsProblem(key: "NOTICES_OFF", value: word, fix: "use some of \(known)"))
            }
            return kind
        }
        if !problems.isEmpty { throw SettingsError(problems: problems) }
        return Set(kinds)
    }
}
