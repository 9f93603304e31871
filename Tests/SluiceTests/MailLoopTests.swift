import Foundation
import LagoEvents
import Sandbox
import Store
import TestSupport
import Testing

/// From usage at Lago to a mail at a mail server: the program, a simulated Lago over HTTP, a real SMTP server.
@Suite(.timeLimit(.minutes(5)), .serialized) struct MailLoopTests {
    /// What stands around a `sluice serve`.
    struct Stage: Sendable {
        let lago: SandboxPeer
        let mail: MailServer
        let home: SluiceHome

        /// What was taken by the mail server, parsed by Python.
        func mails() async throws -> [ParsedMail] {
            var mails: [ParsedMail] = []
            for taken in try self.mail.taken() { mails.append(try await ParsedMail([UInt8](taken.content))) }
            return mails
        }

        func rows(_ state: String? = nil) async throws -> [[String: Any]] {
            let rows = try await self.home.rows("messages", "list")
            return rows.filter { state == nil || $0["state"] as? String == state }
        }

        /// Waits until a look has found this many credits live.
        func sees(_ credits: String, of customer: String) async throws -> Bool {
            try await eventually(within: .seconds(20)) {
                let store = try Store(path: self.home.storePath, access: .command)
                let readings = try await store.balances(of: CustomerID(rawValue: customer))
                try await store.close()
                return readings.contains { $0.credits == credits }
            }
        }

        /// One request to the running server.
        func ask(_ method: String = "GET", _ path: String, of sluice: SluiceProcess) async throws -> HTTPAnswer {
            let isForm = method == "POST"
            let request = HTTPRequestText(
                method,
                path,
                headers: isForm ? [("Content-Type", "application/x-www-form-urlencoded")] : [],
                body: isForm ? Array("List-Unsubscribe=One-Click".utf8) : []
            )
            let answer = try await TCPClient.connected(to: try await sluice.port()) { await $0.exchange(request) }
            return try #require(answer)
        }

        /// Spends credits, and has Lago send something that names the customer.
        func spend(_ credits: Int, by customer: String) throws {
            try self.lago.sandbox.recordUsage(customer: customer, units: "\(credits * 10)")
            try self.lago.sandbox.emit(.walletUpdated, customer: customer)
        }
    }

    /// Runs `sluice serve` between the sandbox and a mail server that demands TLS and a login.
    private func onStage(
        tls: MailServer.TLS = .starttls,
        settings: [String: String] = [:],
        customers: [(id: String, email: String?)] = [("cust_1", "ada@example.test")],
        body: (Stage, SluiceProcess) async throws -> Void
    ) async throws {
        let certificates = try await Certificates()
        try await MailServer.running(tls: tls, certificates: certificates, login: "sluice:secret") { mail in
            // Seeds are not checked as calls are: Lago has older rows than its rules.
            let seeds = customers.map { customer in
                SandboxConfiguration.SeedCustomer(
                    externalID: customer.id,
                    name: "Ada\r\nBcc: eve@example.test <b>\u{202E}",
                    email: customer.email
                )
            }
            try await SandboxPeer.running {
                $0.customers = seeds
            } body: { lago in
                let scheme = tls == .implicit ? "smtps" : "smtp"
                let own = [
                    "SMTP_URL": "\(scheme)://sluice:secret@127.0.0.1:\(mail.port)", "CA_FILE": certificates.authority,
                    "MAIL_FROM": "Example Billing <billing@example.test>", "PUBLIC_URL": "https://billing.example.test",
                    "OPERATOR_EMAIL": "ops@example.test", "BALANCE_DEBOUNCE": "50ms",
                    "LAGO_MAX_REQUESTS_PER_SECOND": "1000",
                ]
                let home = try SluiceHome(lago.settings.merging(own) { $1 }.merging(settings) { $1 })
                let stage = Stage(lago: lago, mail: mail, home: home)
                try await home.serving { sluice in
                    let port = try await sluice.port()
                    _ = try lago.sandbox.addEndpoint(url: "http://127.0.0.1:\(port)/webhooks/lago")
                    for customer in customers where customer.id.hasPrefix("cust_") {
                        try #require(try await stage.sees("100.0", of: customer.id))
                    }
                    try await body(stage, sluice)
                }
            }
        }
    }

    @Test(arguments: [MailServer.TLS.starttls, .implicit])
    func `a customer who runs low gets one mail for each threshold, and one when the balance is back`(
        tls: MailServer.TLS
    ) async throws {
        try await self.onStage(tls: tls, settings: ["LOW_BALANCE_MIN_INTERVAL": "0s"]) { stage, _ in
            try stage.spend(85, by: "cust_1")
            try #require(try await eventually { try stage.mail.taken().count == 1 })
            // Further looks at the same balance mail nothing.
            for _ in 0..<3 { try stage.lago.sandbox.emit(.walletUpdated, customer: "cust_1") }
            try stage.spend(1, by: "cust_1")
            try #require(try await stage.sees("14.0", of: "cust_1"))
            try stage.spend(11, by: "cust_1")
            try #require(try await eventually { try stage.mail.taken().count == 2 })
            let wallet = try #require(stage.lago.sandbox.wallets(of: "cust_1").first)
            try stage.lago.sandbox.grant("50", wallet: wallet.id)
            try #require(try await eventually { try stage.mail.taken().count == 3 })
            try #require(try await stage.sees("53.0", of: "cust_1"))

            let (taken, mails) = (try stage.mail.taken(), try await stage.mails())
            #expect(taken.allSatisfy { $0.tls && $0.authenticated && $0.recipients == ["ada@example.test"] })
            #expect(
                mails.map { $0["Subject"].first } == [
                    "Your balance is low: 15 credits left", "Your balance is low: 3 credits left",
                    "Your balance is back at 53 credits",
                ]
            )
            for mail in mails {
                #expect(mail.type == "multipart/alternative" && mail.parts.map(\.type) == ["text/plain", "text/html"])
                #expect(mail.defects.isEmpty && mail.isASCII && mail.longestLine <= 998 && mail.bareLineEnds == 0)
                #expect(mail["Auto-Submitted"] == ["auto-generated"] && mail["List-Unsubscribe"].count == 1)
            }
            let ids = mails.flatMap { $0["Message-ID"] }
            #expect(Set(ids).count == 3)
            #expect(mails[0]["References"].isEmpty)
            #expect(mails[1]["References"] == [ids[0]] && mails[2]["References"] == [ids[0]], "one thread")
            let rows = try await stage.rows()
            #expect(rows.map { $0["state"] as? String } == ["sent", "sent", "sent"])
            #expect(rows.map { $0["message_id"] as? String } == Array(ids.reversed()))
        }
    }

    @Test func `every address of a customer gets the mail, and a broken one is told apart`() async throws {
        try await self.onStage(
            customers: [("cust_1", "ada@example.test, bob@example.test,not an address"), ("cust_2", nil)]
        ) { stage, _ in
            try stage.spend(85, by: "cust_1")
            try stage.spend(85, by: "cust_2")
            try #require(try await eventually { try stage.mail.taken().count == 2 })
            try #require(try await eventually { try await stage.rows().count == 4 })
            #expect(Set(try stage.mail.taken().flatMap(\.recipients)) == ["ada@example.test", "bob@example.test"])
            let failed = try await stage.rows("failed")
            #expect(Set(failed.compactMap { $0["to"] as? String }) == ["not an address", ""])
            #expect(failed.contains { $0["reason"] as? String == "the customer has no address" })
            // Both accounts go on: the next threshold is told of, too.
            let isDone = try await eventually { try await stage.rows("sent").count == 2 }
            #expect(isDone)
        }
    }

    @Test func `a hostile name and address inject nothing`() async throws {
        try await self.onStage(customers: [("cust_1", "ada@example.test\r\nBcc: eve@example.test,bob@example.test")]) {
            stage,
            _ in
            try stage.spend(85, by: "cust_1")
            try #require(try await eventually { try stage.mail.taken().count == 1 })
            try #require(try await eventually { try await stage.rows("failed").count == 1 })
            #expect(try stage.mail.taken().flatMap(\.recipients) == ["bob@example.test"])
            let mail = try #require(try await stage.mails().first)
            #expect(mail["Bcc"].isEmpty && mail.to.map(\.last) == ["bob@example.test"])
            let html = try #require(mail.parts.last?.text)
            #expect(!html.contains("<b>") && html.contains("&lt;b&gt;") && !html.contains("\u{202E}"))
        }
    }

    @Test func `who unsubscribes in one click gets no more of these mails, and a look at the page changes nothing`()
        async throws
    {
        try await self.onStage(settings: ["LOW_BALANCE_MIN_INTERVAL": "0s"]) { stage, sluice in
            try stage.spend(85, by: "cust_1")
            try #require(try await eventually { try stage.mail.taken().count == 1 })
            let mail = try #require(try await stage.mails().first)
            #expect(mail["List-Unsubscribe-Post"] == ["List-Unsubscribe=One-Click"])
            let link = try #require(mail["List-Unsubscribe"].first).trimmingCharacters(
                in: CharacterSet(charactersIn: "<>")
            )
            #expect(link.hasPrefix("https://billing.example.test/u/"))
            let path = link.replacingOccurrences(of: "https://billing.example.test", with: "")

            let page = try await stage.ask("GET", path, of: sluice)
            #expect(page.status == 200 && page.text.contains("ada@example.test") && page.text.contains("<form"))
            #expect(page.header("Content-Security-Policy")?.contains("default-src 'none'") == true)
            let forged = try await stage.ask("POST", path.dropLast(2) + "xx", of: sluice)
            #expect(forged.status == 404)
            try stage.spend(11, by: "cust_1")
            try #require(try await eventually { try stage.mail.taken().count == 2 }, "a look has unsubscribed")

            let done = try await stage.ask("POST", path, of: sluice)
            #expect(done.status == 200)
            try stage.spend(10, by: "cust_1")
            try #require(try await eventually { try await stage.rows("suppressed").count == 1 })
            #expect(try stage.mail.taken().count == 2)
            #expect(try await stage.rows("suppressed").first?["reason"] as? String == "unsubscribed")
        }
    }

    @Test func `a mail that is no longer true is superseded, never sent`() async throws {
        try await self.onStage(settings: ["LOW_BALANCE_MIN_INTERVAL": "3s"]) { stage, _ in
            try stage.spend(85, by: "cust_1")
            try #require(try await eventually { try stage.mail.taken().count == 1 })
            // The next one falls inside the interval, and is no longer true when that is over.
            try stage.spend(11, by: "cust_1")
            try #require(try await eventually { try await stage.rows("queued").count == 1 })
            let wallet = try #require(stage.lago.sandbox.wallets(of: "cust_1").first)
            try stage.lago.sandbox.grant("500", wallet: wallet.id)
            try #require(try await eventually { try await stage.rows("superseded").count == 1 })
            let kinds = try await stage.rows("sent").compactMap { $0["kind"] as? String }
            #expect(kinds.filter { $0 == "low_balance" }.count == 1)
        }
    }

    @Test func `mails wait while the mail server is away, and go out when it is back after a restart`() async throws {
        try await SandboxPeer.running {
            $0.customers = []
        } body: { lago in
            try lago.sandbox.createCustomer("cust_1", email: "ada@example.test", credits: "100")
            var settings = lago.settings
            settings["SMTP_URL"] = "smtp://127.0.0.1:1"
            settings["MAIL_FROM"] = "billing@example.test"
            settings["PUBLIC_URL"] = "https://billing.example.test"
            settings["BALANCE_DEBOUNCE"] = "50ms"
            var home = try SluiceHome(settings)
            try await MailServer.running { mail in
                var stage = Stage(lago: lago, mail: mail, home: home)
                try await home.serving { sluice in
                    let url = "http://127.0.0.1:\(try await sluice.port())/webhooks/lago"
                    _ = try lago.sandbox.addEndpoint(url: url)
                    try #require(try await stage.sees("100.0", of: "cust_1"))
                    try stage.spend(85, by: "cust_1")
                    try #require(
                        try await eventually {
                            try await stage.rows("queued").first.map { !($0["reason"] is NSNull) } ?? false
                        }
                    )
                    let ready = try await stage.ask("GET", "/readyz", of: sluice)
                    #expect(ready.status == 200 && ready.text.contains("\"degraded\""))
                }
                let jobs = try await home.rows("jobs", "list").filter { $0["kind"] as? String == "mail" }
                #expect(jobs.map { $0["attempt"] as? Int } == [0], "no attempt is spent")
                home.settings["SMTP_URL"] = "smtp://127.0.0.1:\(mail.port)"
                home.settings["SMTP_TLS"] = "off"
                stage = Stage(lago: lago, mail: mail, home: home)
                try await home.serving { _ in
                    try #require(try await eventually { try stage.mail.taken().count == 1 })
                }
            }
        }
    }
}
