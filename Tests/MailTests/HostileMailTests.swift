import Mail
import Notices
import Settings
import TestSupport
import Testing

/// Whatever customers, providers and operators have put into names, numbers and words, a mail stays one mail to one
/// reader: Python's `email` package is the judge.
@Suite(.timeLimit(.minutes(5))) struct HostileMailTests {
    private static let headers: Set = [
        "Date", "From", "Reply-To", "To", "Subject", "Message-ID", "In-Reply-To", "References", "Auto-Submitted",
        "X-Auto-Response-Suppress", "List-Unsubscribe", "List-Unsubscribe-Post", "MIME-Version", "Content-Type",
    ]
    private static let unsubscribe = "https://billing.test/u/token"

    @Test(arguments: 1...4) func `no text gets out of its place, in a mail of any kind`(seed: UInt64) async throws {
        var words = HostileWords(seed: seed)
        let renderer = try NoticeRenderer(brand: Brand(name: HostileWords.brand))
        var (messages, notices): ([MailMessage], [RenderedNotice]) = ([], [])
        for kind in NoticeRenderer.kinds {
            let sample = try #require(Notice.sample(of: kind))
            for locale in NoticeLocale.allCases {
                let spoilt = words.spoil(sample)
                #expect(spoilt != sample, "\(kind): nothing in it was replaced")
                let notice = try renderer.render(spoilt, locale: locale, unsubscribeURL: Self.unsubscribe)
                notices.append(notice)
                messages.append(try Self.message(notice, kind, number: messages.count, &words))
            }
        }
        #expect(messages.count == NoticeRenderer.kinds.count * NoticeLocale.allCases.count)
        let mails = try await ParsedMail.batch(try messages.map { try $0.bytes() })
        try #require(mails.count == messages.count)
        for (mail, message) in zip(mails, messages) { Self.check(mail, message) }
        for notice in notices { Self.check(notice) }
    }

    /// A mail with a hostile file name in it, as the number of an invoice would make one.
    private static func message(
        _ notice: RenderedNotice,
        _ kind: MessageKind,
        number: Int,
        _ words: inout HostileWords
    ) throws -> MailMessage {
        let name = words.text() + ".pdf"
        return try sampleMail(key: "row-\(number)") {
            $0.kind = kind.rawValue
            ($0.subject, $0.text, $0.html) = (notice.subject, notice.text, notice.html)
            $0.unsubscribeURL = kind.isOptional ? Self.unsubscribe : nil
            $0.attachments = [MailAttachment(name: name, type: "application/pdf", bytes: Array("%PDF-".utf8))]
        }
    }

    private static func check(_ mail: ParsedMail, _ message: MailMessage) {
        let names = mail.headers.compactMap(\.first)
        #expect(Set(names).isSubset(of: Self.headers), "\(message.kind): \(names)")
        #expect(Set(names).count == names.count, "\(message.kind): \(names)")
        #expect(Set(["From", "To", "Subject", "Message-ID"]).isSubset(of: names))
        #expect(mail.to.map(\.last) == [message.to.address.text] && mail.from.count == 1)
        #expect(mail["Message-ID"] == [message.id.rawValue])
        #expect(mail["Subject"] == [message.subject])
        #expect(mail.defects.isEmpty && mail.bareLineEnds == 0 && mail.isASCII, "\(message.kind): \(mail.defects)")
        #expect(mail.longestLine < 998)
        #expect(mail.parts.map(\.type) == ["text/plain", "text/html"] && mail.files.count == 1)
        #expect(mail.parts.map { $0.text + "\n" } == [message.text, message.html].map(Self.ended), "\(message.kind)")
        #expect(mail.files.first?.bytes == Array("%PDF-".utf8))
    }

    /// The line end before a boundary belongs to the boundary.
    private static func ended(_ text: String) -> String { text.hasSuffix("\n") ? text : text + "\n" }

    private static func check(_ notice: RenderedNotice) {
        let html = notice.html
        for markup in HostileWords.markup where html.contains(markup) {
            Issue.record("\(markup) in \(notice.subject): \(html)")
        }
        #expect(html.matches(of: /<(script|iframe|object|form|input)/.ignoresCase()).isEmpty)
        for text in [notice.subject, notice.text, notice.html] {
            let harmful = text.unicodeScalars.filter { scalar in
                scalar.properties.generalCategory == .control && scalar != "\n"
                    || ("\u{202A}"..."\u{202E}").contains(scalar) || ("\u{2066}"..."\u{2069}").contains(scalar)
            }
            #expect(harmful.isEmpty && !text.contains(HostileWords.filledIn), "\(notice.subject)")
        }
        #expect(notice.subject.unicodeScalars.count <= 998 && !notice.subject.contains(where: \.isNewline))
    }

    // MARK: - Without a renderer in between

    @Test(arguments: 1...4) func `what no mail can hold makes none, and all else arrives`(seed: UInt64) async throws {
        var words = HostileWords(seed: seed &+ 1000)
        var (messages, mails): ([MailMessage], [[UInt8]]) = ([], [])
        var refused = 0
        for number in 0..<150 {
            let (subject, name) = (words.text(), words.text())
            let message = try sampleMail(key: "row-\(number)") {
                $0.subject = subject
                $0.from.name = name
                $0.replyTo = Mailbox(name: name, address: $0.from.address)
            }
            do throws(MailError) {
                mails.append(try message.bytes())
                messages.append(message)
            } catch {
                refused += 1
                let isBad = (subject + name).unicodeScalars.contains { scalar in
                    [.control, .lineSeparator, .paragraphSeparator].contains(scalar.properties.generalCategory)
                }
                #expect(isBad, "\(error): \(subject.debugDescription) \(name.debugDescription)")
            }
        }
        #expect(refused > 20 && mails.count > 20)
        for (mail, message) in zip(try await ParsedMail.batch(mails), messages) {
            let names = mail.headers.compactMap(\.first)
            #expect(Set(names).isSubset(of: Self.headers) && Set(names).count == names.count, "\(names)")
            #expect(mail.from.map(\.last) == ["billing@billing.test"] && mail.replyTo.count == 1)
            #expect(mail.to.map(\.last) == ["ada@example.test"])
            #expect(mail.defects.isEmpty && mail.isASCII && mail.longestLine < 998, "\(mail.defects)")
            #expect(mail["Subject"].map(Self.solid) == [Self.solid(message.subject)])
        }
    }

    /// Without blanks, which a folded header may lose at its ends.
    private static func solid(_ text: String) -> String {
        String(text.unicodeScalars.filter { !$0.properties.isWhitespace }.map(Character.init))
    }

    @Test(arguments: 1...4) func `an address is one address, or none`(seed: UInt64) async throws {
        var words = HostileWords(seed: seed &+ 2000)
        let tails = ["@example.test", "ada@example.test", "ada@exa", "@", ""]
        var addresses: [MailAddress] = ["ada+x@example.test", "o'hara@example.test"].compactMap { try? MailAddress($0) }
        for _ in 0..<500 {
            let word = String(words.text().prefix(40))
            let tail = words.random.element(of: tails) ?? ""
            for text in [word + tail, tail + word, "ada" + word + tail] {
                if let address = try? MailAddress(text) { addresses.append(address) }
            }
        }
        try #require(addresses.count > 20)
        let mails = try await ParsedMail.batch(try addresses.map { try sampleMail(to: $0.text).bytes() })
        for (mail, address) in zip(mails, addresses) {
            #expect(mail.to == [["", address.text]] && mail.defects.isEmpty, "\(address.text)")
            #expect(mail.headers.count { $0.first == "To" } == 1 && mail["Bcc"].isEmpty)
        }
    }
}
