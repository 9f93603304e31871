import Foundation
import Notices
import TestSupport
import Testing

/// The operator's own templates: what is wrong with one comes to light when the service starts.
@Suite struct TemplateTests {
    private let folder: TemporaryFolder

    init() throws { self.folder = try TemporaryFolder() }

    private func write(_ path: String, _ text: String) throws {
        let file = self.folder.url.appending(path: path)
        try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(text.utf8).write(to: file)
    }

    private func renderer(defaultLocale: NoticeLocale = .en) throws -> NoticeRenderer {
        try NoticeRenderer(
            brand: Brand(name: "Example"),
            overrides: TemplateOverrides(folder: self.folder.path()),
            defaultLocale: defaultLocale
        )
    }

    private func subject(_ renderer: NoticeRenderer, _ locale: NoticeLocale) throws -> String {
        let notice = try #require(Notice.sample(of: .lowBalance))
        return try renderer.render(notice, locale: locale, unsubscribeURL: nil).subject
    }

    private static let pragma = "{{% CONTENT_TYPE: TEXT}}\n"

    @Test(arguments: ["mail/en/low_balance.subject.mustache", "en/low_balance.subject.mustache"])
    func `one file replaces one template`(path: String) throws {
        try self.write(path, Self.pragma + "Only {{balance}}, {{customer}}!\n")
        let renderer = try self.renderer()
        #expect(
            try self.subject(renderer, .en) == "Only 4.5\u{A0}credits, Ada Lovelace!".replacing("\u{A0}", with: " ")
        )
        #expect(try self.subject(renderer, .de).hasPrefix("Ihr Guthaben"))
    }

    @Test(arguments: [
        ("{{balanse}}", 2, "{{balanse}} is not known here; balance"),
        ("{{frame.brand.nam}}", 2, "not known"),
        ("\n\n{{#isUsedUp}}x", 4, "not ended"),
        ("{{#isUsedUp}}x{{/lasts}}", 2, "ends nothing"),
        ("{{{balance}}}", 2, "raw output"), ("{{& balance}}", 2, "raw output"), ("{{=<% %>=}}", 2, "delimiters"),
        ("{{> footr.text}}", 2, "no template footr.text"), ("{{uppercased(balance)}}", 2, "not known"),
        ("{{balance", 2, "not ended by }}"), ("{{#customer}}{{worht}}{{/customer}}", 2, "not known"),
    ])
    func `a broken template is told with its file, its line and what is wrong`(
        body: String,
        line: Int,
        words: String
    ) throws {
        try self.write("mail/fr/low_balance.text.mustache", Self.pragma + body)
        let error = try #require(throws: TemplateError.self) { try self.renderer() }
        #expect(error.file.hasSuffix("/mail/fr/low_balance.text.mustache") && error.line == line)
        #expect(error.message.contains(words), "\(error)")
    }

    @Test func `a text that does not say that it is text is refused, and HTML that says so, too`() throws {
        try self.write("mail/en/low_balance.text.mustache", "Hello")
        #expect(throws: TemplateError.self) { try self.renderer() }
        try self.write("mail/en/low_balance.text.mustache", Self.pragma + "Hello")
        _ = try self.renderer()
        try self.write("mail/en/low_balance.html.mustache", Self.pragma + "<p>{{customer}}</p>")
        let error = try #require(throws: TemplateError.self) { try self.renderer() }
        #expect(error.message.contains("HTML"))
    }

    @Test func `a block that the layout does not have is refused`() throws {
        let html = "{{<mail.html}}{{$contents}}x{{/contents}}{{/mail.html}}"
        try self.write("mail/en/low_balance.html.mustache", html)
        let error = try #require(throws: TemplateError.self) { try self.renderer() }
        #expect(error.message.contains("has no block contents; it has content"))
    }

    @Test func `a template that draws itself in is refused`() throws {
        try self.write("mail/en/footer.html.mustache", "{{> footer.html}}")
        let error = try #require(throws: TemplateError.self) { try self.renderer() }
        #expect(error.message.contains("draws itself in"))
    }

    @Test(arguments: [
        "mail/en/low_balnce.html.mustache", "mail/it/low_balance.html.mustache", "low_balance.text.mustache",
    ])
    func `a file that replaces nothing is refused`(path: String) throws {
        try self.write(path, Self.pragma + "x")
        let error = try #require(throws: TemplateError.self) { try self.renderer() }
        #expect(error.file.hasSuffix(path) && error.message.contains("replaces no built-in template"))
    }

    @Test func `other files in the folder do no harm`() throws {
        try self.write("README.md", "Our templates {{")
        try self.write(".git/x.mustache", "{{")
        _ = try self.renderer()
    }

    @Test func `a subject that comes out empty for somebody is refused`() throws {
        try self.write("mail/es/low_balance.subject.mustache", Self.pragma + "{{customer}}")
        let error = try #require(throws: TemplateError.self) { try self.renderer() }
        #expect(error.message.contains("empty"))
    }

    @Test func `a folder that is not there is told`() throws {
        #expect(throws: TemplateError.self) { try TemplateOverrides(folder: self.folder.path("none")) }
    }

    @Test func `mail that everybody gets has no link to unsubscribe`() throws {
        let renderer = try self.renderer()
        for notice in Notice.samples {
            let link = "https://billing.example.com/u/token"
            let rendered = try renderer.render(notice, locale: .en, unsubscribeURL: link)
            #expect(rendered.html.contains(link) == notice.kind.isOptional)
            #expect(rendered.text.contains(link) == notice.kind.isOptional)
        }
    }
}
