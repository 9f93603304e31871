import Foundation
import Mail
import Settings
import TestSupport
import Testing

/// What goes over the wire, as Python's `email` package reads it.
@Suite struct MessageTests {
    @Test func `a mail has its headers, and its two parts in order`() async throws {
        let earlier = try MessageID.make("row-0", domain: "billing.test")
        let message = try sampleMail {
            $0.replyTo = Mailbox(name: "Help \"Desk\", Ltd", address: $0.from.address)
            $0.references = [earlier]
            $0.unsubscribeURL = "https://billing.test/u/" + String(repeating: "t", count: 400)
        }
        let mail = try await ParsedMail(try message.bytes())
        #expect(mail.defects.isEmpty && mail.bareLineEnds == 0 && mail.isASCII)
        #expect(mail.type == "multipart/alternative")
        #expect(mail.parts.map(\.type) == ["text/plain", "text/html"])
        #expect(mail.parts.map { $0.text + "\n" } == [message.text, message.html])
        #expect(mail.from == [["Example Billing", "billing@billing.test"]])
        #expect(mail.replyTo == [["Help \"Desk\", Ltd", "billing@billing.test"]])
        #expect(mail.to == [["", "ada@example.test"]])
        #expect(mail["Subject"] == ["Your balance is low"])
        #expect(mail["Date"] == ["Sun, 22 Nov 2026 14:05:00 +0000"] && mail.date == "2026-11-22T14:05:00+00:00")
        #expect(mail["Message-ID"] == [message.id.rawValue])
        #expect(mail["In-Reply-To"] == [earlier.rawValue] && mail["References"] == [earlier.rawValue])
        #expect(mail["Auto-Submitted"] == ["auto-generated"] && mail["X-Auto-Response-Suppress"] == ["All"])
        #expect(mail["List-Unsubscribe"] == ["<\(message.unsubscribeURL ?? "")>"])
        #expect(mail["List-Unsubscribe-Post"] == ["List-Unsubscribe=One-Click"])
    }

    @Test func `mail that everybody gets says nothing of lists`() async throws {
        let mail = try await ParsedMail(try sampleMail().bytes())
        #expect(mail["List-Unsubscribe"].isEmpty && mail["List-Unsubscribe-Post"].isEmpty)
        #expect(mail["References"].isEmpty && mail["Reply-To"].isEmpty)
    }

    @Test(arguments: [0, 1, 56, 57, 58, 100_000])
    func `a file goes with a mail, byte for byte`(size: Int) async throws {
        var random = SeededGenerator(seed: 7)
        let bytes = (0..<size).map { _ in UInt8.random(in: 0...255, using: &random) }
        let message = try sampleMail {
            $0.attachments = [
                MailAttachment(name: "ACM/2026 \"042\".pdf", type: "application/pdf", bytes: bytes),
                MailAttachment(name: "plain.pdf", type: "application/pdf", bytes: [37]),
            ]
        }
        let mail = try await ParsedMail(try message.bytes())
        #expect(mail.defects.isEmpty && mail.bareLineEnds == 0 && mail.isASCII && mail.longestLine <= 998)
        #expect(mail.type == "multipart/mixed")
        #expect(mail.parts.map { $0.text + "\n" } == [message.text, message.html])
        #expect(mail.files.map(\.name) == ["ACM-2026--042-.pdf", "plain.pdf"])
        #expect(mail.files.map(\.bytes) == [bytes, [37]] && mail.files.allSatisfy { $0.type == "application/pdf" })
    }

    private static let alphabets = [
        "abc xyz", "äöüß é ñ", "漢字かな", "🏄🏽‍♀️👩‍👩‍👧", "שלום عالم", "<>&\"'\\(),;:@[]", "=?utf-8?q?=3D?= _", "a-.~!#$%^*+/|{}",
    ]

    @Test(arguments: 0..<40)
    func `whatever is written arrives as it was written`(seed: Int) async throws {
        var random = SeededGenerator(seed: UInt64(seed))
        func text(_ range: ClosedRange<Int>, alsoLines: Bool) -> String {
            let alphabet = Array(
                Self.alphabets.shuffled(using: &random).prefix(3).joined() + (alsoLines ? "\n\n  \t" : "")
            )
            return String(
                (0..<Int.random(in: range, using: &random)).map { _ in alphabet.randomElement(using: &random) ?? "x" }
            )
        }
        let subject = text(1...300, alsoLines: false)
        let name = text(1...120, alsoLines: false).trimmingCharacters(in: .whitespaces)
        let (plain, html) = (text(1...3000, alsoLines: true) + "\n", text(1...3000, alsoLines: true) + "\n")
        let message = try sampleMail {
            $0.subject = subject
            $0.from.name = name
            $0.text = plain
            $0.html = html
        }
        let bytes = try message.bytes()
        let mail = try await ParsedMail(bytes)
        #expect(mail["Subject"] == [subject])
        // Python puts a blank between two encoded words of a name, and makes one blank of two.
        let solid = { (text: String) in String(text.unicodeScalars.filter { $0 != " " }.map(Character.init)) }
        #expect(mail.from.first?.first.map(solid) == solid(name) && mail.from.first?.last == "billing@billing.test")
        #expect(mail.parts.map { $0.text + "\n" } == [plain, html])
        #expect(mail.longestLine <= 998 && mail.bareLineEnds == 0 && mail.isASCII)
        #expect(try message.bytes() == bytes, "the same message gives the same bytes")
    }

    @Test func `a header is folded before it grows long`() async throws {
        let words = (0..<60).map { "word\($0)" }.joined(separator: " ")
        let message = try sampleMail {
            $0.subject = words
            $0.references = (0..<200).compactMap { try? MessageID.make("row-\($0)", domain: "billing.test") }
        }
        let mail = try await ParsedMail(try message.bytes())
        #expect(mail["Subject"] == [words] && mail.longestLine <= 78)
        let references = mail["References"].first?.split(separator: " ") ?? []
        #expect(references.count == 20 && references.last.map(String.init) == message.references.last?.rawValue)
        #expect(references.first.map(String.init) == message.references.first?.rawValue)
    }

    @Test(arguments: ["\r\nBcc: x@y.test", "\n", "\r", "\0", "\u{85}", "\u{2028}", "\u{1b}"])
    func `a line break in a header is refused, wherever it is`(hostile: String) throws {
        for place in ["before", "inside", "after"] {
            let text = place == "before" ? hostile + "x" : place == "inside" ? "x" + hostile + "y" : "x" + hostile
            #expect(throws: MailError.controlCharacter(header: "Subject")) {
                try sampleMail { $0.subject = text }.bytes()
            }
            #expect(throws: MailError.controlCharacter(header: "From")) {
                try sampleMail { $0.from.name = text }.bytes()
            }
            #expect(throws: MailError.controlCharacter(header: "To")) { try sampleMail { $0.to.name = text }.bytes() }
            #expect(throws: MailError.controlCharacter(header: "List-Unsubscribe")) {
                try sampleMail { $0.unsubscribeURL = "https://x.test/\(text)" }.bytes()
            }
        }
        #expect(MessageID(rawValue: "<a\(hostile)@b.test>") == nil)
        #expect(throws: (any Error).self) { try MessageID.make("x", domain: "b\(hostile).test") }
    }

    @Test func `random bytes in any header never make another one`() async throws {
        var random = SeededGenerator(seed: 7)
        let pieces = ["\r", "\n", "\0", ":", "Bcc: x@y.test", " ", "=?utf-8?b?DQo=?=", "ü", "\t", "<", ">", ","]
        for _ in 0..<500 {
            let text = (0..<6).map { _ in pieces.randomElement(using: &random) ?? "" }.joined()
            guard
                let bytes = try? sampleMail(change: {
                    $0.subject = text; $0.from.name = text
                }).bytes()
            else { continue }
            let head = String(decoding: bytes, as: UTF8.self).components(separatedBy: "\r\n\r\n")[0]
            let names = head.components(separatedBy: "\r\n").filter { !$0.hasPrefix(" ") }.map {
                $0.prefix { $0 != ":" }
            }
            #expect(
                names == [
                    "Date", "From", "To", "Subject", "Message-ID", "Auto-Submitted", "X-Auto-Response-Suppress",
                    "MIME-Version", "Content-Type",
                ]
            )
        }
    }

    @Test func `a mail that says nothing is refused`() throws {
        #expect(throws: MailError.empty(what: "subject")) { try sampleMail { $0.subject = "" }.bytes() }
        #expect(throws: MailError.empty(what: "body")) { try sampleMail { $0.text = "" }.bytes() }
        #expect(throws: MailError.headerTooLong(header: "List-Unsubscribe")) {
            try sampleMail { $0.unsubscribeURL = "https://x.test/" + String(repeating: "x", count: 1000) }.bytes()
        }
    }

    @Test func `a row has one message id for ever, and no two rows share one`() throws {
        let id = try MessageID.make("row-1", domain: "billing.test")
        #expect(id.rawValue == "<\(id.local)@billing.test>" && id.local.count == 40)
        #expect(try MessageID.make("row-1", domain: "billing.test") == id && MessageID(rawValue: id.rawValue) == id)
        #expect(try MessageID.make("row-2", domain: "billing.test") != id)
    }
}

/// The same numbers for the same seed.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { self.state = seed &* 0x9E37_79B9_7F4A_7C15 &+ 1 }

    /// SplitMix64.
    mutating func next() -> UInt64 {
        self.state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = self.state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
