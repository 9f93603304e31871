import Testing

@testable import Mail

/// Which texts stand in a header as they are, and which encoded.
@Suite struct HeaderTextTests {
    @Test(arguments: [
        "Your balance is low", "a", "a b c", "1 = 1 ?", "= ?", "?=", "what?", "a=b", "50% off!",
        String(repeating: "x", count: 70), "a " + String(repeating: "x", count: 70) + " b",
    ])
    func `plain words stand as they are`(text: String) throws {
        let header = try HeaderText.unstructured("Subject", text)
        #expect(header.replacing("\r\n", with: "") == "Subject: \(text)")
    }

    @Test(arguments: [
        " ", " a", "a ", "a  b", "=?", "a=?b", "é", "a é", String(repeating: "x", count: 71),
        "a " + String(repeating: "x", count: 71) + " b", "==?",
    ])
    func `what would change on its way, or be taken for code, is encoded`(text: String) throws {
        #expect(try HeaderText.unstructured("Subject", text).hasPrefix("Subject: =?UTF-8?B?"))
    }

    @Test func `an empty text is an empty header`() throws {
        #expect(try HeaderText.unstructured("Subject", "") == "Subject:\r\n")
    }

    @Test(arguments: [
        ("Ada", "\"Ada\""), ("Ada \"the\" \\", "\"Ada \\\"the\\\" \\\\\""), ("\\", "\"\\\\\""), ("\"", "\"\\\"\""),
    ])
    func `a name's marks are escaped`(name: String, quoted: String) throws {
        let pieces = try HeaderText.mailbox(name: name, address: "a@x.example", header: "From")
        #expect(pieces.joined(separator: " ") == "\(quoted) <a@x.example>")
    }

    @Test(arguments: ["\u{0}", "\t", "\u{1f}", "\u{7f}", "\u{80}", "\u{9f}", "\u{2028}", "\u{2029}"])
    func `no control gets into a header`(control: String) {
        #expect(throws: MailError.self) { try HeaderText.unstructured("Subject", "a\(control)b") }
        #expect(throws: MailError.self) { try HeaderText.structured("To", ["a\(control)b"]) }
    }
}
