import Foundation
import Sandbox
import TestSupport
import Testing

/// The end of a billing period: an invoice for every customer, with its PDF, whatever happens meanwhile.
@Suite(.timeLimit(.minutes(5))) struct InvoiceRunTests {
    private static let customers = (1...50).map { "cust_\($0)" }
    /// So many mails are taken before the program is killed; of further ones the server never says that it has them.
    private static let beforeTheKill = 20
    private static let connections = 4

    /// What Lago knows of an invoice.
    private struct Invoice: Decodable {
        struct Webhook: Decodable {
            let invoice: Invoice
        }

        struct Customer: Decodable {
            let external_id: String
        }

        let number: String
        let file_url: String
        let customer: Customer
    }

    @Test
    func `each customer gets one mail with their own invoice, though webhooks come twice and the program is killed`()
        async throws
    {
        try await MailServer.running(options: ["--hold-after", "\(Self.beforeTheKill)"]) { mail in
            try await SandboxPeer.running {
                $0.customers = Self.customers.map {
                    .init(
                        externalID: $0,
                        name: "Customer \($0)",
                        email: "\($0)@example.test",
                        credits: nil,
                        paymentProvider: nil
                    )
                }
                $0.documentDelay = .milliseconds(200)
                // Lago goes on trying while the program is away.
                $0.webhookAttempts = 12
                $0.webhookRetryCompression = 50
            } body: { lago in
                var home = try Self.home(lago, mail)
                let port = try await home.serving { sluice in
                    let port = try await sluice.port()
                    try await Self.bill(lago, to: port)
                    let isHeld = try await eventually(within: .seconds(60)) { try !mail.held().isEmpty }
                    try #require(isHeld)
                    sluice.signal(SIGKILL)
                    #expect(try await sluice.ending().code == SIGKILL)
                    return port
                }
                try #require(try mail.taken().count <= Self.beforeTheKill + Self.connections, "in the middle")
                try mail.release()
                home.settings["PORT"] = "\(port)"
                try await home.serving { _ in
                    let isDone = try await eventually(within: .seconds(120)) {
                        try Set(mail.taken().flatMap(\.recipients)).count == Self.customers.count
                    }
                    let count = try mail.taken().count
                    try #require(isDone, "\(count) mails")
                    let isSettled = try await eventually(within: .seconds(60)) {
                        let queued = try await home.rows("messages", "list", "--state", "queued")
                        return queued.isEmpty && lago.sandbox.deliveries.allSatisfy { $0.state == .succeeded }
                    }
                    try #require(isSettled)
                }
                try await Self.check(lago, mail, home)
            }
        }
    }

    private static func home(_ lago: SandboxPeer, _ mail: MailServer) throws -> SluiceHome {
        try SluiceHome(
            lago.settings.merging([
                "SMTP_URL": "smtp://127.0.0.1:\(mail.port)", "SMTP_TLS": "off",
                "SMTP_MAX_CONNECTIONS": "\(self.connections)", "MAIL_FROM": "billing@example.test",
                "PUBLIC_URL": "https://billing.example.test", "BALANCE_DEBOUNCE": "50ms",
                "LAGO_MAX_REQUESTS_PER_SECOND": "1000",
            ]) { $1 }
        )
    }

    /// Lets everybody use something, and the period end.
    private static func bill(_ lago: SandboxPeer, to port: Int) async throws {
        for (index, customer) in self.customers.enumerated() {
            try lago.sandbox.recordUsage(customer: customer, units: "\(index + 1)")
        }
        lago.sandbox.faults.duplicatedWebhook = .always
        _ = try lago.sandbox.addEndpoint(url: "http://127.0.0.1:\(port)/webhooks/lago")
        lago.sandbox.advanceToBilling()
    }

    private static func check(_ lago: SandboxPeer, _ mail: MailServer, _ home: SluiceHome) async throws {
        var copies: [String: Set<String>] = [:]
        var parsed: [String: ParsedMail] = [:]
        let taken = try mail.taken()
        for mail in try await ParsedMail.batch(taken.map { [UInt8]($0.content) }) {
            let recipient = try #require(mail.to.first?.last)
            copies[recipient, default: []].formUnion(mail["Message-ID"])
            parsed[recipient] = mail
        }
        #expect(copies.count == self.customers.count && copies.values.allSatisfy { $0.count == 1 })
        // What was under way at the kill comes twice, with its Message-ID: nothing else does.
        #expect(taken.count <= self.customers.count + self.connections)

        let invoices = try self.invoices(lago)
        #expect(Set(invoices.values.map(\.number)).count == self.customers.count)
        for customer in self.customers {
            let (invoice, mail) = (try #require(invoices[customer]), try #require(parsed["\(customer)@example.test"]))
            let file = try #require(mail.files.first)
            #expect(mail.files.count == 1 && file.name == "\(invoice.number).pdf")
            #expect(file.bytes == (try await self.file(invoice, lago)), "\(customer)")
            let text = String(decoding: file.bytes, as: UTF8.self)
            #expect(text.contains("invoice \(invoice.number)") && text.contains("Customer \(customer))"))
            #expect(try #require(mail["Subject"].first).contains(invoice.number))
        }
        let rows = try await home.rows("messages", "list", "--limit", "1000")
        #expect(rows.allSatisfy { $0["kind"] as? String == "invoice_issued" && $0["state"] as? String == "sent" })
        #expect(Set(rows.compactMap { $0["external_customer_id"] as? String }) == Set(self.customers))
        #expect(rows.count == self.customers.count)
        let generated = lago.sandbox.deliveries.filter { $0.webhookType == "invoice.generated" }
        #expect(generated.count == self.customers.count && generated.allSatisfy { $0.attempts.count >= 2 })
    }

    /// By the customer's id.
    private static func invoices(_ lago: SandboxPeer) throws -> [String: Invoice] {
        let bodies = lago.sandbox.deliveries.filter { $0.webhookType == "invoice.generated" }.map(\.body)
        let invoices = try bodies.map {
            try JSONDecoder().decode(Invoice.Webhook.self, from: Data($0.utf8)).invoice
        }
        return Dictionary(invoices.map { ($0.customer.external_id, $0) }) { $1 }
    }

    /// The PDF as Lago gives it to whoever has its address.
    private static func file(_ invoice: Invoice, _ lago: SandboxPeer) async throws -> [UInt8] {
        let url = try #require(URL(string: invoice.file_url))
        let path = url.path.replacingOccurrences(of: "/blobs/redirect/", with: "/disk/")
        let answer = try #require(try await HTTPRequestText("GET", path, headers: [], body: []).send(to: lago.port))
        #expect(answer.status == 200)
        return Array(answer.body)
    }
}
