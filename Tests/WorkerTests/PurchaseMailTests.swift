import Foundation
import LagoAPI
import LagoEvents
import Money
import Sandbox
import Store
import TestSupport
import Testing
import Worker

/// What customers are mailed about credits, credit notes and subscriptions that come about at Lago itself.
@Suite(.timeLimit(.minutes(3))) struct PurchaseMailTests {
    private static let payer = SandboxConfiguration.SeedCustomer(
        externalID: "c",
        name: "Ada",
        email: "c@example.test",
        credits: "10",
        paymentProvider: "stripe"
    )

    private func buy(_ credits: String, in world: BillingWorld) throws -> String {
        let wallet = try #require(world.sandbox.wallets(of: "c").first)
        return try world.sandbox.purchase(credits, wallet: wallet.id)
    }

    @Test func `credits that a customer bought at Lago are one mail when they are paid, with the invoice`() async throws
    {
        try await BillingWorld.running {
            $0.customers = [Self.payer]
            $0.payments = .succeed
        } body: { world in
            let transaction = try self.buy("25", in: world)
            try await world.pass(.seconds(60))
            #expect(try await world.messages().map(\.kind) == ["top_up_succeeded"], "no mail when it is issued")
            #expect(try await world.message("top_up_succeeded").fact == "top_up/\(transaction)/paid")
            let mail = try #require(try await world.mails().first)
            let text = try #require(mail.plainText)
            #expect(text.contains("25 credits") && text.contains("New balance: 35 credits") && mail.files.count == 1)
            #expect(!text.contains("automatically"))
        }
    }

    @Test func `a purchase that is declined is told once, and again when it is paid after all`() async throws {
        try await BillingWorld.running {
            $0.customers = [Self.payer]
            $0.payments = .decline
        } body: { world in
            let transaction = try self.buy("25", in: world)
            try await world.pass(.seconds(60))
            #expect(try await world.messages().map(\.kind) == ["top_up_failed"])
            let mail = try #require(try await world.mails().first)
            #expect(try #require(mail.plainText).contains("Your card was declined"))
            let invoice = try await world.client.walletTransaction(id: transaction).invoiceID
            try world.sandbox.payByLink(try #require(invoice))
            try await world.pass(.seconds(60))
            #expect(try await world.kinds() == ["top_up_failed", "top_up_succeeded"])
        }
    }

    @Test func `a purchase that the bank wants confirmed is told with the link`() async throws {
        try await BillingWorld.running {
            $0.customers = [Self.payer]
            $0.payments = .needsAction
        } body: { world in
            _ = try self.buy("25", in: world)
            try await world.pass(.seconds(60))
            #expect(try await world.kinds() == ["top_up_action_required"])
        }
    }

    @Test func `a purchase that nobody pays is never overdue to the customer`() async throws {
        try await BillingWorld.running {
            $0.customers = [Self.payer]
            $0.payments = .wait
        } body: { world in
            _ = try self.buy("25", in: world)
            try await world.pass(BillingWorld.day * 20)
            #expect(world.sandbox.deliveries.contains { $0.webhookType == "invoice.payment_overdue" })
            #expect(try await world.messages().allSatisfy { $0.kind != "payment_overdue" })
        }
    }

    // MARK: - Credit notes

    @Test(arguments: [true, false]) func `a credit note goes out with its PDF`(isRefund: Bool) async throws {
        try await BillingWorld.running { world in
            let invoice = try await world.bill()
            try await world.pass(.seconds(60))
            try world.sandbox.issueCreditNote(invoice: invoice, cents: 400, isRefund: isRefund)
            try await world.pass(.seconds(60))
            #expect(try await world.kinds() == ["invoice_issued", "credit_note_issued"])
            let mails = try await world.mails()
            let file = try #require(mails[1].files.first)
            #expect(file.name.hasSuffix("-CN001.pdf") && file.bytes.starts(with: "%PDF-".utf8))
            #expect(mails[1]["References"] == mails[0]["Message-ID"])
            #expect(try #require(mails[1].plainText).contains("€4.00"))
        }
    }

    // MARK: - Subscriptions and wallets

    @Test func `a subscription is told when it begins and when it ends`() async throws {
        try await BillingWorld.running { world in
            try world.sandbox.createCustomer("c", name: "Ada", email: "c@example.test")
            try await world.pass(.seconds(60))
            try world.sandbox.endSubscription("sub_c")
            try await world.pass(.seconds(60))
            let kinds = try await world.kinds().filter { $0.hasPrefix("subscription") }
            #expect(kinds == ["subscription_started", "subscription_ended"])
        }
    }

    @Test func `credits that will expire are told of, unless they do not any more`() async throws {
        try await BillingWorld.running {
            $0.customers = [Self.payer]
        } body: { world in
            let wallet = try #require(world.sandbox.wallets(of: "c").first)
            let end = world.clock.now + 5 * 86_400_000
            let date = Date(timeIntervalSince1970: Double(end) / 1000)
            world.sandbox.changeWallet(id: wallet.id) { $0.expirationAt = date }
            try await world.announceExpiry(of: wallet.id, at: end)
            try await world.work()
            let mail = try await world.mail(of: try await world.message("credits_expiring"))
            #expect(try #require(mail.plainText).contains("10 credits"))
            #expect(mail["List-Unsubscribe"].count == 1, "it is optional")
            try await world.announceExpiry(of: wallet.id, at: end + 86_400_000)
            try await world.work()
            #expect(try await world.message("credits_expiring").reason == "the wallet no longer expires then")
        }
    }

    @Test func `a wallet that is closed is told`() async throws {
        try await BillingWorld.running {
            $0.customers = [Self.payer]
        } body: { world in
            try world.sandbox.terminateWallet(try #require(world.sandbox.wallets(of: "c").first?.id))
            try await world.pass(.seconds(60))
            #expect(try await world.kinds() == ["wallet_terminated"])
        }
    }
}
