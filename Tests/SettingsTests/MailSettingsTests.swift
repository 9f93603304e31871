import Foundation
import Settings
import TestSupport
import Testing

@Suite struct MailSettingsTests {
    private static let relay = [
        "SMTP_URL": "smtp://mailer:p%40ss@mail.example.com", "MAIL_FROM": "Example <billing@example.com>",
        "PUBLIC_URL": "https://billing.example.com/",
    ]

    private func mail(_ environment: [String: String]) async throws -> MailSettings {
        try Settings(await SettingsSource(environment: environment)).mail
    }

    private func problems(_ environment: [String: String]) async -> [SettingsProblem] {
        let error = await #expect(throws: SettingsError.self) { try await self.mail(environment) }
        return error?.problems ?? []
    }

    @Test func `no SMTP_URL means no mail`() async throws {
        #expect(try await self.mail([:]).destination == nil)
        let branded = try await self.mail(["BRAND_NAME": "x"])
        #expect(branded.destination == nil && branded.brand.name == "x")
    }

    @Test func `a relay and its defaults`() async throws {
        let mail = try await self.mail(Self.relay)
        #expect(
            mail.destination == .smtp(url: "smtp://mail.example.com:587", username: "mailer", password: "p@ss")
        )
        #expect(mail.tls == .required && mail.maximumConnections == 4 && mail.maximumPerMinute == nil)
        #expect(mail.from.name == "Example" && mail.from.address.text == "billing@example.com")
        #expect(mail.defaultLocale == .en && mail.brand.color == "#1d4ed8" && mail.operators.isEmpty)
        let settings = try Settings(await SettingsSource(environment: Self.relay))
        #expect(settings.server.publicURL == "https://billing.example.com")
    }

    @Test func `a folder needs nothing else`() async throws {
        let mail = try await self.mail(["SMTP_URL": "file:///srv/my%20mail"])
        #expect(mail.destination == .folder(path: "/srv/my mail") && mail.from.address.text == "billing@localhost")
    }

    @Test(arguments: [
        ("smtps://mail.example.com", "smtps://mail.example.com:465"), ("SMTP://h:2525/", "smtp://h:2525"),
        ("smtp://[::1]:25", "smtp://[::1]:25"),
    ])
    func `a relay is reached at its port`(url: String, reached: String) async throws {
        let mail = try await self.mail(Self.relay.merging(["SMTP_URL": url]) { $1 })
        #expect(mail.destination == .smtp(url: reached, username: nil, password: nil))
    }

    @Test(arguments: [
        "http://mail.example.com", "smtp://", "smtp://h/path", "smtp://s3cret@h", "smtp://u:s3cret@",
        "smtp://h?x=s3cret",
        "file://", "file:///", "file://host/s3cret", "mail.example.com:25", "smtp://u:s3cret\r\n@h",
        "smtp://u:s3cr et@h",
    ])
    func `an address that is none is named without its secret`(url: String) async throws {
        let problems = await self.problems(Self.relay.merging(["SMTP_URL": url]) { $1 })
        #expect(problems.map(\.key) == ["SMTP_URL"] && problems.first?.value == nil)
        #expect(!problems.map(\.description).joined().contains("s3cr"))
    }

    @Test func `a relay needs a sender and a public address`() async throws {
        let problems = await self.problems(["SMTP_URL": "smtp://h"])
        #expect(problems.map(\.key) == ["MAIL_FROM", "PUBLIC_URL"])
    }

    @Test(arguments: [
        ("MAIL_FROM", "Example"), ("MAIL_REPLY_TO", "a@b@c"), ("OPERATOR_EMAIL", "ada@example.com, bob"),
        ("SMTP_TLS", "yes"), ("SMTP_MAX_CONNECTIONS", "0"), ("SMTP_MAX_PER_MINUTE", "0"), ("DEFAULT_LOCALE", "it"),
        ("TEMPLATES_DIR", "/nowhere/templates"), ("BRAND_COLOR", "red"), ("BRAND_LOGO_URL", "logo.png"),
        ("PUBLIC_URL", "billing.example.com"), ("PUBLIC_URL", "https://x.test/?a=b"), ("BILLING_URL", "ftp://x.test"),
        ("PUBLIC_URL", "https://x.test/\"><script>"),
    ])
    func `a wrong value is named with its key and its fix`(key: String, value: String) async throws {
        let problems = await self.problems(Self.relay.merging([key: value]) { $1 })
        #expect(problems.map(\.key) == [key] && problems.first?.fix.isEmpty == false)
    }

    @Test func `what may be set is read`() async throws {
        let mail = try await self.mail(
            Self.relay.merging([
                "OPERATOR_EMAIL": "ada@example.com, bob@example.com", "NOTICES_OFF": "low_balance, trial_ended",
                "BRAND_FOOTER": "Example Ltd\\nDublin", "BRAND_COLOR": "#AABBCC", "DEFAULT_LOCALE": "DE",
                "PAYMENT_INSTRUCTIONS": "IBAN DE00 1234\\nName the invoice", "SMTP_MAX_PER_MINUTE": "60",
                "BILLING_URL": "https://x.test/c/{external_customer_id}?a=1",
            ]) { $1 }
        )
        #expect(mail.operators.map(\.text) == ["ada@example.com", "bob@example.com"])
        #expect(mail.noticesOff == ["low_balance", "trial_ended"] && mail.maximumPerMinute == 60)
        #expect(mail.brand.footer == ["Example Ltd", "Dublin"] && mail.brand.color == "#aabbcc")
        #expect(mail.defaultLocale == .de && mail.paymentInstructions == ["IBAN DE00 1234", "Name the invoice"])
    }

    @Test func `the secret of mail webhooks is read, from a file as well, and an empty one is none`() async throws {
        #expect(try await self.mail([:]).webhookSecret == nil)
        #expect(try await self.mail(["MAIL_WEBHOOK_SECRET": ""]).webhookSecret == nil)
        #expect(try await self.mail(["MAIL_WEBHOOK_SECRET": "key-1"]).webhookSecret == "key-1")
        let folder = try TemporaryFolder()
        try Data("whsec_c2VjcmV0\n".utf8).write(to: folder.url.appending(path: "secret"))
        let kept = try await self.mail(["MAIL_WEBHOOK_SECRET_FILE": folder.path("secret")])
        #expect(kept.webhookSecret == "whsec_c2VjcmV0")
    }

    @Test(arguments: ["whsec_", "whsec_not base64", "whsec_c2VjcmV"])
    func `a signing secret that is cut off is named, and not repeated`(secret: String) async {
        let problems = await self.problems(["MAIL_WEBHOOK_SECRET": secret])
        #expect(problems.map(\.key) == ["MAIL_WEBHOOK_SECRET"] && problems.first?.value == nil)
        #expect(secret == "whsec_" || problems.first?.description.contains(secret) == false)
    }
}

@Suite struct MailAddressTests {
    @Test(arguments: [
        ("ada@example.com", "ada@example.com"), (" ada@Example.COM ", "ada@example.com"),
        ("a.b+c_d=e@x-y.co", "a.b+c_d=e@x-y.co"), ("ada@localhost", "ada@localhost"),
        ("ada@münchen.de", "ada@xn--mnchen-3ya.de"), ("ada@MÜNCHEN.de", "ada@xn--mnchen-3ya.de"),
        ("ada@例え.テスト", "ada@xn--r8jz45g.xn--zckzah"), ("ada@bücher.example", "ada@xn--bcher-kva.example"),
        ("ada@xn--mnchen-3ya.de", "ada@xn--mnchen-3ya.de"), ("ada@faß.de", "ada@xn--fa-hia.de"),
        ("ada@почта.рф", "ada@xn--80a1acny.xn--p1ai"),
    ])
    func `an address is taken in the form that mail servers know`(text: String, address: String) throws {
        #expect(try MailAddress(text).text == address)
    }

    @Test(arguments: [
        ("", MailAddressError.empty), ("ada", .noAt), ("@example.com", .localPart), ("ada@", .domain),
        ("a..b@example.com", .localPart), (".a@example.com", .localPart), ("a b@example.com", .localPart),
        ("\"a b\"@example.com", .localPart), ("a@b@example.com", .localPart), ("<a@example.com>", .localPart),
        ("ädä@example.com", .localPartNotASCII), ("ada@-x.com", .domain), ("ada@x..com", .domain),
        ("ada@[127.0.0.1]", .domain), ("ada@ex ample.com", .domain), ("ada@example.com>", .domain),
        ("ada@example.com\r\nBcc: x@y.test", .controlCharacter), ("a\0da@example.com", .controlCharacter),
        ("ada\u{200B}@example.com", .controlCharacter), ("ada@exa\u{2028}mple.com", .controlCharacter),
        ("ada@-ü-.com", .domain), ("ada@x🏄.com", .domain),
        ("=?utf-8?b?DQpCY2M6IHhAeS50ZXN0?=ada@example.com", .localPart),
    ])
    func `what is no address says why`(text: String, error: MailAddressError) {
        #expect(throws: error) { try MailAddress(text) }
    }

    @Test func `what is longer than mail allows is no address`() {
        let manyLabels = (0..<50).map { "label\($0)" }.joined(separator: ".")
        let cases: [(String, MailAddressError)] = [
            (String(repeating: "a", count: 65) + "@example.com", .localPart),
            ("ada@" + String(repeating: "a", count: 64) + ".com", .domain), ("ada@" + manyLabels, .domain),
            ("ada@" + String(repeating: "ü", count: 60) + ".com", .domain),
        ]
        for (text, error) in cases { #expect(throws: error) { try MailAddress(text) } }
    }

    @Test func `a customer's list is split, each address once, and what is broken is kept apart`() throws {
        let list = MailAddressList(" ada@example.com ,, Bob@example.com;ADA@example.com, broken, x@y@z ")
        #expect(list.addresses.map(\.text) == ["ada@example.com", "Bob@example.com"])
        #expect(list.broken.map(\.text) == ["broken", "x@y@z"] && list.broken.map(\.error) == [.noAt, .localPart])
        for nothing in [nil, "", " , ;"] {
            #expect(MailAddressList(nothing).addresses.isEmpty && MailAddressList(nothing).broken.isEmpty)
        }
    }

    @Test(arguments: [
        ("Ada <ada@example.com>", "Ada", "ada@example.com"), ("ada@example.com", nil, "ada@example.com"),
        ("\"Lovelace, Ada\" <ada@example.com>", "Lovelace, Ada", "ada@example.com"),
        ("<ada@example.com>", nil, "ada@example.com"), ("Zoë & Söhne <z@example.com>", "Zoë & Söhne", "z@example.com"),
    ])
    func `a mailbox has a name or none`(text: String, name: String?, address: String) throws {
        let mailbox = try Mailbox(text)
        #expect(mailbox.name == name && mailbox.address.text == address)
    }
}
