import Foundation
import Notices
import Testing

/// Every notice in every locale, word for word. `UPDATE_GOLDEN=1 swift test --filter GoldenTests` writes the files anew;
/// read the difference before you keep it.
@Suite struct GoldenTests {
    static let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Golden")
    private static let isUpdating = ProcessInfo.processInfo.environment["UPDATE_GOLDEN"] != nil

    private static let renderer = Result {
        try NoticeRenderer(brand: Brand(name: "Example & Söhne", footer: ["Example Ltd, 1 Main Street, Dublin"]))
    }

    @Test func `every kind there is has templates, and a sample with everything and one with the least`() {
        let kinds = NoticeRenderer.kinds
        #expect(Set(kinds) == Set(MessageKind.allCases) && kinds.count == MessageKind.allCases.count)
        #expect(Set(Notice.samples.prefix(kinds.count).map(\.kind)) == Set(kinds))
        #expect(Notice.samples.dropFirst(kinds.count).map(\.kind) == Notice.samples.prefix(kinds.count).map(\.kind))
    }

    @Test(arguments: NoticeLocale.allCases, Notice.samples.indices)
    func `a notice says what its golden file says`(locale: NoticeLocale, sample: Int) throws {
        let notice = Notice.samples[sample]
        let isBare = sample >= NoticeRenderer.kinds.count
        let link = isBare ? nil : "https://billing.example.com/u/token?a=1&b=2"
        let rendered = try Self.renderer.get().render(notice, locale: locale, unsubscribeURL: link)
        let name = notice.kind.rawValue + (isBare ? ".bare" : "")
        for (part, text) in [("subject", rendered.subject + "\n"), ("text", rendered.text), ("html", rendered.html)] {
            try Self.compare(text, with: "mail/\(locale.rawValue)/\(name).\(part)")
        }
    }

    @Test(
        arguments: NoticeLocale.allCases,
        [
            (
                "unsubscribe_confirm",
                Page.unsubscribeConfirm(kind: .lowBalance, address: "ada@example.com", action: "/u/t")
            ),
            ("unsubscribe_done", .unsubscribeDone(kind: .balanceRecovered, address: "ada@example.com")),
            ("resume_confirm", .resumeConfirm(action: "/r/t")), ("resume_done", .resumeDone),
            ("invoice_pending", .invoicePending), ("invoice_gone", .invoiceGone),
            ("link_expired", .linkExpired),
        ]
    )
    func `a page says what its golden file says`(locale: NoticeLocale, page: (name: String, page: Page)) throws {
        try Self.compare(
            Self.renderer.get().page(page.page, locale: locale),
            with: "pages/\(locale.rawValue)/\(page.name).html"
        )
    }

    private static func compare(_ text: String, with name: String) throws {
        let file = Self.folder.appending(path: name)
        if Self.isUpdating {
            try FileManager.default.createDirectory(
                at: file.deletingLastPathComponent(),
                withIntermediateDirectories: true
            )
            try Data(text.utf8).write(to: file)
        }
        #expect(try String(contentsOf: file, encoding: .utf8) == text, "\(name)")
    }
}
