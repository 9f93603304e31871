import Foundation
import Signatures
import Store
import TestSupport
import Testing

/// Reports that do not come from whom they say.
@Suite(.timeLimit(.minutes(2))) struct MailReportForgeryTests {
    private static let address = "jo@x.example"

    /// A good report of each provider's.
    private static let bodies = [
        ("ses", MailReportBody.sns("Notification", message: MailReportBody.sesBounce("Permanent", to: [address]))),
        ("postmark", MailReportBody.postmark("Bounce", type: "HardBounce", to: address)),
        ("mailgun", MailReportBody.mailgun("failed", severity: "permanent", to: address)),
        ("sendgrid", MailReportBody.json([MailReportBody.sendgrid("bounce", type: "bounce", to: address)])),
        ("resend", MailReportBody.resend("email.bounced", bounce: "Permanent", to: [address])),
    ]

    @Test(arguments: Self.bodies)
    func `a wrong secret, or none, is refused`(from provider: String, body: String) async throws {
        let stage = try await MailReportStage()
        let secret = MailReportStage.secret
        let authorizations = [
            "Basic", "Basic ", "Basic ????", "Bearer \(secret)", "Basic \(secret)",
            "Basic " + Base64.encode(Array(secret.utf8)), "Digest " + Base64.encode(Array("u:\(secret)".utf8)),
        ]
        try await stage.serving { port in
            var requests = [MailReportStage.bare(provider, body)]
            for wrong in ["", String(secret.dropLast()), secret + "x", secret.uppercased()] {
                requests.append(MailReportStage.basic(provider, body, password: wrong))
                requests.append(MailReportStage.query(provider, body, secret: wrong))
            }
            requests += authorizations.map { MailReportStage.bare(provider, body).with("Authorization", $0) }
            for request in requests {
                let answer = try await request.send(to: port)
                #expect(answer?.status == 401)
                #expect(answer?.header("WWW-Authenticate")?.hasPrefix("Basic ") == true, "SNS waits to be asked")
            }
            #expect(stage.count(provider, "rejected") + stage.count(provider, "challenged") == requests.count)
        }
        #expect(stage.count(provider, "challenged") == (provider == "ses" ? 1 : 0))
        #expect(try await stage.suppressed().isEmpty)
        let log = stage.receiver.log
        #expect(!log.contains(secret) && !log.contains(Self.address))
    }

    // MARK: - Mailgun

    private func mailgun(_ signature: [String: String]) -> HTTPRequestText {
        let body = MailReportBody.mailgun("failed", severity: "permanent", to: Self.address, signature: signature)
        return MailReportStage.bare("mailgun", body)
    }

    @Test(arguments: [(0, 200), (-900, 200), (900, 200), (-901, 401), (901, 401), (-86_400, 401)])
    func `Mailgun's own signature counts for a quarter of an hour`(offset: Int64, status: Int) async throws {
        let stage = try await MailReportStage()
        try await stage.serving { port in
            let signature = try MailReportStage.mailgunSignature(at: MailReportStage.now / 1000 + offset)
            #expect(try await self.mailgun(signature).send(to: port)?.status == status)
        }
        #expect(try await stage.suppressed().count == (status == 200 ? 1 : 0))
    }

    @Test func `what Mailgun did not sign is refused`() async throws {
        let stage = try await MailReportStage()
        let good = try MailReportStage.mailgunSignature(token: "1f0a")
        let time = good["timestamp"] ?? ""
        let forged = [
            [:], good.merging(["signature": ""]) { $1 }, good.merging(["signature": "zz"]) { $1 },
            good.merging(["signature": String((good["signature"] ?? "").reversed())]) { $1 },
            good.merging(["signature": String((good["signature"] ?? "").dropLast(2))]) { $1 },
            good.merging(["token": "1f0b"]) { $1 },
            good.merging(["timestamp": "\(MailReportStage.now / 1000 + 1)"]) { $1 },
            // The same text is signed when a digit moves from the one to the other.
            good.merging(["timestamp": time + "1", "token": "f0a"]) { $1 },
            good.merging(["timestamp": String(time.dropLast()), "token": time.suffix(1) + "1f0a"]) { $1 },
            good.merging(["timestamp": "9223372036854775807"]) { $1 },
            good.merging(["timestamp": "-9223372036854775808"]) { $1 }, good.merging(["timestamp": ""]) { $1 },
            try MailReportStage.mailgunSignature(key: "another"), try MailReportStage.mailgunSignature(key: ""),
        ]
        try await stage.serving { port in
            for signature in forged {
                #expect(try await self.mailgun(signature).send(to: port)?.status == 401, "\(signature)")
            }
            #expect(try await stage.suppressed().isEmpty)
            let answer = try await self.mailgun(good).send(to: port)
            #expect(answer?.status == 200, "none of them has used the token up")
        }
    }

    @Test func `a token of Mailgun's counts once, unless it came to nothing`() async throws {
        let stage = try await MailReportStage()
        let signature = try MailReportStage.mailgunSignature()
        try await stage.serving { port in
            let unreadable = MailReportBody.json(["signature": signature, "event-data": "?"])
            #expect(try await MailReportStage.bare("mailgun", unreadable).send(to: port)?.status == 400)
            #expect(try await self.mailgun(signature).send(to: port)?.status == 200)
            _ = try await stage.receiver.store.write { try $0.lift(Self.address) }
            for seconds: Int64 in [0, 60, 300, 900] {
                stage.receiver.now = MailReportStage.now + seconds * 1000 + 999
                #expect(try await self.mailgun(signature).send(to: port)?.status == 401, "after \(seconds) s")
            }
            let next = try MailReportStage.mailgunSignature(at: stage.receiver.now / 1000)
            let statuses = try await withThrowingTaskGroup(of: Int?.self) { group in
                for _ in 0..<16 { group.addTask { try await self.mailgun(next).send(to: port)?.status } }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(statuses.filter { $0 == 200 }.count == 1 && statuses.filter { $0 == 401 }.count == 15)
        }
        #expect(try await stage.suppressed() == ["jo@x.example bounced"])
    }

    // MARK: - Resend

    private static let key = Array("32 bytes that nobody else knows.".utf8)
    private static var whsec: String { "whsec_" + Base64.encode(self.key) }
    private static var report: String { self.bodies[4].1 }

    @Test(arguments: [(0, 200), (-300, 200), (300, 200), (-301, 401), (301, 401)])
    func `Resend's own signature counts for five minutes`(offset: Int64, status: Int) async throws {
        let stage = try await MailReportStage()
        try await stage.serving(secret: Self.whsec) { port in
            let time = MailReportStage.now / 1000 + offset
            let request = try MailReportStage.resend(Self.report, at: time, key: Self.key)
            for _ in 0..<2 { #expect(try await request.send(to: port)?.status == status) }
        }
        #expect(try await stage.suppressed().count == (status == 200 ? 1 : 0))
    }

    @Test func `one good signature among several is enough`() async throws {
        let stage = try await MailReportStage()
        try await stage.serving(secret: Self.whsec) { port in
            let request = try MailReportStage.resend(Self.report, key: Self.key)
            let other = try MailReportStage.resend(Self.report, key: Array("another".utf8))
            let (good, bad) = (Self.signature(request), Self.signature(other))
            for (signatures, status) in [
                ("\(bad) \(good)", 200), ("v1a,x v2,y \(good) \(bad)", 200), (bad, 401), ("\(bad) \(bad)", 401),
                (String(good.dropFirst(3)), 401), ("v2," + good.dropFirst(3), 401), ("", 401), ("v1,", 401),
            ] {
                #expect(try await request.with("svix-signature", signatures).send(to: port)?.status == status)
            }
            #expect(
                try await MailReportStage.basic("resend", Self.report, password: Self.whsec).send(to: port)?.status
                    == 200
            )
        }
    }

    private static func signature(_ request: HTTPRequestText) -> String {
        request.headers.first { $0.name == "svix-signature" }?.value ?? ""
    }

    @Test func `what Resend did not sign is refused`() async throws {
        let stage = try await MailReportStage()
        try await stage.serving(secret: Self.whsec) { port in
            let good = try MailReportStage.resend(Self.report, key: Self.key)
            var altered = good
            altered.body = Array(Self.report.replacing("jo@x.example", with: "al@x.example").utf8)
            var elsewhere = good
            elsewhere.target = "/webhooks/mail/postmark"
            let forged = [
                altered, elsewhere, good.with("svix-id", "msg_other"), good.with("svix-id", nil),
                good.with("svix-timestamp", "\(MailReportStage.now / 1000 + 1)"), good.with("svix-timestamp", nil),
                good.with("svix-timestamp", "9223372036854775807"), good.with("svix-signature", nil),
                try MailReportStage.resend(Self.report, key: Array(Self.whsec.utf8)),
                try MailReportStage.resend(Self.report, key: []),
            ]
            for request in forged { #expect(try await request.send(to: port)?.status == 401) }
        }
        #expect(try await stage.suppressed().isEmpty)
    }

    @Test func `a secret that is no signing secret of Resend's verifies nothing`() async throws {
        let stage = try await MailReportStage()
        let plain = Base64.encode(Self.key)
        try await stage.serving(secret: plain) { port in
            for key in [Self.key, Array(plain.utf8), []] {
                let request = try MailReportStage.resend(Self.report, key: key)
                #expect(try await request.send(to: port)?.status == 401)
            }
        }
    }

    // MARK: - Amazon SNS

    private func confirmation(_ url: String?) -> HTTPRequestText {
        let body = MailReportBody.sns("SubscriptionConfirmation", message: "You have chosen …", subscribeURL: url)
        return MailReportStage.query("ses", body)
    }

    @Test(arguments: [
        "https://sns.eu-central-1.amazonaws.com/?Action=ConfirmSubscription&TopicArn=arn:aws:sns:eu-central-1:1:t&Token=2f3",
        "https://sns.us-gov-west-1.amazonaws.com/?Action=ConfirmSubscription&Token=2f3",
        "https://sns.cn-north-1.amazonaws.com.cn/?Token=2f3&Action=ConfirmSubscription",
    ])
    func `a subscription is confirmed at Amazon`(url: String) async throws {
        let stage = try await MailReportStage()
        try await stage.serving { port in
            let answer = try await self.confirmation(url).send(to: port)
            #expect(answer?.status == 200)
        }
        #expect(stage.asked.all == [url] && stage.count("ses", "confirmed") == 1)
        #expect(!stage.receiver.log.contains("Token=2f3"))
    }

    @Test(arguments: [
        "http://sns.us-east-1.amazonaws.com/", "https://sns.us-east-1.amazonaws.com.evil.example/",
        "https://evil.example/", "https://sns.us-east-1.amazonaws.com@evil.example/",
        "https://evil.example@sns.us-east-1.amazonaws.com/", "https://user:pass@sns.us-east-1.amazonaws.com/",
        "https://sns.us-east-1.amazonaws.com:8443/", "https://sns.us-east-1.amazonaws.com:443/",
        "https://sns.amazonaws.com/", "https://sns.s3.amazonaws.com/", "https://sns.s3-us-east-1.amazonaws.com/",
        "https://xsns.us-east-1.amazonaws.com/", "https://a.sns.us-east-1.amazonaws.com/",
        "https://sns.us-east-1.evil.amazonaws.com/", "https://sns.us-east-1xamazonaws.com/",
        "https://sns.us-east-1.amazonaws.com.cn.evil.example/",
        "https://evil.example/https://sns.us-east-1.amazonaws.com/",
        "https://evil.example\\sns.us-east-1.amazonaws.com/", "https://sns.us-east-1.amazonaws.com\\@evil.example/",
        "https://evil.example#sns.us-east-1.amazonaws.com/", "https://sns.us-east-1.amazonaws.com/path/",
        "https://sns.us-east-1.amazonaws.com\n.evil.example/", "https://sns.us-east-1.amazonaws.com\t/",
        "https://sns.ｕs-east-1.amazonaws.com/", "https://sns.us-east-1.amazonaws。com/", "file:///etc/passwd", "",
        " https://sns.us-east-1.amazonaws.com/", "HTTPS://169.254.169.254/", "//sns.us-east-1.amazonaws.com/",
    ])
    func `a subscription is confirmed nowhere else`(place: String) async throws {
        let stage = try await MailReportStage()
        try await stage.serving { port in
            let answer = try await self.confirmation(place + "?Action=ConfirmSubscription&Token=1").send(to: port)
            #expect(answer?.status == 400)
        }
        #expect(stage.asked.count == 0)
    }

    @Test func `only a confirmation is asked for, only with the secret, and a failed one may come again`() async throws
    {
        let stage = try await MailReportStage()
        let host = "https://sns.us-east-1.amazonaws.com/"
        try await stage.serving(status: 500) { port in
            for query in [
                "", "?", "?Action=DeleteTopic&TopicArn=x", "?Action=ConfirmSubscriptions", "?x=Action=Other",
                "?Action=ConfirmSubscription&x= y", "?Action=ConfirmSubscription#x", "?Action=ConfirmSubscription&é",
                "?Action=ConfirmSubscription&Token=" + String(repeating: "a", count: 4000),
            ] {
                #expect(try await self.confirmation(host + query).send(to: port)?.status == 400, "\(query)")
            }
            #expect(try await self.confirmation(nil).send(to: port)?.status == 400)
            let good = self.confirmation(host + "?Action=ConfirmSubscription&Token=1")
            var bare = good
            bare.target = "/webhooks/mail/ses"
            #expect(try await bare.send(to: port)?.status == 401)
            #expect(stage.asked.count == 0)
            let failed = try await good.send(to: port)
            #expect(failed?.status == 503 && failed?.header("Retry-After") != nil && stage.asked.count == 1)
        }
        #expect(stage.count("ses", "confirmed") == 0 && stage.count("ses", "unavailable") == 1)
    }
}
