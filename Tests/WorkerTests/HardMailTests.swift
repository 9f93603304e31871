import Foundation
import LagoAPI
import LagoEvents
import Money
import Notices
import Sandbox
import Store
import Synchronization
import TestSupport
import Testing
import Worker

/// What mail servers, Lago and readers do rarely, and what becomes of the mails then.
@Suite(.timeLimit(.minutes(3))) struct HardMailTests {
    private static func relay(_ server: MailServer) -> [String: String] {
        ["SMTP_URL": "smtp://127.0.0.1:\(server.port)", "SMTP_TLS": "off"]
    }

    // MARK: - Mail servers

    @Test func `a mail whose file is too large for the mail server goes out with the link`() async throws {
        try await MailServer.running { server in
            try await BillingWorld.running(environment: Self.relay(server)) { world in
                _ = try await world.bill("small")
                try await world.pass(.seconds(120))
                let message = try await world.message("invoice_issued")
                #expect(message.state == .sent && message.text?.contains("https://sluice.test/i/") == true)
                #expect(try server.taken().count == 1)
            }
        }
    }

    @Test func `a mail that waited for Lago for two days is not given up at the first greylisting`() async throws {
        try await MailServer.running { server in
            try await BillingWorld.running(environment: Self.relay(server)) {
                $0.documentDelay = nil
            } body: { world in
                _ = try await world.bill("later")
                try await world.work()
                world.clock.now += 50 * 3_600_000
                try await world.work()
                let message = try await world.message("invoice_issued")
                #expect(message.smtpReply?.hasPrefix("451") == true)
                #expect(message.state == .queued, "\(message.reason ?? "")")
                try await world.pass(BillingWorld.day)
                #expect(try await world.message("invoice_issued").state != .queued, "but it is in the end")
            }
        }
    }

    @Test func `what the pace of mail leaves waiting asks Lago for nothing meanwhile`() async throws {
        try await MailServer.running { server in
            var environment = Self.relay(server)
            environment["SMTP_MAX_PER_MINUTE"] = "1"
            try await BillingWorld.running(environment: environment) {
                $0.customers = (1...5).map { Self.payer("c\($0)") }
                $0.payments = .wait
            } body: { world in
                for number in 2...5 { try world.sandbox.recordUsage(customer: "c\(number)", units: "100") }
                _ = try await world.bill("c1")
                try await world.pass(.seconds(20))
                try #require(try server.taken().count == 1)
                world.sandbox.forgetRequests()
                try await world.pass(.seconds(55))
                #expect(world.sandbox.requestCount("/api/v1/invoices") == 0)
            }
        }
    }

    // MARK: - Lago

    @Test func `a webhook without the customer's address is completed from Lago`() async throws {
        try await BillingWorld.running { world in
            world.lost.withLock { $0 = ["invoice.created"] }
            _ = try await world.bill()
            try await world.work()
            let told = try #require(world.sandbox.deliveries.first { $0.webhookType == "invoice.created" })
            let body = told.body.replacingOccurrences(of: #""email":"c@example.test""#, with: #""email":null"#)
            try #require(body != told.body)
            try await world.record(body)
            try await world.pass(.seconds(60))
            #expect(try await world.message("invoice_issued").recipient == "c@example.test")
        }
    }

    @Test func `a voided invoice is told with what it was about, not with what is due`() async throws {
        try await BillingWorld.running { world in
            let invoice = try await world.bill()
            try await world.pass(.seconds(60))
            try world.sandbox.voidInvoice(invoice)
            try await world.pass(.seconds(60))
            let text = try #require(try await world.message("invoice_voided").text)
            #expect(!text.contains("€0.00"), "\(text)")
        }
    }

    @Test(arguments: [
        (paid: 300, due: 0, told: 300), (paid: 0, due: 1000, told: 1000), (paid: 1000, due: 0, told: 1000),
    ])
    func `what was received is what was paid, where credit notes were set against the rest`(
        paid: Int64,
        due: Int64,
        told: Int64
    ) async throws {
        let customer = #"{"lago_id":"k","external_id":"c","name":"Ada","email":"c@example.test"}"#
        let sums =
            ["fees", "sub_total_excluding_taxes", "sub_total_including_taxes", "total"]
            .map { #""\#($0)_amount_cents":1000"# }.joined(separator: ",")
        let body = """
            {"webhook_type":"invoice.payment_status_updated","object_type":"invoice","invoice":{"lago_id":"i",\(sums),
            "taxes_amount_cents":0,"total_paid_amount_cents":\(paid),"total_due_amount_cents":\(due),"number":"A-1",
            "invoice_type":"subscription","status":"finalized","payment_status":"succeeded","currency":"EUR",
            "created_at":"2026-08-01T00:00:00Z","customer":\(customer)}}
            """
        let notice = try EventPreview.notice(of: Array(body.utf8), link: "https://x.test", now: BillingWorld.start)
        guard case .paymentReceived(let words) = notice else {
            Issue.record("\(notice)")
            return
        }
        #expect(words.amount == Amount(minorUnits: told, currency: try #require(Currency("EUR"))))
    }

    /// Two addresses, of which one gets nothing any more.
    @Test func `an address that is suppressed keeps no mail from the customer's other one`() async throws {
        try await BillingWorld.running {
            $0.customers = [.init(externalID: "c", name: "Ada", email: "a@example.test, b@example.test", credits: nil)]
        } body: { world in
            _ = try await world.store.write { [now = world.clock.now] in
                try $0.suppress("a@example.test", kind: nil, reason: .bounced, detail: nil, at: now)
            }
            let invoice = try await world.bill()
            try await world.pass(.seconds(60))
            try world.sandbox.payInvoice(invoice)
            try await world.pass(.seconds(60))
            #expect(try await world.kinds() == ["invoice_issued", "payment_received"])
            #expect(try await world.messages(.sent).allSatisfy { $0.recipient == "b@example.test" })
            #expect(try await world.kinds(.suppressed) == ["invoice_issued", "payment_received"])
        }
    }

    private static func payer(_ id: String = "c", credits: String? = nil) -> SandboxConfiguration.SeedCustomer {
        .init(externalID: id, name: "Ada", email: "\(id)@example.test", credits: credits, paymentProvider: "stripe")
    }

    @Test func `a page to pay on that a provider refuses is no purchase that was declined`() async throws {
        try await BillingWorld.running {
            $0.customers = [Self.payer(credits: "10")]
            $0.payments = .wait
        } body: { world in
            let wallet = try #require(world.sandbox.wallets(of: "c").first)
            let transaction = try world.sandbox.purchase("25", wallet: wallet.id)
            try await world.pass(.seconds(60))
            let invoice = try #require(try await world.client.walletTransaction(id: transaction).invoiceID)
            let error =
                #"{"lago_invoice_id":"\#(invoice)","external_customer_id":"c","provider_error":{"message":"no"}}"#
            let key = "payment_provider_invoice_payment_error"
            try await world.record(
                #"{"webhook_type":"invoice.payment_failure","object_type":"\#(key)","\#(key)":\#(error)}"#
            )
            try await world.pass(.seconds(600))
            #expect(try await world.messages().map(\.kind) == [])
        }
    }

    @Test func `a second payment that fails is told, where a sweep told of the first`() async throws {
        try await BillingWorld.running {
            $0.customers = [Self.payer()]
            $0.payments = .decline
        } body: { world in
            world.lost.withLock { $0 = ["invoice.payment_failure", "invoice.payment_status_updated"] }
            let invoice = try await world.bill()
            try await world.pass(.seconds(60))
            let fact = Fact(
                .invoice,
                id: invoice,
                "payment_failed",
                type: WebhookType(rawValue: "invoice.payment_status_updated"),
                customer: CustomerID(rawValue: "c"),
                at: nil
            )
            _ = try await world.store.write { [now = world.clock.now] in try $0.learn([fact], from: .healed, at: now) }
            try await world.pass(BillingWorld.day * 2)
            world.lost.withLock { $0 = ["invoice.payment_status_updated"] }
            try await world.client.retryPayment(invoiceID: invoice)
            try await world.pass(.seconds(120))
            #expect(try await world.kinds().contains("payment_failed"))
        }
    }

    @Test func `each payment that fails is told with its own reason`() async throws {
        try await BillingWorld.running {
            $0.customers = [Self.payer()]
            $0.payments = .decline
        } body: { world in
            let invoice = try await world.bill()
            try await world.pass(.seconds(120))
            try await world.pass(BillingWorld.day * 2)
            world.lost.withLock { $0 = ["invoice.payment_failure"] }
            try await world.client.retryPayment(invoiceID: invoice)
            try await world.work()
            let told = try #require(world.sandbox.deliveries.last { $0.webhookType == "invoice.payment_failure" })
            let body = told.body.replacingOccurrences(of: "Your card was declined", with: "Your card has expired")
            try #require(body != told.body)
            try await world.record(body)
            try await world.pass(.seconds(120))
            let texts = try await world.mails().filter { $0["Subject"][0].contains("ail") }.compactMap(\.plainText)
            try #require(texts.count == 2)
            #expect(texts[0].contains("declined") && texts[1].contains("expired"), "\(texts[1])")
        }
    }

    // MARK: - Readers

    @Test func `who wants no digests gets the mails that would be in them`() async throws {
        try await BillingWorld.running {
            $0.customers = [.init(externalID: "c", name: "Ada", email: "c@example.test", credits: nil)]
        } body: { world in
            for number in 1...7 { try world.sandbox.createPlan("plan_\(number)", unitPrice: "1", baseCents: 0) }
            _ = try await world.store.write { [now = world.clock.now] in
                try $0.suppress("c@example.test", kind: "customer_digest", reason: .unsubscribed, detail: nil, at: now)
            }
            for number in 1...7 { _ = try world.sandbox.subscribe("c", to: "plan_\(number)") }
            try await world.pass(BillingWorld.day * 2)
            #expect(try await world.kinds().count { $0 == "subscription_started" } == 7)
        }
    }
}
