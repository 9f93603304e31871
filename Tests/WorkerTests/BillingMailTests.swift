import Foundation
import LagoAPI
import LagoEvents
import Sandbox
import Store
import Synchronization
import TestSupport
import Testing
import Worker

/// What customers are mailed about invoices, as weeks go by.
@Suite(.timeLimit(.minutes(3))) struct BillingMailTests {
    @Test func `an invoice goes out once its PDF is there, with it`() async throws {
        try await BillingWorld.running {
            $0.documentDelay = .seconds(90)
        } body: { world in
            let invoice = try await world.bill()
            try await world.work()
            #expect(try await world.messages().map(\.state) == [.queued], "it waits for the PDF")
            try await world.pass(.seconds(95), by: .seconds(1))
            let mail = try #require(try await world.mails().first)
            #expect(mail.files.count == 1 && mail.files[0].type == "application/pdf")
            #expect(mail.files[0].name.hasSuffix(".pdf") && mail.files[0].bytes.starts(with: "%PDF-".utf8))
            #expect(mail.type == "multipart/mixed" && mail["List-Unsubscribe"].isEmpty)
            let sent = try await world.message("invoice_issued")
            #expect(sent.fact == "invoice/\(invoice)/issued")
            let told = try #require(sent.sentAt) - BillingWorld.billing
            #expect(told < 92_000, "the webhook says that it is there: nobody waits for the next look")
        }
    }

    @Test func `without a PDF the invoice goes out after ten minutes, with a link`() async throws {
        try await BillingWorld.running {
            $0.documentDelay = nil
        } body: { world in
            _ = try await world.bill()
            try await world.pass(.seconds(590))
            #expect(try await world.kinds().isEmpty)
            try await world.pass(.seconds(60))
            let mail = try #require(try await world.mails().first)
            #expect(mail.files.isEmpty)
            #expect(try #require(mail.plainText).contains("https://sluice.test/i/"))
            #expect(mail.parts.allSatisfy { !$0.text.contains("active_storage") }, "Lago's own link needs no key")
        }
    }

    @Test func `an invoice that prepaid credits paid says so, and asks for nothing`() async throws {
        try await BillingWorld.running { world in
            _ = try await world.bill(credits: "100")
            try await world.pass(.seconds(60))
            #expect(try await world.kinds() == ["invoice_issued"])
            let text = try #require(try await world.mails().first?.plainText)
            #expect(text.contains("prepaid credits") && !text.contains("IBAN"))
        }
    }

    @Test func `an invoice that is paid before its mail goes out is mailed once, as paid`() async throws {
        try await BillingWorld.running {
            $0.documentDelay = .seconds(30)
        } body: { world in
            let invoice = try await world.bill()
            try await world.work()
            try world.sandbox.payInvoice(invoice)
            try await world.pass(.seconds(120))
            #expect(try await world.kinds() == ["invoice_issued"])
            let other = try await world.message("payment_received")
            #expect(other.state == .superseded && other.reason == "the invoice's own mail says that it is paid")
            #expect(try #require(try await world.mails().first?.plainText).contains("paid"))
        }
    }

    @Test func `a payment that comes later is confirmed`() async throws {
        try await BillingWorld.running { world in
            let invoice = try await world.bill()
            try await world.pass(.seconds(60))
            try world.sandbox.payInvoice(invoice)
            try await world.pass(.seconds(60))
            #expect(try await world.kinds() == ["invoice_issued", "payment_received"])
            let mails = try await world.mails()
            #expect(mails[1]["References"] == mails[0]["Message-ID"], "one conversation")
        }
    }

    @Test func `an invoice that is voided before its mail goes out is never heard of`() async throws {
        try await BillingWorld.running {
            $0.documentDelay = .seconds(30)
        } body: { world in
            let invoice = try await world.bill()
            try await world.work()
            try world.sandbox.voidInvoice(invoice)
            try await world.pass(.seconds(120))
            #expect(try await world.kinds().isEmpty)
            #expect(try await world.message("invoice_issued").reason == "the invoice was voided")
            #expect(try await world.message("invoice_voided").reason == "the invoice was never mailed")
        }
    }

    @Test func `an invoice that was voided before anybody knew of it is never heard of, in whatever order`()
        async throws
    {
        for order in [["invoice.voided", "invoice.created"], ["invoice.created", "invoice.voided"]] {
            try await BillingWorld.running { world in
                world.lost.withLock { $0 = ["invoice.created", "invoice.voided"] }
                let invoice = try await world.bill()
                try world.sandbox.voidInvoice(invoice)
                try await world.pass(.seconds(60))
                let deliveries = world.sandbox.deliveries
                for type in order {
                    // Content may be newer than the event: both show the invoice as it is now.
                    let body = try #require(deliveries.first { $0.webhookType == "invoice.voided" }).body
                    try await world.record(body.replacing(#""invoice.voided""#, with: "\"\(type)\""))
                }
                try await world.pass(.seconds(1800))
                #expect(try await world.kinds().isEmpty, "\(order)")
            }
        }
    }

    @Test func `an invoice that is voided later is told`() async throws {
        try await BillingWorld.running { world in
            let invoice = try await world.bill()
            try await world.pass(.seconds(60))
            try world.sandbox.voidInvoice(invoice)
            try await world.pass(.seconds(60))
            #expect(try await world.kinds() == ["invoice_issued", "invoice_voided"])
        }
    }

    @Test func `while Lago is away mails wait, and after 72 hours they are given up`() async throws {
        try await BillingWorld.running { world in
            _ = try await world.bill()
            world.sandbox.faults.serverError = .always
            try await world.pass(.seconds(80_000))
            #expect(try await world.message("invoice_issued").state == .queued)
            world.sandbox.faults = Faults()
            try await world.pass(.seconds(600))
            #expect(try await world.kinds() == ["invoice_issued"], "a day late")

            try world.sandbox.payInvoice(try #require(world.sandbox.invoiceIDs(of: "c").first))
            world.sandbox.faults.serverError = .always
            try await world.pass(BillingWorld.day * 3 + .seconds(3600))
            let late = try await world.message("payment_received")
            #expect(late.state == .superseded && late.reason?.hasPrefix("too_old") == true)
        }
    }

    // MARK: - Overdue

    @Test func `who does not pay is told, and reminded after three, seven and fourteen days`() async throws {
        try await BillingWorld.running { world in
            _ = try await world.bill()
            try await world.pass(BillingWorld.day * 40)
            let overdue = try await world.messages(.sent).filter { $0.kind == "payment_overdue" }
            let due = BillingWorld.billing / 86_400_000
            let days = overdue.compactMap { $0.sentAt.map { $0 / 86_400_000 - due } }
            #expect(days == [1, 3, 7, 14])
            #expect(overdue.map { $0.fact.split(separator: "/").last } == ["0", "1", "2", "3"])
            let mails = try await world.mails().suffix(4)
            #expect(Set(mails.flatMap { $0["Subject"] }).count > 1, "the last one is another")
            #expect(mails.allSatisfy { $0["References"].count == 1 && $0.files.count == 1 })
        }
    }

    @Test(arguments: ["paid", "voided"]) func `reminders end when the invoice does`(how: String) async throws {
        try await BillingWorld.running { world in
            let invoice = try await world.bill()
            try await world.pass(BillingWorld.day * 5)
            let before = try await world.kinds().count { $0 == "payment_overdue" }
            #expect(before == 2)
            if how == "paid" { try world.sandbox.payInvoice(invoice) } else { try world.sandbox.voidInvoice(invoice) }
            try await world.pass(BillingWorld.day * 30)
            #expect(try await world.messages().count { $0.kind == "payment_overdue" } == 2)
        }
    }

    @Test func `a reminder that is queued already stops when the invoice is paid right before it`() async throws {
        try await BillingWorld.running {
            $0.documentDelay = nil
        } body: { world in
            let invoice = try await world.bill()
            // The overdue notice waits for the PDF.
            try await world.pass(BillingWorld.day + .seconds(60))
            try #require(try await world.message("payment_overdue").state == .queued)
            try world.sandbox.payInvoice(invoice)
            try await world.pass(.seconds(1200))
            #expect(try await world.message("payment_overdue").reason == "the invoice is paid")
        }
    }

    // MARK: - Payments that fail

    private static let payer = SandboxConfiguration.SeedCustomer(
        externalID: "c",
        name: "Ada",
        email: "c@example.test",
        credits: nil,
        paymentProvider: "stripe"
    )

    @Test func `each payment that fails is told once, and at most one a day`() async throws {
        try await BillingWorld.running {
            $0.customers = [Self.payer]
            $0.payments = .decline
        } body: { world in
            let invoice = try await world.bill()
            try await world.pass(.seconds(120))
            #expect(Set(try await world.kinds()) == ["invoice_issued", "payment_failed"])
            let first = try #require(try await world.mails().first { $0["Subject"][0].contains("ail") })
            #expect(try #require(first.plainText).contains("http"), "a link to pay by")
            // Lago tells it again, and so does whoever replays its webhook.
            let told = try #require(world.sandbox.deliveries.first { $0.webhookType == "invoice.payment_failure" })
            try await world.record(told.body + " ")
            // The provider tries again on the same day, and on the next.
            try await world.client.retryPayment(invoiceID: invoice)
            try await world.pass(.seconds(3600))
            #expect(try await world.kinds().count { $0 == "payment_failed" } == 1)
            let second = try await world.message("payment_failed")
            #expect(second.reason == "the customer was told of another one within a day")
            try await world.pass(BillingWorld.day)
            try await world.client.retryPayment(invoiceID: invoice)
            try await world.pass(.seconds(120))
            #expect(try await world.kinds().count { $0 == "payment_failed" } == 2)
        }
    }
}
