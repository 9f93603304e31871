import Foundation
import Money
import Sandbox
import TestSupport
import Testing
import Transport

/// The simulated payment provider, and what Lago does beside it in its own time.
@Suite(.serialized)
struct ProviderTests {
    private static let customer = "cust_borealis"
    private static let hour = Duration.seconds(3600)

    /// A purchase of 10 credits, by its id, and the client that shows it.
    private func purchase(_ sandbox: Sandbox, of customer: String = Self.customer) throws -> String {
        try sandbox.purchase("10", wallet: try #require(sandbox.wallets(of: customer).first).id)
    }

    private func status(_ client: LagoClient, _ transaction: String) async throws -> String? {
        let answer = try await client.get("/api/v1/wallet_transactions/\(transaction)")
        return answer.body["wallet_transaction"]?["status"]?.string
    }

    @Test func `a provider treats each customer as it is told, from then on`() async throws {
        try await withSandbox {
            $0.payments = .succeed
        } body: { sandbox, client in
            sandbox.setPayments(.decline, of: "cust_marisol")
            let (paid, declined) = (try self.purchase(sandbox), try self.purchase(sandbox, of: "cust_marisol"))
            #expect(try await self.status(client, paid) == "settled")
            #expect(try await self.status(client, declined) == "failed")
            let answer = try await client.send(
                "PUT",
                "/sandbox/payments",
                ["outcome": "succeed", "external_customer_id": "cust_marisol"]
            )
            #expect(answer.status == 200)
            #expect(try await client.send("PUT", "/sandbox/payments", ["outcome": "steal"]).status == 400)
            let invoice = try #require(sandbox.invoiceIDs(of: "cust_marisol").last)
            #expect(try await client.send("POST", "/api/v1/invoices/\(invoice)/retry_payment").status == 200)
            #expect(try await self.status(client, declined) == "settled")
            #expect(sandbox.charges(of: "cust_marisol").map(\.how) == [.retry])
            #expect(sandbox.charges(of: Self.customer).map(\.cents) == [1000])
        }
    }

    @Test func `the invoice of a purchase comes from a job, and a job that died makes none`() async throws {
        try await withSandbox {
            $0.payments = .succeed
            $0.creditInvoiceDelay = Self.hour
        } body: { sandbox, client in
            let purchase = try self.purchase(sandbox)
            let path = "/api/v1/wallet_transactions/\(purchase)"
            let shown = try await client.get(path).body["wallet_transaction"]
            #expect(shown?["status"] == "pending" && shown?["lago_invoice_id"] == .null)
            let early = try await client.send("POST", path + "/payment_url")
            #expect(early.status == 422 && early.details?["base"] == ["wallet_transaction_has_no_attached_invoice"])
            sandbox.advance(by: Self.hour)
            #expect(try await self.status(client, purchase) == "settled")
            sandbox.delayCreditInvoices(by: nil)
            let lost = try self.purchase(sandbox)
            sandbox.advance(by: .seconds(86_400))
            #expect(try await self.status(client, lost) == "pending")
            #expect(sandbox.charges(of: Self.customer).count == 1)
        }
    }

    @Test func `a charge that is under way is not made twice, and one by the link beside it is`() async throws {
        try await withSandbox {
            $0.payments = .decline
        } body: { sandbox, client in
            let purchase = try self.purchase(sandbox)
            let invoice = try #require(sandbox.invoiceIDs(of: Self.customer).last)
            sandbox.setPayments(.succeed)
            sandbox.delayPayments(by: Self.hour)
            let retry = "/api/v1/invoices/\(invoice)/retry_payment"
            #expect(try await client.send("POST", retry).status == 200)
            let second = try await client.send("POST", retry)
            #expect(second.status == 405 && second.code == "payment_processor_is_currently_handling_payment")
            try sandbox.payByLink(invoice)
            #expect(try await self.status(client, purchase) == "settled")
            sandbox.advance(by: Self.hour)
            #expect(try await self.status(client, purchase) == "settled")
            #expect(sandbox.charges(of: Self.customer).map(\.how) == [.link, .retry])
            #expect(try await client.send("POST", retry).code == "invalid_status")
            let wallet = try #require(sandbox.wallets(of: Self.customer).first)
            #expect(wallet.creditsBalance == FixedDecimal("130.0"), "the credits are there once")
        }
    }

    @Test func `a payment that needs a confirmation waits for the customer`() async throws {
        try await withSandbox {
            $0.payments = .needsAction
        } body: { sandbox, client in
            try sandbox.addEndpoint(url: "http://127.0.0.1:1/", algorithm: .hmac)
            let purchase = try self.purchase(sandbox)
            let invoice = try #require(sandbox.invoiceIDs(of: Self.customer).last)
            #expect(sandbox.deliveries.map(\.webhookType).contains("payment.requires_action"))
            let payments = try await client.get("/api/v1/payments?invoice_id=\(invoice)").body["payments"]?.array
            #expect(payments?.count == 1 && payments?.first?["status"] == "requires_action")
            #expect(try await client.get("/api/v1/payments?invoice_id=none").body["payments"] == [])
            let link = try await client.send("POST", "/api/v1/wallet_transactions/\(purchase)/payment_url")
            let details = link.body["wallet_transaction_payment_details"]
            let url = try #require(details?["payment_url"]?.string)
            #expect(details?["payment_provider"] == "stripe")
            let again = try await client.send("POST", "/api/v1/invoices/\(invoice)/payment_url")
            #expect(again.body["invoice_payment_details"]?["payment_url"]?.string == url)

            let path = url.replacingOccurrences(of: "http://127.0.0.1:\(client.port)", with: "")
            #expect(try await client.get(path).text.contains("<button"))
            #expect(try await self.status(client, purchase) == "pending", "a look pays nothing")
            #expect(try await client.send("POST", path).text.contains("It is paid."))
            #expect(try await client.send("POST", path).status == 200)
            #expect(sandbox.charges(of: Self.customer).map(\.how) == [.link])
            #expect(try await self.status(client, purchase) == "settled")
            let late = try await client.send("POST", "/api/v1/wallet_transactions/\(purchase)/payment_url")
            #expect(late.details?["base"] == ["wallet_transaction_already_settled"])
            let paid = try await client.send("POST", "/api/v1/invoices/\(invoice)/payment_url")
            #expect(paid.details?["base"] == ["invalid_invoice_status_or_payment_status"])
        }
    }

    @Test func `without a provider there is no link, and what was not bought has none`() async throws {
        try await withSandbox { sandbox, client in
            let purchase = try self.purchase(sandbox, of: "cust_tanuki")
            let link = try await client.send("POST", "/api/v1/wallet_transactions/\(purchase)/payment_url")
            #expect(link.status == 422 && link.details?["base"] == ["no_linked_payment_provider"])
            let wallet = try #require(sandbox.wallets(of: Self.customer).first).id
            let grant = try sandbox.grant("1", wallet: wallet)
            let refused = try await client.send("POST", "/api/v1/wallet_transactions/\(grant)/payment_url")
            #expect(refused.details?["base"] == ["wallet_transaction_not_purchased"])
            #expect(try await client.send("POST", "/api/v1/invoices/none/payment_url").code == "invoice_not_found")
        }
    }

    @Test func `a PDF is made when it is asked for, and is read without a key`() async throws {
        try await withSandbox {
            $0.documentDelay = Self.hour
        } body: { sandbox, client in
            try sandbox.addEndpoint(url: "http://127.0.0.1:1/", algorithm: .hmac)
            _ = try self.purchase(sandbox)
            let id = try #require(sandbox.invoiceIDs(of: Self.customer).last)
            let path = "/api/v1/invoices/\(id)/download"
            let first = try await client.send("POST", path)
            #expect(first.status == 200 && first.text.isEmpty)
            #expect(try await client.send("POST", path).text.isEmpty)
            sandbox.advance(by: Self.hour)
            #expect(try await !client.send("POST", path).text.isEmpty)
            let generated = sandbox.deliveries.filter { $0.webhookType == "invoice.generated" }
            #expect(generated.count == 1, "it was asked for often, and made once")
            let url = try #require(try await client.send("POST", path).body["invoice"]?["file_url"]?.string)
            #expect(url.hasPrefix("http://localhost:3000/rails/active_storage/blobs/redirect/"))
            let file = url.replacingOccurrences(of: "http://localhost:3000", with: "")
            let redirect = try await client.get(file, authorization: "none")
            #expect(redirect.status == 302)
            let target = try #require(redirect.header("Location"))
            let pdf = try await client.get(target, authorization: "none")
            #expect(pdf.response.body.starts(with: Array("%PDF-1.4".utf8)) && pdf.text.hasSuffix("%%EOF\n"))
            #expect(try await client.get(target.replacingOccurrences(of: "/disk/", with: "/disk/x")).status == 404)

            sandbox.delayDocuments(by: nil)
            _ = try self.purchase(sandbox)
            let other = try #require(sandbox.invoiceIDs(of: Self.customer).last)
            sandbox.advance(by: Self.hour)
            #expect(try await client.send("POST", "/api/v1/invoices/\(other)/download").text.isEmpty)
            try sandbox.voidInvoice(other)
            #expect(try await client.send("POST", "/api/v1/invoices/\(other)/download").status == 404)
        }
    }

    @Test(arguments: [("1.8.3", nil, 2), ("1.9.0", "x", 2), ("1.50.0", "x", 2), ("1.51.0", "x", 1)])
    func `metadata is kept and searched as the version does`(version: String, kept: String?, found: Int) async throws {
        try await withSandbox {
            $0.version = version
        } body: { sandbox, client in
            let wallet = try #require(sandbox.wallets(of: Self.customer).first).id
            let body: JSONValue = [
                "wallet_transaction": [
                    "wallet_id": .string(wallet), "paid_credits": "10.0", "metadata": [["key": "k", "value": "x"]],
                ]
            ]
            let made = try await client.send("POST", "/api/v1/wallet_transactions", body)
            let transaction = made.body["wallet_transactions"]?.array?.first
            #expect(transaction?["metadata"]?.array?.first?["value"]?.string == kept)
            #expect((transaction?["metadata"] == nil) == (kept == nil))
            let list = try await client.get("/api/v1/wallets/\(wallet)/wallet_transactions?metadata[k]=x")
            #expect(list.body["wallet_transactions"]?.array?.count == found)
        }
    }
}
