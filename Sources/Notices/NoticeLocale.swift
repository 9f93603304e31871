/// A language that notices are written in, with its ways to write numbers and dates.
package enum NoticeLocale: String, Hashable, Codable, Sendable, CaseIterable {
    case en, fr, de, es

    /// The locale of a tag as `fr`, `fr-CA` or `fr_CA`, its case aside; nil for another language, or none.
    package init?(tag: String?) {
        guard let language = tag?.split(whereSeparator: { $0 == "-" || $0 == "_" }).first else { return nil }
        self.init(rawValue: language.lowercased())
    }

    /// The first of `tags` that is known, else `fallback`: the customer's own setting, then `document_locale`.
    package init(firstOf tags: [String?], fallback: NoticeLocale) {
        self = tags.lazy.compactMap(NoticeLocale.init(tag:)).first ?? fallback
    }
}
