import Mustache
import TestSupport
import Testing

@testable import Notices

/// Text on its way into a mail: the quick ways beside the slow ones.
@Suite struct HTMLTextTests {
    private static let texts = [
        "", "a", "<>&\"'", "a<b>c&d\"e'f", "&amp;", "<\u{301}script>", "\"\u{301}x", "&\u{600}", "\r\n<\r\n", "\r<\n",
        "é<è", "漢字&", "👩‍👩‍👧'", "{{brand}}", "\u{0}<", "\u{1b}[31m", "no marks at all", "\u{FEFF}<",
    ]

    @Test(arguments: Self.texts) func `marks are escaped as swift-mustache does it`(text: String) throws {
        let theirs = try MustacheTemplate(string: "{{.}}").render(text)
        #expect(HTMLText().escapeText(text) == theirs)
    }

    @Test(arguments: 1...8) func `no text is escaped otherwise than swift-mustache does it`(seed: UInt64) throws {
        let template = try MustacheTemplate(string: "{{.}}")
        var random = SplitMix64(seed: seed)
        for _ in 0..<50 {
            let text = (0..<random.int(0...6)).compactMap { _ in random.element(of: Self.texts) }.joined()
            #expect(HTMLText().escapeText(text) == template.render(text))
        }
    }

    @Test func `the line before a template leaves nothing in what it makes`() throws {
        HTMLText.register()
        for body in ["x", "\nx\n", "{{#a}}\nx\n{{/a}}\n", "  {{! }}\n  x", "{{a}}", "\r\nx", ""] {
            let ours = try MustacheTemplate(string: HTMLText.head + body).render(["a": "<b>"])
            let theirs = try MustacheTemplate(string: body).render(["a": "<b>"])
            #expect(ours == theirs, "\(body.debugDescription)")
        }
    }

    /// By its definition: controls and blanks are one blank between two words, and what is too long is cut.
    private static func line(_ text: String, limit: Int) -> String? {
        let words = text.utf8.split { $0 <= 0x20 || $0 == 0x7f }.map { String(decoding: $0, as: UTF8.self) }
        let line = words.joined(separator: " ")
        return line.isEmpty ? nil : line.count > limit ? String(line.prefix(limit - 1)) + "…" : line
    }

    @Test(arguments: 1...8) func `plain text is cleaned by the same rules, whether there is much to do or nothing`(
        seed: UInt64
    ) {
        var random = SplitMix64(seed: seed)
        let pieces = ["a", "Ada", " ", "  ", "\t", "\n", "\r\n", "\u{0}", "\u{7f}", "~", "!", "<b>", "a b", "{{x}}"]
        for _ in 0..<100 {
            let text = (0..<random.int(0...12)).compactMap { _ in random.element(of: pieces) }.joined()
            #expect(CleanText.line(text, limit: 20) == Self.line(text, limit: 20), "\(text.debugDescription)")
        }
    }

    @Test(
        arguments: [
            ("a", "a"), (" a", "a"), ("a ", "a"), ("a  b", "a b"), ("a\u{A0}b", "a b"), ("", nil), (" ", nil),
            ("é", "é"),
            ("\u{202E}a", "a"), (String(repeating: "x", count: 120), String(repeating: "x", count: 120)),
            (String(repeating: "x", count: 121), String(repeating: "x", count: 119) + "…"),
        ] as [(String, String?)]
    )
    func `a line is what was typed, where nothing is wrong with it`(text: String, line: String?) {
        #expect(CleanText.line(text) == line)
    }
}
