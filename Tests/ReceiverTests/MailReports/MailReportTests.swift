import Foundation
import Receiver
import Store
import TestSupport
import Testing

/// What reports of mail providers lead to, over real sockets.
@Suite(.timeLimit(.minutes(2))) struct MailReportTests {
    private static let (jo, bounced) = (MailReportCase.jo, MailReportCase.bounced)

    @Test(arguments: MailReportCase.all)
    func `a report stops mail to whom it names, once, or stops nothing`(of given: MailReportCase) async throws {
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
                for given in MailReportCase.all {
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
