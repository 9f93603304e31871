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
        DKIMSigner(domain: "billing.test", selector: "s1", key: try RSAPrivateKey(), now: { 1_795_356_300_123 })
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
            let (body, subject) = (text(2000), text(120).replacing("\n", with: " ").replacing("\t", with: " "))
            mails["random\(number)"] = try sampleMail {
                ($0.text, $0.subject) = (body, "S \(subject)")
            }
        }
        return mails
    }

    @Test func `every signature holds, and covers what makes the mail`() async throws {
        let signer = try Self.signer.get()
        let signed = try Self.mails().mapValues { try signer.sign($0.bytes()) }
        let results = try await DKIMVerifier.check(signed, record: signer.record)
        #expect(results.count == signed.count)
        for (name, result) in results {
            #expect(result.holds, "\(name): \(result.problem ?? "the signature does not hold")")
            for header in ["from", "to", "subject", "date", "list-unsubscribe", "list-unsubscribe-post"] {
                #expect(result.covered.contains(header), "\(name) \(header)")
            }
            #expect(result.covered.count { $0 == "from" } == 2, "nobody can add another one")
        }
        let lines = signed.values.flatMap {
            String(decoding: $0.prefix(3000), as: UTF8.self).split(separator: "\r\n").prefix(20)
        }
        #expect(lines.filter { $0.hasPrefix("DKIM") || $0.hasPrefix(" ") }.allSatisfy { $0.utf8.count <= 998 })
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
            "date": try changed("Date: ", "Date: Mon, 01 Jan 2001 00:00:00 +0000\r\nX-Old: "),
        ]
        let results = try await DKIMVerifier.check(good.merging(bad) { $1 }, record: signer.record)
        for name in good.keys { #expect(results[name]?.holds == true, "\(name)") }
        for name in bad.keys { #expect(results[name]?.holds == false, "\(name)") }
    }

    @Test func `a mail arrives at a mail server, and in a folder, with its signature good`() async throws {
        let folder = try TemporaryFolder()
        let key = folder.path("key.pem")
        try await HelperServer.run(["openssl", "genrsa", "-traditional", "-out", key, "2048"], quietly: true)
        try await MailServer.running { server in
            var results: [String: [UInt8]] = [:]
            var record: (name: String, text: String)?
            for url in ["smtp://127.0.0.1:\(server.port)", "file://\(folder.path("mails"))"] {
                var source = try await SettingsSource(
                    environment: [
                        "SMTP_URL": url, "SMTP_TLS": "off", "MAIL_FROM": "Example <billing@billing.test>",
                        "DKIM_KEY_FILE": key, "DKIM_SELECTOR": "s1",
                    ]
                )
                let settings = MailSettings(&source, hasPublicURL: true)
                let engine = try TransferEngine()
                let sink = try #require(try MailSink(settings: settings, engine: engine, now: { 1_795_356_300_000 }))
                record = sink.record
                #expect(await sink.send(try sampleMail()).label == "sent")
                await engine.shutdown()
            }
            results["smtp"] = [UInt8](try #require(try server.taken().first).content)
            let file = try #require(try FileManager.default.contentsOfDirectory(atPath: folder.path("mails")).first)
            results["folder"] = [UInt8](try Data(contentsOf: URL(filePath: folder.path("mails/\(file)"))))
            let known = try #require(record)
            #expect(known.name == "s1._domainkey.billing.test" && known.text.hasPrefix("v=DKIM1; k=rsa; p=MII"))
            let found = try await DKIMVerifier.check(results, record: known)
            #expect(found.values.allSatisfy(\.holds) && found.count == 2)
        }
    }

    @Test(arguments: ["", "no PEM", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"])
    func `what is no key is refused in words`(key: String) async throws {
        try await self.expectProblem(["DKIM_KEY": key.isEmpty ? nil : key, "DKIM_SELECTOR": "s1"], about: "DKIM_KEY")
    }

    @Test(arguments: [
        ["genrsa", "1024"], ["ecparam", "-name", "prime256v1", "-genkey", "-noout"],
        ["genrsa", "-aes128", "-passout", "pass:x", "2048"],
    ])
    func `a key that is too small, of another kind or locked is refused`(how: [String]) async throws {
        let folder = try TemporaryFolder()
        let file = folder.path("key.pem")
        let options =
            how.first == "genrsa"
            ? Array(how.dropFirst().dropLast()) + ["-out", file] + how.suffix(1)
            : Array(how.dropFirst()) + ["-out", file]
        try await HelperServer.run(["openssl", how[0]] + options, quietly: true)
        try await self.expectProblem(["DKIM_KEY_FILE": file, "DKIM_SELECTOR": "s1"], about: "DKIM_KEY")
    }

    @Test(arguments: ["", "a b", "-s1", "ä", "s1._domainkey.x y"]) func `a selector is the name of a record`(
        selector: String
    ) async throws {
        let key = try await Self.freshKey()
        let environment = ["DKIM_KEY": key, "DKIM_SELECTOR": selector.isEmpty ? nil : selector]
        try await self.expectProblem(environment, about: "DKIM_SELECTOR")
    }

    private static func freshKey() async throws -> String {
        let folder = try TemporaryFolder()
        let file = folder.path("key.pem")
        try await HelperServer.run(["openssl", "genrsa", "-out", file, "2048"], quietly: true)
        return try String(contentsOfFile: file, encoding: .utf8)
    }

    private func expectProblem(_ environment: [String: String?], about key: String) async throws {
        var source = try await SettingsSource(environment: environment.compactMapValues { $0 })
        #expect(MailSettings(&source, hasPublicURL: true).dkim == nil)
        #expect(source.problems.contains { $0.key == key && !$0.fix.isEmpty })
    }
}
