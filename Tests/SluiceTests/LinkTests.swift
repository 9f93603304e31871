import Foundation
import GRDB
import LagoEvents
import Sandbox
import Signatures
import Store
import TestSupport
import Testing

/// The signed links of mails, at the running program.
@Suite(.timeLimit(.minutes(2))) struct LinkTests {
    private static let inAnHour: @Sendable () -> Int64 = { Int64(Date().timeIntervalSince1970 * 1000) + 3_600_000 }

    /// A signer with the key of this home's store.
    private func signer(_ home: SluiceHome) async throws -> LinkSigner {
        let key = try await home.store { try await $0.write { try $0.secret("links", fresh: []) } }
        return try LinkSigner(key: key, publicURL: "")
    }

    private func ask(_ method: String, _ path: String, of sluice: SluiceProcess) async throws -> HTTPAnswer {
        let request = HTTPRequestText(method, path, headers: [], body: [])
        return try #require(
            try await TCPClient.connected(to: try await sluice.port()) { await $0.exchange(request) }
        )
    }

    private static func declined(_ account: String) -> TopUp {
        var topUp = TopUp(
            id: "declined-\(account)",
            customer: CustomerID(rawValue: "cust 1/ä"),
            account: account,
            wallet: "w",
            origin: "automatic",
            state: "failed",
            credits: "50.0",
            cents: 5000,
            at: 1
        )
        (topUp.transactionID, topUp.invoiceID, topUp.invoiceState) = ("t-\(account)", "i", "payable")
        topUp.failures = [KeptTime(1), KeptTime(2), KeptTime(3)]
        return topUp
    }

    @Test func `a look at the page resumes nothing, its button does, for that account only`() async throws {
        let home = try SluiceHome(["LAGO_WEBHOOK_HMAC_KEY": "k"])
        try await home.serving { _ in }
        try await home.store { store in
            try await store.write { transaction in
                for account in ["EUR", "USD"] { _ = try transaction.plan(Self.declined(account)) }
            }
        }
        let subject = ResumeSubject(customer: "cust 1/ä", account: "EUR", locale: "de")
        let path = try await self.signer(home).url(subject, expiresAt: Self.inAnHour())
        func forgiven(_ account: String) async throws -> Int? {
            try await home.store { try await $0.topUp("declined-\(account)")?.forgiven }
        }
        try await home.serving { sluice in
            let page = try await self.ask("GET", path, of: sluice)
            #expect(page.status == 200 && page.text.contains("fortsetzen") && page.text.contains("action=\"\(path)\""))
            #expect(page.header("Referrer-Policy") == "no-referrer" && page.header("Cache-Control") == "no-store")
            #expect(try await self.ask("POST", path.dropLast(2) + "xx", of: sluice).status == 404)
        }
        #expect(try await forgiven("EUR") == 0)
        try await home.serving { sluice in
            let done = try await self.ask("POST", path, of: sluice)
            #expect(done.status == 200 && done.text.contains("fortgesetzt"))
            #expect(try await self.ask("POST", path, of: sluice).status == 200, "a second time changes nothing")
        }
        let (euros, dollars) = try await (forgiven("EUR"), forgiven("USD"))
        #expect(euros == 3 && dollars == 0)
        let audit = try await DatabaseQueue(path: home.storePath).read { db in
            try Row.fetchAll(db, sql: "SELECT actor, action, subject FROM auditEntry").map { row in
                "\(row["actor"] as String) \(row["action"] as String) \(row["subject"] as String)"
            }
        }
        #expect(audit == ["link top_ups.resume customer cust 1/ä"])
    }

    @Test func `an old link, a forged one and one for something else open nothing`() async throws {
        let home = try SluiceHome(["LAGO_WEBHOOK_HMAC_KEY": "k"])
        try await home.serving { _ in }
        let signer = try await self.signer(home)
        let resume = ResumeSubject(customer: "c", account: "EUR", locale: "fr")
        let invoice = InvoiceSubject(id: "i", locale: "fr")
        let other = try LinkSigner(key: Array(repeating: 7, count: 32), publicURL: "")
        let paths = [
            try signer.url(resume, expiresAt: 1), try signer.url(invoice, expiresAt: 1),
            try other.url(resume, expiresAt: Self.inAnHour()), try other.url(invoice, expiresAt: Self.inAnHour()),
            "/r" + (try signer.url(invoice, expiresAt: Self.inAnHour())).dropFirst(2),
            "/i" + (try signer.url(resume, expiresAt: Self.inAnHour())).dropFirst(2),
            "/r/", "/i/", "/i/x", "/u/\(String(repeating: "A", count: 9000))",
        ]
        try await home.serving { sluice in
            for path in paths {
                for method in ["GET", "POST"] {
                    let answer = try await self.ask(method, path, of: sluice)
                    #expect(answer.status == 404, "\(method) \(path)")
                }
            }
            // Lago is not configured: the file is not there yet, and the page tries again.
            let waiting = try await self.ask("GET", try signer.url(invoice, expiresAt: Self.inAnHour()), of: sluice)
            #expect(waiting.status == 503 && waiting.header("Refresh") == "5" && waiting.header("Retry-After") == "5")
            #expect(waiting.text.contains("facture"))
        }
    }

    @Test func `the link to a credit note gives its PDF, and no invoice's`() async throws {
        try await SandboxPeer.running {
            $0.customers = [.init(externalID: "c", name: "Ada", email: nil)]
            $0.billingDelay = .zero
        } body: { lago in
            try lago.sandbox.recordUsage(customer: "c", units: "2000")
            lago.sandbox.advanceToPeriodEnd()
            let bill = try #require(lago.sandbox.invoiceIDs(of: "c").first)
            let note = try lago.sandbox.issueCreditNote(invoice: bill, cents: 100)
            let home = try SluiceHome(lago.settings)
            try await home.serving { _ in }
            let signer = try await self.signer(home)
            func path(_ subject: InvoiceSubject) throws -> String {
                try signer.url(subject, expiresAt: Self.inAnHour())
            }
            try await home.serving { sluice in
                let file = try await self.ask(
                    "GET",
                    path(InvoiceSubject(.creditNote, id: note, locale: "en")),
                    of: sluice
                )
                #expect(file.status == 200 && file.header("Content-Type") == "application/pdf")
                #expect(file.text.contains("credit note") && file.text.contains("CN001"))
                let whole = try await self.ask("GET", path(InvoiceSubject(id: bill, locale: "en")), of: sluice)
                #expect(whole.status == 200 && whole.text.contains("invoice"))
                let wrong = try await self.ask("GET", path(InvoiceSubject(id: note, locale: "en")), of: sluice)
                #expect(wrong.status == 404, "it is no invoice")
            }
        }
    }
}
