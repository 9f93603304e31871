import Foundation
import Money
import Sandbox
import Testing

/// Periods, invoices and what they take from wallets.
@Suite(.serialized)
struct BillingTests {
    /// 2026-08-12T10:00:00Z
    private static let noon = Date(timeIntervalSince1970: 1_786_528_800)

    private func withBilling(
        _ configure: (inout SandboxConfiguration) -> Void = { _ in },
        body: (Sandbox, LagoClient) async throws -> Void
    ) async throws {
        try await withSandbox {
            $0.customers = []
            $0.now = { Self.noon }
            configure(&$0)
        } body: { sandbox, client in
            try sandbox.addEndpoint(url: "http://127.0.0.1:1/", algorithm: .hmac)
            try await body(sandbox, client)
        }
    }

    private func cents(_ sandbox: Sandbox, _ customer: String) -> [Int64] {
        sandbox.wallets(of: customer).map(\.balanceCents)
    }

    private func usage(_ client: LagoClient, _ customer: String) async throws -> Int64? {
        let path = "/api/v1/customers/\(customer)/current_usage?external_subscription_id=sub_\(customer)"
        return try await client.get(path).body["customer_usage"]?["total_amount_cents"]?.integer
    }

    private func invoices(_ client: LagoClient, _ customer: String) async throws -> [JSONValue] {
        try await client.get("/api/v1/invoices?external_customer_id=\(customer)").body["invoices"]?.array ?? []
    }

    private func types(_ sandbox: Sandbox, from first: Int) -> [String] {
        sandbox.deliveries.dropFirst(first).map(\.webhookType)
    }

    @Test func `between a period's end and its invoice, usage is zero and the balance still whole`() async throws {
        try await self.withBilling {
            $0.taxPercent = FixedDecimal(units: 1_900_000)
        } body: { sandbox, client in
            try sandbox.createCustomer("c", credits: "20.0")
            try sandbox.recordUsage(customer: "c", units: "100")
            #expect(try await self.usage(client, "c") == 1_190)
            sandbox.advanceToPeriodEnd()
            #expect(sandbox.now == Date(timeIntervalSince1970: 1_788_220_800))
            #expect(try await self.usage(client, "c") == 0)
            #expect(try await self.invoices(client, "c").isEmpty)
            #expect(self.cents(sandbox, "c") == [2_000])
            let before = sandbox.deliveries.count
            sandbox.advance(by: .seconds(599))
            #expect(self.cents(sandbox, "c") == [2_000])
            sandbox.advance(by: .seconds(1))
            #expect(self.cents(sandbox, "c") == [810])
            #expect(
                self.types(sandbox, from: before) == [
                    "wallet.updated", "wallet_transaction.created", "invoice.created", "invoice.generated",
                ]
            )
            let invoice = try #require(try await self.invoices(client, "c").first)
            #expect(invoice["fees_amount_cents"] == 1_000 && invoice["taxes_amount_cents"] == 190)
            #expect(invoice["prepaid_credit_amount_cents"] == 1_190 && invoice["total_amount_cents"] == 0)
            #expect(invoice["prepaid_granted_credit_amount_cents"] == 1_190)
            #expect(invoice["payment_status"] == "succeeded" && invoice["issuing_date"] == "2026-09-01")
            let past = try await client.get("/api/v1/customers/c/past_usage?external_subscription_id=sub_c")
            let period = try #require(past.body["usage_periods"]?.array?.first)
            #expect(period["amount_cents"] == 1_000 && period["lago_invoice_id"] == invoice["lago_id"])
            #expect(period["to_datetime"] == "2026-08-31T23:59:59Z")
        }
    }

    @Test func `what wallets do not cover stays to be paid`() async throws {
        try await self.withBilling { sandbox, client in
            try sandbox.createCustomer("c", credits: "4.0")
            try sandbox.recordUsage(customer: "c", units: "100")
            sandbox.advanceToBilling()
            let invoice = try #require(try await self.invoices(client, "c").first)
            #expect(invoice["total_due_amount_cents"] == 600 && invoice["payment_status"] == "pending")
            #expect(self.cents(sandbox, "c") == [0])
            #expect(sandbox.deliveries.contains { $0.webhookType == "wallet.depleted_ongoing_balance" })
        }
    }

    @Test func `wallets pay by priority, then age, and only what they are for`() async throws {
        try await self.withBilling { sandbox, client in
            try sandbox.createCustomer("c")
            try sandbox.createPlan("storage", unitPrice: "1", baseCents: 300)
            try sandbox.subscribe("c", to: "storage")
            try sandbox.createWallet(for: "c", granted: "50")
            try sandbox.createWallet(for: "c", granted: "2", priority: 1, feeTypes: ["subscription"])
            try sandbox.createWallet(for: "c", granted: "6", priority: 2, metricCodes: ["storage"])
            try sandbox.createWallet(for: "c", granted: "50")
            try sandbox.recordUsage(customer: "c", units: "5", subscription: "sub_c_storage")
            try sandbox.recordUsage(customer: "c", units: "20", subscription: "sub_c")
            sandbox.advanceToBilling()
            // 3.00 base, 5.00 storage, 2.00 calls: the oldest unrestricted wallet pays 1.00 of the base, and the calls.
            #expect(self.cents(sandbox, "c") == [4_700, 0, 100, 5_000])
            let invoices = try await self.invoices(client, "c")
            #expect(invoices.count == 1 && invoices.first?["prepaid_credit_amount_cents"] == 1_000)
        }
    }

    @Test func `usage alone refreshes no ongoing balance, but credits do`() async throws {
        try await self.withBilling { sandbox, _ in
            try sandbox.createCustomer("c", credits: "10.0")
            let id = try #require(sandbox.wallets(of: "c").first).id
            let before = sandbox.deliveries.count
            try sandbox.recordUsage(customer: "c", units: "250")
            #expect(sandbox.wallet(id: id)?.ongoingUsageCents == 0)
            #expect(sandbox.deliveries.count == before)
            try sandbox.grant("5.0", wallet: id)
            #expect(sandbox.wallet(id: id)?.ongoingUsageCents == 2_500)
            #expect(
                self.types(sandbox, from: before) == [
                    "wallet_transaction.created", "wallet.updated", "wallet.depleted_ongoing_balance",
                ]
            )
            try sandbox.grant("5.0", wallet: id)
            #expect(self.types(sandbox, from: before).filter { $0 == "wallet.depleted_ongoing_balance" }.count == 1)
            try sandbox.recordUsage(customer: "c", units: "10")
            try sandbox.createWallet(for: "c", priority: 10)
            #expect(sandbox.wallet(id: id)?.ongoingUsageCents == 2_500)
        }
    }

    @Test func `under a licence each usage event refreshes`() async throws {
        try await self.withBilling {
            $0.isPremium = true
        } body: { sandbox, _ in
            try sandbox.createCustomer("c", credits: "10.0")
            let id = try #require(sandbox.wallets(of: "c").first).id
            try sandbox.recordUsage(customer: "c", units: "99")
            #expect(sandbox.wallet(id: id)?.ongoingUsageCents == 990)
            #expect(!sandbox.deliveries.contains { $0.webhookType == "wallet.depleted_ongoing_balance" })
            try sandbox.recordUsage(customer: "c", units: "1")
            #expect(sandbox.deliveries.last?.webhookType == "wallet.depleted_ongoing_balance")
        }
    }

    @Test func `the last wallet that may pay takes the overflow`() async throws {
        try await self.withBilling { sandbox, _ in
            try sandbox.createCustomer("c")
            try sandbox.createWallet(for: "c", granted: "3", priority: 1)
            try sandbox.createWallet(for: "c", granted: "4", priority: 2)
            try sandbox.createWallet(for: "c", granted: "9", priority: 3, feeTypes: ["subscription"])
            try sandbox.recordUsage(customer: "c", units: "100")
            let id = try #require(sandbox.wallets(of: "c").last).id
            try sandbox.void("1", wallet: id)
            #expect(sandbox.wallets(of: "c").map(\.ongoingUsageCents) == [300, 700, 0])
        }
    }

    @Test func `an event paid in advance is a fee and an invoice at once`() async throws {
        try await self.withBilling { sandbox, client in
            try sandbox.createCustomer("c", credits: "10.0")
            let before = sandbox.deliveries.count
            try sandbox.recordUsage(customer: "c", units: "1", code: "exports")
            #expect(
                self.types(sandbox, from: before) == [
                    "fee.created", "wallet.updated", "wallet_transaction.created", "invoice.created",
                    "invoice.generated",
                ]
            )
            let fee = try JSONValue(parsing: try #require(sandbox.deliveries.dropFirst(before).first).body.utf8)["fee"]
            #expect(fee?["external_customer_id"] == "c" && fee?["amount_cents"] == 50 && fee?["pay_in_advance"] == true)
            #expect(self.cents(sandbox, "c") == [950])
            // Current usage shows it all the same.
            #expect(try await self.usage(client, "c") == 50)
            sandbox.advanceToBilling()
            #expect(self.cents(sandbox, "c") == [950])
        }
    }

    @Test func `a subscription that ends is billed at once`() async throws {
        try await self.withBilling { sandbox, client in
            try sandbox.createCustomer("c", credits: "10.0")
            try sandbox.recordUsage(customer: "c", units: "10")
            try sandbox.endSubscription("sub_c")
            #expect(self.cents(sandbox, "c") == [900])
            let id = try #require(try await self.invoices(client, "c").first?["lago_id"]?.string)
            let invoice = try await client.get("/api/v1/invoices/" + id).body["invoice"]
            let reason = invoice?["billing_periods"]?.array?.first?["invoicing_reason"]
            #expect(reason == "subscription_terminating")
            sandbox.advanceToBilling()
            #expect(try await self.invoices(client, "c").count == 1)
        }
    }

    @Test func `without decimals, amounts are whole units`() async throws {
        try await self.withBilling {
            $0.taxPercent = FixedDecimal(units: 1_000_000)
        } body: { sandbox, client in
            try sandbox.createCustomer("t", currency: "JPY", credits: "1000.0")
            try sandbox.recordUsage(customer: "t", units: "123.5")
            #expect(try await self.usage(client, "t") == 136)
            sandbox.advanceToBilling()
            #expect(self.cents(sandbox, "t") == [864])
            #expect(sandbox.wallets(of: "t").first?.creditsBalance == FixedDecimal("864.0"))
        }
    }

    @Test func `compressed periods follow each other`() async throws {
        try await self.withBilling {
            $0.periodLength = .seconds(90)
            $0.billingDelay = .seconds(5)
        } body: { sandbox, client in
            try sandbox.createCustomer("c", credits: "10.0")
            for number in 1...3 {
                try sandbox.recordUsage(customer: "c", units: "10")
                sandbox.advanceToBilling()
                #expect(self.cents(sandbox, "c") == [1_000 - 100 * Int64(number)])
            }
            let invoices = try await self.invoices(client, "c")
            #expect(invoices.count == 3 && invoices.allSatisfy { $0["fees_amount_cents"] == 100 })
            #expect(sandbox.now == Self.noon + 275)
        }
    }

    @Test(arguments: 1...20)
    func `credits that came in are consumed or still there`(seed: UInt64) async throws {
        var random = SplitMix(state: seed)
        let rate = ["1.0", "0.3", "0.07", "3.5"][Int(random.next() % 4)]
        try await self.withBilling {
            $0.taxPercent = FixedDecimal(units: 770_000)
        } body: { sandbox, client in
            try sandbox.createCustomer("c")
            var ids: [String] = []
            for priority in 1...3 {
                ids.append(try sandbox.createWallet(for: "c", rate: rate, granted: "50", priority: priority).id)
            }
            for _ in 1...20 {
                let id = ids[Int(random.next() % 3)]
                switch random.next() % 5 {
                case 0: try sandbox.grant("\(random.next() % 90).25", wallet: id)
                case 1: try sandbox.settle(try sandbox.purchase("1\(random.next() % 90).5", wallet: id))
                case 2: try sandbox.recordUsage(customer: "c", units: "1", code: "exports")
                case 3: try sandbox.recordUsage(customer: "c", units: "\(random.next() % 300).125")
                default: sandbox.advanceToBilling()
                }
            }
            var settled: Int64 = 0
            var paid: Int64 = 0
            for id in ids {
                let wallet = try #require(sandbox.wallet(id: id))
                let list = try await client.get("/api/v1/wallets/\(id)/wallet_transactions?per_page=1000")
                var credits = FixedDecimal.zero
                for item in try #require(list.body["wallet_transactions"]?.array) {
                    let amount = try #require((item["credit_amount"]?.string).flatMap { FixedDecimal($0) })
                    credits = item["transaction_type"] == "inbound" ? credits + amount : credits - amount
                    settled += item["remaining_amount_cents"]?.integer ?? 0
                }
                #expect(credits == wallet.creditsBalance && wallet.creditsBalance >= .zero && wallet.balanceCents >= 0)
                paid += wallet.balanceCents
            }
            #expect(settled == paid)
            for invoice in try await self.invoices(client, "c") where invoice["invoice_type"] == "subscription" {
                let prepaid = invoice["prepaid_credit_amount_cents"]?.integer ?? -1
                let total = invoice["sub_total_including_taxes_amount_cents"]?.integer ?? -1
                #expect(prepaid + (invoice["total_amount_cents"]?.integer ?? 0) == total && prepaid <= total)
            }
        }
    }
}
