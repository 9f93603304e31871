import Foundation
import Mail
import Settings
import Signatures
import TestSupport
import Testing
import Transport

/// Signatures of mails, as another implementation finds them.
@Suite(.timeLimit(.minutes(3))) struct DKIMTests {
    private static let signer = Result {
        DKIMSigner(domain: "billing.test", selector: "s1", key: try RSAPrivateKey(), now: { 1_700_000_000_999 })
    }

    private static func check(
        _ mails: [String: [UInt8]],
        _ signer: DKIMSigner
    ) async throws -> [String: DKIMVerifier.Result] {
        let record = signer.record
        return try await DKIMVerifier.check(mails, record: (record.name, record.text))
    }

    private static let unsubscribe = "https://sluice.test/u/\(String(repeating: "x", count: 300))"

    /// Mails of every form, and some whose names and texts would like to break one.
    private static func mails() throws -> [String: MailMessage] {
        var dice = SplitMix64(seed: 7)
        var mails = [
            "plain": try sampleMail(),
            "unsubscribe": try sampleMail { $0.unsubscribeURL = Self.unsubscribe },
            "thread": try sampleMail { mail in
                mail.references = (1...30).compactMap { try? MessageID.make("\($0)", domain: "billing.test") }
            },
            "reply": try sampleMail { $0.replyTo = try? Mailbox("Ärger, \"Kunden\" <help@billing.test>") },
            "names": try sampleMail { mail in
                mail.to = Mailbox(name: "\u{202E}Zoë “x” <b@c>, d", address: mail.to.address)
                mail.subject = String(repeating: "Überfällig 🧾 ", count: 30)
            },
            "dots": try sampleMail { $0.text = ".\n..\n. a\n\n\n.\n\n\n\n" },
            "blanks": try sampleMail { $0.text = "a  \t b \n \t \n  c\t\n\n \n" },
            "long": try sampleMail { $0.html = "<p>" + String(repeating: "é ", count: 5000) + "</p>" },
        ]
        let bytes = (0..<(1 << 20)).map { _ in UInt8.random(in: 0...255, using: &dice) }
        mails["file"] = try sampleMail {
            $0.attachments = [MailAttachment(name: "a.pdf", type: "application/pdf", bytes: bytes)]
        }
        for number in 0..<40 {
            let alphabet = Array("ab c\t.=-_\n<>\"\u{A0}éß漢🧾")
            func text(_ count: Int64) -> String {
                String((0..<dice.int(1...count)).map { _ in dice.element(of: alphabet) ?? "x" })
            }
            func line() -> String { text(120).replacing("\n", with: " ").replacing("\t", with: " ") }
            let (body, subject, sender, name) = (text(2000), line(), line(), line())
            mails["random\(number)"] = try sampleMail {
                ($0.text, $0.html, $0.subject) = (body, body + "\n\n", "S \(subject)")
                ($0.from.name, $0.to.name) = (sender, name)
            }
        }
        return mails
    }

    @Test func `every signature holds, and covers what makes the mail`() async throws {
        let signer = try Self.signer.get()
        let signed = try Self.mails().mapValues { try signer.sign($0.bytes()) }
        let results = try await Self.check(signed, signer)
        #expect(results.count == signed.count)
        for (name, result) in results {
            #expect(result.holds, "\(name): \(result.problem ?? "the signature does not hold")")
            for header in ["from", "to", "subject", "date", "list-unsubscribe", "list-unsubscribe-post"] {
                #expect(result.covered.contains(header), "\(name) \(header)")
            }
            #expect(result.covered.count { $0 == "from" } == 2, "nobody can add another one")
        }
        #expect(signed.values.allSatisfy { Self.signature(of: $0).contains(" t=1700000000;") })
    }

    /// The signature's header, with its folds.
    private static func signature(of mail: [UInt8]) -> String {
        let head = String(decoding: mail.prefix(3000), as: UTF8.self)
        return String(head.prefix(upTo: head.range(of: "\r\nDate:")?.lowerBound ?? head.endIndex))
    }

    @Test(arguments: [
        ("b.test", "s"), ("billing.example-company.example.com", "2026-11.sluice.billing"),
        (String(repeating: "label.", count: 11) + "test", String(repeating: "s", count: 63)),
    ])
    func `a signature's lines are short, whatever the names`(domain: String, selector: String) async throws {
        let signer = DKIMSigner(domain: domain, selector: selector, key: try RSAPrivateKey(), now: { 0 })
        let mail = try signer.sign(try sampleMail { $0.unsubscribeURL = Self.unsubscribe }.bytes())
        let lines = Self.signature(of: mail).components(separatedBy: "\r\n")
        #expect(lines.count > 8 && lines[0].hasPrefix("DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed;"))
        #expect(lines.allSatisfy { $0.utf8.count < 78 } && lines.dropFirst().allSatisfy { $0.hasPrefix(" ") })
        #expect(!lines.joined().contains("l="), "the whole body")
        let result = try #require(try await Self.check(["mail": mail], signer)["mail"])
        #expect(result.holds, "\(result.problem ?? "")")
    }

    @Test func `a body of any form, and headers that are there twice, are signed as others read them`() async throws {
        let signer = try Self.signer.get()
        let bodies = [
            "", "\r\n", "\r\n\r\n\r\n", " \t\r\n", "\t\r\n \r\nx", "x", "x\r\n", "x\r\n\r\n \r\n", ".\r\n..\r\n",
            " leading\r\n\tand trailing \t \r\n", "a \t  b\r\n\r\n\r\nc", "Subject: no header\r\n",
            "\0\u{7f}\u{80}\r\n",
        ]
        let heads = [
            "From: a@b.test\r\n", "FROM:a@b.test\r\nSubject:\r\n", "From:\r\n a@b.test\r\n\t \r\nX: y\r\n",
            "From: a@b.test\r\nSubject: one\r\nX: y\r\nSubject:  two\t\r\n  more \r\nSubject: three\r\n",
            "From: a@b.test\r\nContent-Transfer-Encoding:  7bit\r\nReply-To: x@b.test\r\nReply-To: y@b.test\r\n",
        ]
        var mails: [String: [UInt8]] = [:]
        for (index, head) in heads.enumerated() {
            for (number, body) in bodies.enumerated() {
                mails["\(index)-\(number)"] = try signer.sign(Array("\(head)\r\n\(body)".utf8))
            }
        }
        let results = try await Self.check(mails, signer)
        #expect(results.count == heads.count * bodies.count)
        for (name, result) in results { #expect(result.holds, "\(name): \(result.problem ?? "does not hold")") }
        #expect(results["3-0"]?.covered.count { $0 == "subject" } == 4)
        #expect(results["4-0"]?.covered.contains("content-transfer-encoding") == true)
        for strange in ["", "\r\n", " x\r\n", "no colon\r\n", "From: a"] {
            #expect(try signer.sign(Array(strange.utf8)).suffix(strange.utf8.count) == Array(strange.utf8)[...])
        }
    }

    @Test func `what relays do to a mail leaves the signature good, and what others do breaks it`() async throws {
        let signer = try Self.signer.get()
        let mail = try signer.sign(try sampleMail { $0.unsubscribeURL = "https://sluice.test/u/x" }.bytes())
        let text = String(decoding: mail, as: UTF8.self)
        func changed(_ old: String, _ new: String) throws -> [UInt8] {
            try #require(text.contains(old))
            return Array(text.replacing(old, with: new, maxReplacements: 1).utf8)
        }
        func adding(_ header: String) -> [UInt8] { Array("\(header)\r\n\(text)".utf8) }
        let good = [
            "received": adding("Received: from a by b; Mon, 23 Nov 2026 10:00:00 +0000"),
            "spaces": try changed("Subject: Your balance", "subject:   Your \t balance"),
            "end": Array((text + "\r\n\r\n").utf8),
        ]
        let bad = [
            "body": try changed("Hello,", "Hullo,"), "subject": try changed("balance is low", "balance is high"),
            "from": adding("From: Eve <eve@evil.test>"), "subject2": adding("Subject: Pay here"),
            "to": adding("To: eve@evil.test"), "reply": adding("Reply-To: eve@evil.test"),
            "unsubscribe": adding("List-Unsubscribe: <https://evil.test>"),
            "post": try changed("List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n", ""),
            "date2": adding("Date: Mon, 01 Jan 2001 00:00:00 +0000"),
            "unsubscribe2": adding("List-Unsubscribe-Post: List-Unsubscribe=No"),
            "type": adding("Content-Type: text/html"), "file": try changed("text/html; charset", "text/xml; charset"),
            "thread": try changed("Message-ID: <", "Message-ID: <x"),
            "below": try changed("MIME-Version:", "From: Eve <eve@evil.test>\r\nMIME-Version:"),
            "shorter": Array(text.dropLast(12).utf8), "longer": Array((text + "More\r\n").utf8),
            "time": try changed(" t=1700000000;", " t=1700000001;"),
            "date": try changed("Date: ", "Date: Mon, 01 Jan 2001 00:00:00 +0000\r\nX-Old: "),
        ]
        let results = try await Self.check(good.merging(bad) { $1 }, signer)
        for name in good.keys { #expect(results[name]?.holds == true, "\(name)") }
        for name in bad.keys {
            let result = try #require(results[name])
            #expect(!result.holds, "\(name)")
            #expect(result.problem?.contains("body hash") ?? true, "\(name): it was read, and does not hold")
        }
    }

    @Test func `a mail arrives at a mail server, and in a folder, with its signature good`() async throws {
        let folder = try TemporaryFolder()
        let key = folder.path("key.pem")
        try await HelperServer.run(["openssl", "genrsa", "-traditional", "-out", key, "2048"], quietly: true)
        try await MailServer.running { server in
            var results: [String: [UInt8]] = [:]
            var record: DKIMSigner.Record?
            for url in ["smtp://127.0.0.1:\(server.port)", "file://\(folder.path("mails"))"] {
                var source = try await SettingsSource(
                    environment: [
                        "SMTP_URL": url, "SMTP_TLS": "off", "MAIL_FROM": "Example <billing@billing.test>",
                        "DKIM_KEY_FILE": key, "DKIM_SELECTOR": "s1",
                    ]
                )
                let settings = MailSettings(&source, hasPublicURL: true)
                let engine = try TransferEngine()
                let sink = try #require(try MailSink(settings: settings, engine: engine, now: { 1_700_000_000_999 }))
                record = sink.record
                #expect(await sink.send(try sampleMail()).label == "sent")
                await engine.shutdown()
            }
            results["smtp"] = [UInt8](try #require(try server.taken().first).content)
            let file = try #require(try FileManager.default.contentsOfDirectory(atPath: folder.path("mails")).first)
            results["folder"] = [UInt8](try Data(contentsOf: URL(filePath: folder.path("mails/\(file)"))))
            let known = try #require(record)
            #expect(known.name == "s1._domainkey.billing.test" && known.text.hasPrefix("v=DKIM1; k=rsa; p=MII"))
            let found = try await DKIMVerifier.check(results, record: (known.name, known.text))
            #expect(found.values.allSatisfy(\.holds) && found.count == 2)
        }
    }
}
