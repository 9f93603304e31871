import Foundation
import Money
import Notices
import Testing

/// A customer's name is whatever somebody typed.
@Suite struct HostileTextTests {
    private static let names = [
        "<script>alert(1)</script>", "\"><img src=x onerror=alert(1)>", "Ada\r\nBcc: x@y.test", "a\u{0}b\u{1b}[2Jc",
        "{{brand}} {{{frame}}} {{> footer.html}}", "\u{202E}evil\u{2066}x", "شركة المياه", "🏄🏽‍♀️ & Söhne",
        "<\u{301}script>", "\"\u{301} onmouseover=\"x", "\u{600}<b>", String(repeating: "x", count: 10_000),
        String(repeating: "é", count: 10_000), "a" + String(repeating: "\u{301}", count: 10_000), "   ",
        "\u{2028}\u{85}",
        "'; DROP TABLE event; --", "=?utf-8?q?x?=",
    ]

    private func rendered(_ name: String, locale: NoticeLocale = .en) throws -> RenderedNotice {
        let balance = Notice.Balance.credits(FixedDecimal(units: 100_000))
        let notice = Notice.LowBalance(
            customerName: name,
            balance: balance,
            threshold: .credits(FixedDecimal(units: 500_000)),
            now: 0,
            billingURL: "https://billing.example.com/?customer=a%22b&x=1"
        )
        return try NoticeRenderer(brand: Brand(name: name, footer: [name])).render(
            .lowBalance(notice),
            locale: locale,
            unsubscribeURL: "https://billing.example.com/u/t"
        )
    }

    @Test(arguments: Self.names.indices)
    func `no name breaks out of its place`(index: Int) throws {
        let name = Self.names[index]
        let plain = try self.rendered("Ada")
        let notice = try self.rendered(name)
        let tags = { (html: String) in html.unicodeScalars.count { $0 == "<" } }
        #expect(!notice.html.contains("<script") && !notice.html.contains("<img") && !notice.html.contains("<b>"))
        // As many tags and quotation marks as with a harmless name (a name that is blank has no `bdi`, and no line in the footer).
        let isBlank = name.allSatisfy { $0.isWhitespace }
        #expect(tags(notice.html) == tags(plain.html) - (isBlank ? 3 : 0))
        let quotes = { (html: String) in html.unicodeScalars.count { $0 == "\"" } }
        #expect(quotes(notice.html) == quotes(plain.html))
        for text in [notice.subject, notice.text, notice.html] {
            let controls = text.unicodeScalars.filter { $0.properties.generalCategory == .control && $0 != "\n" }
            #expect(controls.isEmpty)
        }
        #expect(!notice.subject.contains { $0.isNewline })
        #expect(notice.text.split(separator: "\n").count <= plain.text.split(separator: "\n").count)
        #expect(notice.text.utf8.count < 10_000 && notice.html.utf8.count < 30_000)
    }

    @Test func `a name in another script is kept, and kept from turning its surroundings`() throws {
        let notice = try self.rendered("شركة المياه")
        #expect(notice.html.contains("<bdi>شركة المياه</bdi>"))
        #expect(notice.text.contains("شركة المياه"))
    }

    @Test func `a link is escaped as HTML asks`() throws {
        let notice = try self.rendered("Ada")
        #expect(notice.html.contains("href=\"https://billing.example.com/?customer=a%22b&amp;x=1\""))
        #expect(notice.text.contains("https://billing.example.com/?customer=a%22b&x=1"))
    }

    @Test(arguments: [
        ("#ffffff", "#000000"), ("#000000", "#ffffff"), ("#1d4ed8", "#ffffff"), ("#ffcc00", "#000000"),
        ("#777777", "#000000"), ("#767676", "#ffffff"),
    ])
    func `the button's words can be read on any colour`(color: String, text: String) {
        #expect(Brand(name: "x", color: color).textColor == text)
    }

    @Test(arguments: ["red", "#12345", "#1234567", "#12345g", "red;background:url(x)"])
    func `what is no colour is none`(color: String) {
        #expect(Brand(name: "x", color: color).color == "#1d4ed8")
    }
}
