import Foundation
import Money
import Sandbox
import Testing

@Suite(.serialized)
struct PaymentTests {
    @Test(
        arguments: [
            (SandboxConfiguration.Payments.wait, "pending", "120.0", 0), (.succeed, "settled", "130.0", 1),
            (.decline, "failed", "120.0", 0),
        ] as [(SandboxConfiguration.Payments, String, String, Int)]
    )
    func `purchased credits arrive with their payment`(
        payments: SandboxConfiguration.Payments,
        status: String,
        credits: String,
        settledCount: Int
    ) async throws {
        try await withSandbox {
            $0.payments = payments
        } body: { sandbox, client in
            try sandbox.addEndpoint(url: "http://127.0.0.1:1/", algorithm: .hmac)
            let id = try #require(sandbox.wallets(of: "cust_borealis").first).id
            let topUp = try sandbox.purchase("10", wallet: id)
            let shown = try await client.get("/api/v1/wallet_transactions/" + topUp).body["wallet_transaction"]
            #expect(shown?["status"] == .string(status))
            #expect(sandbox.wallet(id: id)?.creditsBalance == FixedDecimal(credits))
            let types = Set(sandbox.deliveries.map(\.webhookType))
            #expect(types.contains("invoice.paid_credit_added") && types.contains("invoice.generated"))
            #expect(types.contains("wallet_transaction.payment_failure") == (payments == .decline))
            #expect(types.contains("wallet_transaction.updated") == (payments != .wait))
            #expect(sandbox.deliveries.filter { $0.webhookType == "wallet.updated" }.count == settledCount)
        }
    }

    @Test func `what failed can still be settled, once`() async throws {
        try await withSandbox { sandbox, _ in
            let id = try #require(sandbox.wallets(of: "cust_tanuki").first).id
            let topUp = try sandbox.purchase("100", wallet: id)
            try sandbox.decline(topUp)
            #expect(sandbox.wallet(id: id)?.creditsBalance == FixedDecimal("5000.0"))
            for _ in 1...2 { try sandbox.settle(topUp) }
            #expect(sandbox.wallet(id: id)?.creditsBalance == FixedDecimal("5100.0"))
        }
    }

    @Test func `a terminated wallet takes nothing more and pays nothing more`() async throws {
        try await withSandbox { sandbox, client in
            let id = try #require(sandbox.wallets(of: "cust_borealis").first).id
            try sandbox.terminateWallet(id)
            #expect(throws: LagoFailure.self) { try sandbox.grant("1", wallet: id) }
            sandbox.advanceToBilling()
            #expect(sandbox.wallet(id: id)?.creditsBalance == FixedDecimal("120.0"))
            let invoice = try await client.get("/api/v1/invoices?external_customer_id=cust_borealis")
            #expect(invoice.body["invoices"]?.array?.first?["prepaid_credit_amount_cents"] == 0)
        }
    }

    @Test func `the control routes use, end a period and bill it`() async throws {
        try await withSandbox { sandbox, client in
            let used = try await client.send(
                "POST",
                "/sandbox/usage",
                ["external_customer_id": "cust_borealis", "units": "7"]
            )
            #expect(used.status == 200)
            #expect(try await client.send("POST", "/sandbox/periods/end").status == 200)
            #expect(sandbox.wallets(of: "cust_borealis").first?.balanceCents == 12_000)
            #expect(try await client.send("POST", "/sandbox/periods/bill").status == 200)
            #expect(sandbox.wallets(of: "cust_borealis").first?.balanceCents == 9_400)
            let topUp = try sandbox.purchase("5", wallet: try #require(sandbox.wallets(of: "cust_borealis").first).id)
            #expect(try await client.send("POST", "/sandbox/wallet_transactions/\(topUp)/decline").status == 200)
            #expect(try await client.send("POST", "/sandbox/wallet_transactions/\(topUp)/settle").status == 200)
            #expect(sandbox.wallets(of: "cust_borealis").first?.balanceCents == 9_900)
            let unknown = try await client.send("POST", "/sandbox/usage", ["external_customer_id": "no"])
            #expect(unknown.code == "customer_not_found")
        }
    }
}
