import Foundation
import Receiver
import Store
import TestSupport
import Testing

/// What reports of mail providers lead to, over real sockets.
@Suite(.timeLimit(.minutes(2))) struct MailReportTests {
    /// A body of a provider's, the suppressions that it leads to, and the kind that it is counted as.
    struct Case: Sendable, CustomTestStringConvertible {
        let provider: String
        let title: String
        let body: String
        let suppressed: [String]
        let counted: String

        var testDescription: String { "\(self.provider): \(self.title)" }

        init(_ provider: String, _ title: String, _ body: String, _ suppressed: [String] = [], as counted: String) {
            (self.provider, self.title, self.body) = (provider, title, body)
            (self.suppressed, self.counted) = (suppressed, counted)
        }
    }

    private static let (jo, bounced, complained) = (
        "jo@x.example", ["jo@x.example bounced"], ["jo@x.example complained"]
    )

    private static var ses: [Case] {
        func notification(_ message: String) -> String { MailReportBody.sns("Notification", message: message) }
        let two = ["Jo@X.example", "Al <al@x.example>"]
        return [
            Case(
                "ses",
                "a permanent bounce of two addresses",
                notification(MailReportBody.sesBounce("Permanent", to: two)),
                ["al@x.example bounced", "jo@x.example bounced"],
                as: "bounced"
            ),
            Case(
                "ses",
                "an event of a configuration set",
                notification(MailReportBody.sesBounce("Permanent", to: [self.jo], name: "eventType")),
                self.bounced,
                as: "bounced"
            ),
            Case(
                "ses",
                "raw delivery",
                MailReportBody.sesBounce("Permanent", to: [self.jo], name: "eventType"),
                self.bounced,
                as: "bounced"
            ),
            Case(
                "ses",
                "a transient bounce",
                notification(MailReportBody.sesBounce("Transient", to: [self.jo])),
                as: "soft"
            ),
            Case(
                "ses",
                "a bounce of an unknown cause",
                notification(MailReportBody.sesBounce("Undetermined", to: [self.jo])),
                as: "soft"
            ),
            Case(
                "ses",
                "a complaint",
                notification(MailReportBody.sesComplaint(self.jo, type: "abuse")),
                self.complained,
                as: "complained"
            ),
            Case(
                "ses",
                "a complaint without a type",
                notification(MailReportBody.sesComplaint(self.jo, type: nil)),
                self.complained,
                as: "complained"
            ),
            Case(
                "ses",
                "a mail that was called no spam",
                notification(MailReportBody.sesComplaint(self.jo, type: "not-spam")),
                as: "ignored"
            ),
            Case("ses", "a delivery", notification(#"{"notificationType":"Delivery"}"#), as: "ignored"),
            Case("ses", "a text in plain words", notification("Successfully validated"), as: "ignored"),
            Case(
                "ses",
                "an unsubscription",
                MailReportBody.sns("UnsubscribeConfirmation", message: "x"),
                as: "ignored"
            ),
        ]
    }

    private static var postmark: [Case] {
        func bounce(_ type: String, record: String? = "Bounce", inactive: Bool = false) -> String {
            MailReportBody.postmark(record, type: type, to: self.jo, inactive: inactive)
        }
        return ["HardBounce", "BadEmailAddress", "SpamNotification", "ManuallyDeactivated"].map {
            Case("postmark", $0, bounce($0), self.bounced, as: "bounced")
        }
            + ["SoftBounce", "Transient", "DnsError", "Blocked", "AutoResponder"].map {
                Case("postmark", $0, bounce($0), as: "soft")
            } + [
                Case("postmark", "made inactive", bounce("Blocked", inactive: true), self.bounced, as: "bounced"),
                Case("postmark", "no record type", bounce("HardBounce", record: nil), self.bounced, as: "bounced"),
                Case(
                    "postmark",
                    "a complaint",
                    bounce("SpamComplaint", record: "SpamComplaint"),
                    self.complained,
                    as: "complained"
                ),
                Case(
                    "postmark",
                    "a bounce that is a complaint",
                    bounce("SpamComplaint"),
                    self.complained,
                    as: "complained"
                ),
                Case("postmark", "an opened mail", #"{"RecordType":"Open","Recipient":"jo@x.example"}"#, as: "ignored"),
                Case("postmark", "a delivery", #"{"RecordType":"Delivery","Recipient":"jo@x.example"}"#, as: "ignored"),
            ]
    }

    private static var mailgun: [Case] {
        func body(_ event: String, _ severity: String? = nil) -> String {
            MailReportBody.mailgun(event, severity: severity, to: self.jo)
        }
        return [
            Case("mailgun", "a permanent failure", body("failed", "permanent"), self.bounced, as: "bounced"),
            Case("mailgun", "a temporary failure", body("failed", "temporary"), as: "soft"),
            Case("mailgun", "a failure of no severity", body("failed"), as: "soft"),
            Case("mailgun", "a complaint", body("complained"), self.complained, as: "complained"),
            Case("mailgun", "a delivery", body("delivered"), as: "ignored"),
        ]
    }

    private static var sendgrid: [Case] {
        func one(_ event: String, type: String? = nil, reason: String? = nil) -> String {
            MailReportBody.json([MailReportBody.sendgrid(event, type: type, reason: reason, to: self.jo)])
        }
        let many: [Any] = [
            MailReportBody.sendgrid("delivered", to: "a@x.example"), ["event": 7], "text",
            MailReportBody.sendgrid("bounce", type: "bounce", reason: "550 5.1.1 unknown", to: "b@x.example"),
            MailReportBody.sendgrid("spamreport", to: "c@x.example"),
            MailReportBody.sendgrid("bounce", type: "blocked", reason: "550 listed", to: "d@x.example"),
        ]
        return [
            Case(
                "sendgrid",
                "many events",
                MailReportBody.json(many),
                ["b@x.example bounced", "c@x.example complained"],
                as: "bounced"
            ),
            Case("sendgrid", "a bounce", one("bounce", type: "bounce"), self.bounced, as: "bounced"),
            Case("sendgrid", "a block", one("bounce", type: "blocked"), as: "soft"),
            Case("sendgrid", "a deferral", one("deferred"), as: "soft"),
            Case("sendgrid", "bounced before", one("dropped", reason: "Bounced Address"), self.bounced, as: "bounced"),
            Case(
                "sendgrid",
                "complained before",
                one("dropped", reason: "Spam Reporting Address"),
                self.complained,
                as: "complained"
            ),
            Case("sendgrid", "dropped for its content", one("dropped", reason: "Spam Content"), as: "ignored"),
            Case("sendgrid", "a spam report", one("spamreport"), self.complained, as: "complained"),
            Case("sendgrid", "nothing", "[]", as: "ignored"),
        ]
    }

    private static var resend: [Case] {
        func body(_ type: String, bounce: String? = nil) -> String {
            MailReportBody.resend(type, bounce: bounce, to: [self.jo])
        }
        return [
            Case("resend", "a bounce", body("email.bounced", bounce: "Permanent"), self.bounced, as: "bounced"),
            Case("resend", "a transient bounce", body("email.bounced", bounce: "Transient"), as: "soft"),
            Case("resend", "a bounce of an unknown type", body("email.bounced"), as: "soft"),
            Case("resend", "a delay", body("email.delivery_delayed"), as: "soft"),
            Case("resend", "a complaint", body("email.complained"), self.complained, as: "complained"),
            Case("resend", "a click", body("email.clicked"), as: "ignored"),
            Case("resend", "a contact", #"{"type":"contact.created","data":{"to":7}}"#, as: "ignored"),
        ]
    }

    private static var all: [Case] { self.ses + self.postmark + self.mailgun + self.sendgrid + self.resend }

    @Test(arguments: Self.all)
    func `a report stops mail to whom it names, once, or stops nothing`(of given: Case) async throws {
        let stage = try await MailReportStage()
        try await stage.serving { port in
            let requests = [
                MailReportStage.basic(given.provider, given.body),
                MailReportStage.query(given.provider, given.body),
            ]
            for request in requests {
                let answer = try await request.send(to: port)
                #expect(answer?.status == 200)
                #expect(try await stage.suppressed() == given.suppressed)
            }
            #expect(stage.count(given.provider, given.counted) >= 2)
        }
        let log = stage.receiver.log
        #expect(log.contains("mail report taken") && !log.contains("x.example"), "addresses are not for the log")
        #expect(!log.contains(MailReportStage.secret))
        #expect(stage.asked.count == 0)
    }

    @Test(arguments: [
        ("ses", MailReportBody.sesBounce("Permanent", to: [Self.jo]), "General: smtp; 550 5.1.1 no such mailbox"),
        (
            "postmark", MailReportBody.postmark("Bounce", type: "HardBounce", to: Self.jo),
            "HardBounce: The mailbox is not there.: smtp;550 5.1.1"
        ),
        (
            "mailgun", MailReportBody.mailgun("failed", severity: "permanent", to: Self.jo),
            "bounce: 5.1.1 nobody of that name"
        ),
        (
            "sendgrid",
            MailReportBody.json([
                MailReportBody.sendgrid("bounce", type: "bounce", reason: "550 \u{7}unknown\nuser", to: Self.jo)
            ]), "5.1.1: 550 unknown user"
        ),
        (
            "resend", MailReportBody.resend("email.bounced", bounce: "Permanent", to: [Self.jo]),
            "General: There is no such mailbox."
        ),
    ])
    func `the provider's words are kept on one line`(of provider: String, in body: String, words: String) async throws {
        let stage = try await MailReportStage()
        try await stage.serving { port in
            let answer = try await MailReportStage.basic(provider, body).send(to: port)
            #expect(answer?.status == 200)
        }
        let kept = try #require(try await stage.receiver.store.suppression(of: Self.jo, kind: "invoice_issued"))
        #expect(kept.detail == words && kept.at == MailReportStage.now && kept.kind == nil)
    }

    @Test func `words without end are cut off, and an address is kept as messages have it`() async throws {
        let stage = try await MailReportStage()
        let long = String(repeating: "é ", count: 5000)
        let body = MailReportBody.json([
            MailReportBody.sendgrid("bounce", type: "bounce", reason: long, to: "Jo@Bücher.example"),
            MailReportBody.sendgrid("bounce", type: "bounce", reason: "x", to: "no address"),
            MailReportBody.sendgrid("bounce", type: "bounce", reason: "x", to: "a@x.example\r\nBcc: b@x.example"),
        ])
        try await stage.serving { port in
            let answer = try await MailReportStage.basic("sendgrid", body).send(to: port)
            #expect(answer?.status == 200)
        }
        let kept = try await stage.receiver.store.suppressions(limit: 9)
        #expect(kept.map(\.address) == ["jo@xn--bcher-kva.example"])
        #expect(kept.first?.detail?.unicodeScalars.count == Suppression.detailLimit)
    }

    @Test func `what cannot be read is a bad request, and changes nothing`() async throws {
        let stage = try await MailReportStage()
        try await stage.serving { port in
            for provider in ["ses", "postmark", "mailgun", "sendgrid", "resend"] {
                let bodies = ["", "{", "7", "null", "\"text\"", "{}", "\u{FFFD}", #"{"Type":"Other","Message":"x"}"#]
                for body in bodies where !(provider == "postmark" && body.contains("Type")) {
                    let answer = try await MailReportStage.basic(provider, body).send(to: port)
                    #expect(answer?.status == 400, "\(provider) \(body)")
                }
            }
            #expect(
                try await MailReportStage.basic("ses", MailReportBody.json(["Type": "Notification"])).send(to: port)?
                    .status == 400
            )
            #expect(try await MailReportStage.basic("sendgrid", #"{"event":"bounce"}"#).send(to: port)?.status == 400)
        }
        #expect(try await stage.suppressed().isEmpty && stage.count("resend", "unreadable") == 8)
    }

    @Test func `mangled reports are refused or ignored, and never break anything`() async throws {
        let stage = try await MailReportStage()
        var random = SystemRandomNumberGenerator()
        try await stage.serving { port in
            try await TCPClient.connected(to: port) { connection in
                for given in Self.all {
                    for _ in 0..<12 {
                        var bytes = Array(given.body.utf8)
                        for _ in 0..<3 {
                            let place = Int.random(in: bytes.indices, using: &random)
                            bytes[place] = UInt8.random(in: 0...255, using: &random)
                        }
                        var request = MailReportStage.basic(given.provider, "")
                        request.body = bytes
                        let status = await connection.exchange(request)?.status
                        #expect(
                            status == 200 || status == 400,
                            "\(given.provider) \(String(decoding: bytes, as: UTF8.self))"
                        )
                    }
                }
            }
        }
    }

    @Test func `a body has its limit, however it is told`() async throws {
        let stage = try await MailReportStage()
        let bounce = MailReportBody.postmark("Bounce", type: "HardBounce", to: Self.jo)
        let padded = bounce + String(repeating: " ", count: MailReportRoutes.maximumBody - bounce.utf8.count)
        try await stage.serving { port in
            #expect(try await MailReportStage.basic("postmark", padded + " ").send(to: port)?.status == 413)
            let chunked = MailReportStage.basic("postmark", padded + " ").chunked(by: 65_536)
            let answer = try await TCPClient.connected(to: port) { connection in
                try? await connection.write(chunked)
                return await connection.readAnswer()
            }
            #expect(answer == nil || answer?.status == 413)
            #expect(try await stage.suppressed().isEmpty)
            #expect(try await MailReportStage.basic("postmark", padded).send(to: port)?.status == 200)
            #expect(try await stage.suppressed() == Self.bounced)
        }
    }

    @Test(arguments: ["", "/", "/SES", "/mandrill", "/ses/x"])
    func `there are no other providers`(path: String) async throws {
        let stage = try await MailReportStage()
        try await stage.serving { port in
            var request = MailReportStage.basic("x", "{}")
            request.target = "/webhooks/mail" + path
            let answer = try await request.send(to: port)
            #expect(answer?.status == 404)
        }
    }
}
