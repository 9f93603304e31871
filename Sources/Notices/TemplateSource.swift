/// The templates of one locale: each the operator's or ours, in this locale or the one that it falls back to.
struct TemplateSource: Sendable {
    struct File: Sendable {
        /// Where a person finds it.
        let path: String
        let text: String
    }

    /// By the name that templates know each other by: `low_balance.html`; `mail.html` for `layout/mail.html`.
    let files: [String: File]

    /// - Parameters:
    ///   - area: `mail` or `pages`, a folder below `templates`.
    ///   - fallback: the locale whose files stand in for missing ones; where it has none, English does.
    init(area: String, locale: NoticeLocale, fallback: NoticeLocale, overrides: TemplateOverrides) {
        var files: [String: File] = [:]
        for folder in ["layout", "en", fallback.rawValue, locale.rawValue] {
            let prefix = "\(area)/\(folder)/"
            let builtIn = EmbeddedFiles.all.filter { $0.key.hasPrefix(prefix) }
            for (path, text) in builtIn where path.hasSuffix(Self.ending) {
                let name = path.dropFirst(prefix.count)
                let file = overrides.files[path].map { File(path: $0.path, text: $0.text) }
                files[String(name.dropLast(Self.ending.count))] =
                    file ?? File(path: "templates/\(path)", text: text)
            }
        }
        self.files = files
    }

    private static let ending = ".mustache"
}
