import Foundation
import Sandbox
import TestSupport
import Testing

/// From a balance that runs low to credits, and the mails about it at a real mail server.
@Suite(.timeLimit(.minutes(3))) struct TopUpMailLoopTests {
    private static let settings = [
        "AUTO_TOP_UP": "on", "AUTO_TOP_UP_DEFAULT": "all", "AUTO_TOP_UP_THRESHOLD": "20", "AUTO_TOP_UP_CREDITS": "50",
        "AUTO_TOP_UP_MAX_PER_MONTH": "500 EUR", "TOP_UP_LOOKUP_GRACE": "1s", "BALANCE_DEBOUNCE": "50ms",
        "SMTP_TLS": "off", "MAIL_FROM": "Example Billing <billing@example.test>",
        "PUBLIC_URL": "https://billing.example.test", "LAGO_MAX_REQUESTS_PER_SECOND": "1000",
        "LOW_BALANCE_THRESHOLDS": "0",
    ]

    /// Runs `sluice serve` between a Lago where one customer has 15 credits and a mail server.
    private func onStage(
        _ payments: SandboxConfiguration.Payments,
        body: (MailLoopTests.Stage, SluiceProcess) async throws -> Void
    ) async throws {
        try await MailServer.running { mail in
            try await SandboxPeer.running {
                $0.payments = payments
                $0.creditInvoiceDelay = .milliseconds(300)
                $0.documentDelay = .milliseconds(700)
                $0.customers = [
                    .init(externalID: "cust_1", name: "Ada", email: "ada@example.test", credits: "15")
                ]
            } body: { lago in
                let own = Self.settings.merging(["SMTP_URL": "smtp://127.0.0.1:\(mail.port)"]) { $1 }
                let home = try SluiceHome(lago.settings.merging(own) { $1 })
                let stage = MailLoopTests.Stage(lago: lago, mail: mail, home: home)
                try await home.serving { sluice in
                    let port = try await sluice.port()
                    _ = try lago.sandbox.addEndpoint(url: "http://127.0.0.1:\(port)/webhooks/lago")
                    try await body(stage, sluice)
                }
            }
        }
    }

    private func mails(_ stage: MailLoopTests.Stage, count: Int) async throws -> [ParsedMail] {
        let areThere = try await eventually(within: .seconds(60)) { try stage.mail.taken().count >= count }
        let (mails, rows) = try await (stage.mails(), stage.rows())
        try #require(areThere, "\(rows)")
        #expect(mails.count == count)
        return mails
    }

    @Test func `a paid top-up is one mail with the invoice and the new balance`() async throws {
        try await self.onStage(.succeed) { stage, sluice in
            let mail = try #require(try await self.mails(stage, count: 1).first)
            #expect(mail.type == "multipart/mixed" && mail.defects.isEmpty && mail.isASCII && mail.longestLine <= 998)
            let file = try #require(mail.files.first)
            #expect(file.type == "application/pdf" && file.bytes.starts(with: Array("%PDF-".utf8)))
            let text = try #require(mail.plainText)
            #expect(text.contains("topped up automatically") && text.contains("50 credits"))
            #expect(text.contains("New balance: 65 credits") && text.contains("attached") && !text.contains("/i/"))
            #expect(mail["List-Unsubscribe"].isEmpty, "a receipt cannot be unsubscribed")
            // Whatever tells of it again tells nothing new.
            for type in [LagoWebhook.walletTransactionUpdated, .invoicePaymentStatusUpdated, .walletUpdated] {
                try stage.lago.sandbox.emit(type, customer: "cust_1")
            }
            let isQuiet = try await eventually {
                let isWorked = try await stage.home.rows("events", "list").allSatisfy {
                    $0["outcome"] as? String != "pending"
                }
                let isTold = try await stage.rows("superseded").count == 1
                return isWorked && isTold
            }
            #expect(isQuiet, "the webhooks are made up: Lago has no such purchase, and nobody is mailed about it")
            let rows = try await stage.rows()
            #expect(rows.count == 2 && rows.count { $0["state"] as? String == "sent" } == 1)
            #expect(stage.lago.sandbox.charges(of: "cust_1").count == 1)
        }
    }

    @Test func `a declined top-up is one mail with a link, and paying by it is the second`() async throws {
        try await self.onStage(.decline) { stage, sluice in
            let declined = try #require(try await self.mails(stage, count: 1).first)
            let text = try #require(declined.plainText)
            #expect(text.contains("was declined") && text.contains("Your card was declined."), "\(text)")
            #expect(text.contains("It will be tried again"), "\(text)")
            let link = try #require(text.split(separator: "\n").first { $0.contains("/sandbox/pay/") }).description
            let path = link.replacingOccurrences(of: "http://127.0.0.1:\(stage.lago.port)", with: "")
            let pay = HTTPRequestText("POST", path, headers: [], body: [])
            let paid = try await TCPClient.connected(to: stage.lago.port) { await $0.exchange(pay) }
            #expect(paid?.status == 200)
            let second = try #require(try await self.mails(stage, count: 2).last)
            #expect(second.files.count == 1 && second.plainText?.contains("65 credits") == true)
            #expect(stage.lago.sandbox.charges(of: "cust_1").map(\.how) == [.link])
            #expect(try await stage.home.rows("top-ups", "list").map { $0["state"] as? String } == ["settled"])
        }
    }

    @Test func `the file of an invoice is read by its signed link, once Lago has made it`() async throws {
        try await self.onStage(.needsAction) { stage, sluice in
            let mail = try #require(try await self.mails(stage, count: 1).first)
            let text = try #require(mail.plainText)
            #expect(text.contains("Your bank asks you to confirm"))
            let link = try #require(text.split(separator: "\n").first { $0.contains("/i/") }).description
            let path = link.replacingOccurrences(of: "https://billing.example.test", with: "")
            let file = try await stage.ask("GET", path, of: sluice)
            #expect(file.status == 200 && file.header("Content-Type") == "application/pdf")
            #expect(file.text.hasPrefix("%PDF-") && file.header("Content-Disposition")?.hasSuffix(".pdf\"") == true)
            #expect(file.header("Cache-Control") == "private, no-store")
            let invoice = try #require(stage.lago.sandbox.invoiceIDs(of: "cust_1").first)
            try stage.lago.sandbox.voidInvoice(invoice)
            #expect(try await stage.ask("GET", path, of: sluice).status == 404)
        }
    }
}
