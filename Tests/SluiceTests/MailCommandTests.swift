import Foundation
import LagoEvents
import Signatures
import Store
import TestSupport
import Testing

/// `mail preview` and `mail test`, as people and scripts use them.
@Suite(.timeLimit(.minutes(5))) struct MailCommandTests {
    private struct Preview: Decodable {
        let kind: String
        let locale: String
        let subject: String
        let text: String
        let html: String
    }

    @Test func `a mail is shown as subject and text, as HTML, as JSON, and written as a file`() async throws {
        let home = try SluiceHome(["BRAND_NAME": "Beispiel & Co"])
        let text = try await home.run("mail", "preview", "low_balance", "--locale", "de")
        #expect(text.code == 0 && text.output.hasPrefix("Subject: Ihr Guthaben wird knapp"), "\(text.errors)")
        #expect(text.output.contains("Guten Tag Ada Lovelace,") && text.output.contains("Beispiel & Co"))
        let html = try await home.run("mail", "preview", "low_balance", "--locale", "de", "--html")
        #expect(html.output.hasPrefix("<!DOCTYPE html>") && html.output.contains("Beispiel &amp; Co"))
        let json: Preview = try await home.json("mail", "preview", "operator_alert")
        #expect(json.kind == "operator_alert" && json.locale == "en" && json.subject.contains("Mail is paused"))
        let file = home.folder.path("mail.eml")
        let written = try await home.run("mail", "preview", "balance_recovered", "--output", file)
        #expect(written.code == 0 && written.output.isEmpty)
        let mail = try await ParsedMail([UInt8](try Data(contentsOf: URL(filePath: file))))
        #expect(mail.defects.isEmpty && mail.parts.map(\.type) == ["text/plain", "text/html"])
        #expect(mail["List-Unsubscribe-Post"] == ["List-Unsubscribe=One-Click"])
    }

    @Test func `the mail that a stored event tells of is shown, or why there is none`() async throws {
        let home = try SluiceHome(["BRAND_NAME": "Example"])
        let file = URL(filePath: #filePath).appending(path: "../../../../shared/lago-webhook-examples.json")
        let examples = try JSONSerialization.jsonObject(with: Data(contentsOf: file.standardizedFileURL))
        let bodies = try #require(examples as? [String: [String: Any]])
        try await home.store { store in
            for (name, body) in bodies {
                let bytes = [UInt8](try JSONSerialization.data(withJSONObject: body))
                let delivery = Delivery(
                    key: EventKey(rawValue: name),
                    envelope: Envelope(body: bytes),
                    digest: try SHA256.digest(of: bytes),
                    body: bytes,
                    receivedAt: 1_795_356_300_000
                )
                _ = try await store.write { try $0.record(delivery) }
            }
        }
        let shown = try await home.run("mail", "preview", "--event", "invoice.created", "--locale", "fr")
        #expect(shown.code == 0 && shown.output.contains("ACM-7C11-042-008"), "\(shown.errors)")
        #expect(shown.output.contains("5,11") && shown.output.contains("Borealis GmbH"))
        let note: Preview = try await home.json("mail", "preview", "--event", "credit_note.created")
        #expect(note.kind == "credit_note_issued" && note.subject.contains("ACM-7C11-042-008-CN001"))
        let trouble: Preview = try await home.json("mail", "preview", "--event", "events.errors")
        #expect(trouble.kind == "operator_alert" && trouble.text.contains("evt-000201"))
        let nobody = try await home.run("mail", "preview", "--event", "wallet.updated")
        #expect(nobody.code == 1 && nobody.errors.contains("mails nobody: it leads to a look at the balance"))
        let gone = try await home.run("mail", "preview", "--event", "x")
        #expect(gone.code == 1 && gone.errors.contains("there is no event x"))
        #expect(try await home.run("mail", "preview").code == 64)
        #expect(try await home.run("mail", "preview", "low_balance", "--event", "x").code == 64)
    }

    @Test func `a kind that does not exist cannot be shown`() async throws {
        let home = try SluiceHome()
        let unknown = try await home.run("mail", "preview", "nothing")
        #expect(unknown.code == 64)
    }

    @Test func `a broken template and an unknown kind are found by the check`() async throws {
        var home = try SluiceHome()
        let folder = home.folder.url.appending(path: "templates/mail/en")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let file = folder.appending(path: "low_balance.subject.mustache")
        try Data("{{% CONTENT_TYPE: TEXT}}\n{{balanse}}".utf8).write(to: file)
        home.settings["TEMPLATES_DIR"] = home.folder.path("templates")
        let broken = try await home.run("check")
        #expect(broken.code == 1 && broken.output.contains("low_balance.subject.mustache, line 2: {{balanse}}"))
        home.settings["TEMPLATES_DIR"] = nil
        home.settings["NOTICES_OFF"] = "low_balance,lowbalance"
        let unknown = try await home.run("check")
        #expect(unknown.code == 1 && unknown.output.contains("NOTICES_OFF is \"lowbalance\""))
    }

    @Test func `a test mail is sent, and the server's answer told`() async throws {
        try await MailServer.running(login: "mailer:s3cret") { server in
            var home = try SluiceHome([
                "SMTP_URL": "smtp://mailer:s3cret@127.0.0.1:\(server.port)", "SMTP_TLS": "off",
                "MAIL_FROM": "Billing <billing@billing.test>", "PUBLIC_URL": "https://billing.test",
            ])
            let sent = try await home.run("mail", "test", "ada@example.test")
            #expect(sent.code == 0 && sent.output == "taken: 250 2.0.0 taken\n", "\(sent.errors)")
            let refused = try await home.run("mail", "test", "unknown@example.test")
            #expect(refused.code == 1 && refused.errors.contains("recipient_unknown: 550 5.1.1"))
            let broken = try await home.run("mail", "test", "ada")
            #expect(broken.code == 1 && broken.errors == "sluice: the address has no @\n")
            home.settings["SMTP_URL"] = "smtp://mailer:wr0ng@127.0.0.1:\(server.port)"
            let stranger = try await home.run("mail", "test", "ada@example.test")
            #expect(stranger.code == 1 && stranger.errors.contains("relay_unavailable: 535"))
            #expect(!stranger.errors.contains("wr0ng"))
            #expect(try server.taken().count == 1)
        }
    }

    private struct Row: Decodable {
        let name: String
        let text: String
    }

    private struct Tested: Decodable {
        let state: String
        let record: Row?

        private enum CodingKeys: String, CodingKey {
            case state, record = "dkim_record"
        }
    }

    @Test func `the DNS record of the signatures is told without a mail, with one, and by the check`() async throws {
        var home = try SluiceHome()
        let unsigned = try await home.run("mail", "dkim")
        #expect(unsigned.code == 1 && unsigned.errors.hasPrefix("sluice: DKIM_KEY: set it"))
        #expect(try await !home.run("check").output.contains("dkim"))
        let key = home.folder.path("dkim.pem")
        try await HelperServer.run(["openssl", "genrsa", "-out", key, "2048"], quietly: true)
        home.settings["DKIM_KEY_FILE"] = key
        home.settings["DKIM_SELECTOR"] = "s1"
        home.settings["DKIM_DOMAIN"] = "billing.test"
        home.settings["MAIL_FROM"] = "Billing <billing@mail.billing.test>"
        home.settings["SMTP_URL"] = "file://\(home.folder.path("mails"))"
        let row: Row = try await home.json("mail", "dkim")
        #expect(row.name == "s1._domainkey.billing.test" && row.text.hasPrefix("v=DKIM1; k=rsa; p=MIIB"))
        let record = "\(row.name) TXT \"\(row.text)\""
        #expect(try await home.run("mail", "dkim").output == record + "\n")
        let check = try await home.run("check")
        #expect(check.output.contains("mails are signed for billing.test; the DNS must have: \(record)"))
        #expect(!check.output.contains("PRIVATE KEY"))
        let sent = try await home.run("mail", "test", "ada@example.test")
        #expect(sent.output.hasSuffix("signed with DKIM; the DNS must have: \(record)\n"), "\(sent.errors)")
        let tested: Tested = try await home.json("mail", "test", "ada@example.test")
        #expect(tested.state == "sent" && tested.record?.name == row.name && tested.record?.text == row.text)
        var mails: [String: [UInt8]] = [:]
        for name in try FileManager.default.contentsOfDirectory(atPath: home.folder.path("mails")) {
            mails[name] = [UInt8](try Data(contentsOf: URL(filePath: home.folder.path("mails/\(name)"))))
        }
        let results = try await DKIMVerifier.check(mails, record: (row.name, row.text))
        #expect(results.count == 2 && results.values.allSatisfy(\.holds))
        home.settings["DKIM_DOMAIN"] = "elsewhere.test"
        let stranger = try await home.run("check")
        #expect(stranger.code == 1 && stranger.output.contains("DKIM_DOMAIN is \"elsewhere.test\""))
    }

    @Test func `without SMTP_URL a test mail says what to set`() async throws {
        let ending = try await SluiceHome().run("mail", "test", "ada@example.test")
        #expect(ending.code == 1 && ending.errors.hasPrefix("sluice: SMTP_URL: set it"))
    }
}
