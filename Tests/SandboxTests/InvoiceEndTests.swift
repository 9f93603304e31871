import Foundation
import Money
import Sandbox
import Testing

/// Invoices that are voided, overdue, or given back; and how they are listed.
struct InvoiceEndTests {
    /// A sandbox that hears its own webhooks, at noon of 10 August 2026.
    private func withAugust(
        _ configure: (inout SandboxConfiguration) -> Void = { _ in },
        body: (Sandbox, LagoClient) async throws -> Void
    ) async throws {
        try await withSandbox {
            $0.now = { Date(timeIntervalSince1970: 1_786_363_200) }
            configure(&$0)
        } body: { sandbox, client in
            try sandbox.addEndpoint(url: "http://127.0.0.1:1/", algorithm: .hmac)
            try await body(sandbox, client)
        }
    }

    private func payload(_ type: String, of sandbox: Sandbox) throws -> JSONValue? {
        try sandbox.deliveries.last { $0.webhookType == type }.map { try JSONValue(parsing: $0.body.utf8) }
    }

    private func ids(_ path: String, _ client: LagoClient) async throws -> [String] {
        try await client.get("/api/v1" + path).body["invoices"]?.array?.compactMap { $0["lago_id"]?.string } ?? []
    }

    @Test func `a voided invoice is listed as such, and gives credits back`() async throws {
        try await self.withAugust { sandbox, client in
            let wallet = try #require(sandbox.wallets(of: "cust_borealis").first)
            try sandbox.recordUsage(customer: "cust_borealis", units: "1", code: "exports")
            let id = try #require(sandbox.invoiceIDs(of: "cust_borealis").last)
            #expect(sandbox.wallet(id: wallet.id)?.balanceCents == wallet.balanceCents - 50)
            let answer = try await client.send("POST", "/api/v1/invoices/\(id)/void")
            let invoice = answer.body["invoice"]
            #expect(answer.status == 200 && invoice?["status"] == "voided")
            #expect(invoice?["voided_at"] == "2026-08-10T12:00:00Z" && invoice?["total_due_amount_cents"] == 0)
            #expect(sandbox.wallet(id: wallet.id)?.balanceCents == wallet.balanceCents)
            #expect(try self.payload("invoice.voided", of: sandbox)?["invoice"]?["lago_id"] == .string(id))
            #expect(try await self.ids("/invoices?statuses[]=voided", client) == [id])
            #expect(try await self.ids("/invoices?status=finalized", client) == [])
            let again = try await client.send("POST", "/api/v1/invoices/\(id)/void")
            #expect(again.status == 405 && again.code == "not_voidable")
            let update = try await client.send(
                "PUT",
                "/api/v1/invoices/" + id,
                ["invoice": ["payment_status": "succeeded"]]
            )
            #expect(update.status == 405 && update.code == "update_on_voided_invoice")
            #expect(throws: LagoFailure.self) { try sandbox.voidInvoice("nobody's") }
        }
    }

    @Test func `an unpaid invoice is overdue on the day after its due day, until it is paid`() async throws {
        try await self.withAugust { sandbox, client in
            let wallet = try #require(sandbox.wallets(of: "cust_borealis").first).id
            for _ in 1...3 { try sandbox.purchase("10", wallet: wallet) }
            let (first, second, third) = try #require(sandbox.invoiceIDs(of: "cust_borealis").triple)
            try sandbox.payInvoice(first)
            try sandbox.voidInvoice(second)
            sandbox.advance(by: .seconds(12 * 3600 - 1))
            #expect(try self.payload("invoice.payment_overdue", of: sandbox) == nil)
            sandbox.advance(by: .seconds(1))
            let told = sandbox.deliveries.filter { $0.webhookType == "invoice.payment_overdue" }
            #expect(told.count == 1)
            let object = try self.payload("invoice.payment_overdue", of: sandbox)?["invoice"]
            #expect(object?["lago_id"] == .string(third) && object?["payment_overdue"] == true)
            #expect(try await self.ids("/invoices?payment_overdue=true", client) == [third])
            sandbox.advance(by: .seconds(86_400))
            #expect(sandbox.deliveries.count { $0.webhookType == "invoice.payment_overdue" } == 1)
            try sandbox.payInvoice(third)
            #expect(try await self.ids("/invoices?payment_overdue=true", client) == [])
        }
    }

    @Test func `payment statuses and issuing dates narrow the list over all pages`() async throws {
        try await self.withAugust { sandbox, client in
            let wallet = try #require(sandbox.wallets(of: "cust_borealis").first).id
            var days: [[String]] = []
            for _ in 1...4 {
                for _ in 1...3 { try sandbox.purchase("1", wallet: wallet) }
                days.append(Array(sandbox.invoiceIDs(of: "cust_borealis").suffix(3)))
                try sandbox.payInvoice(days[days.count - 1][0])
                try sandbox.declineInvoice(days[days.count - 1][1])
                sandbox.advance(by: .seconds(86_400))
            }
            let filter = "payment_statuses[]=pending&payment_statuses[]=failed&issuing_date_from=2026-08-11"
            let wanted = days.dropFirst().flatMap { $0.dropFirst() }.reversed()
            var listed: [String] = []
            for page in 1...3 {
                let answer = try await client.get("/api/v1/invoices?\(filter)&per_page=2&page=\(page)").body
                listed += answer["invoices"]?.array?.compactMap { $0["lago_id"]?.string } ?? []
                #expect(answer["meta"]?["total_count"] == 6 && answer["meta"]?["total_pages"] == 3)
                #expect(answer["meta"]?["next_page"] == (page < 3 ? .integer(page + 1) : .null))
            }
            #expect(listed == Array(wanted))
            let range = "issuing_date_from=2026-08-11&issuing_date_to=2026-08-12&payment_status=succeeded"
            #expect(try await self.ids("/invoices?" + range, client) == [days[2][0], days[1][0]])
            #expect(try await self.ids("/invoices?issuing_date_from=soon&per_page=100000", client).count == 12)
        }
    }

    @Test func `the total of invoices is as old as half an hour, if it is to be`() async throws {
        for isCached in [false, true] {
            try await self.withAugust {
                $0.cachesInvoiceTotals = isCached
            } body: { sandbox, client in
                let wallet = try #require(sandbox.wallets(of: "cust_borealis").first).id
                func total(_ query: String) async throws -> JSONValue? {
                    try await client.get("/api/v1/invoices?" + query).body["meta"]?["total_count"]
                }
                try sandbox.purchase("1", wallet: wallet)
                #expect(try await total("per_page=1") == 1)
                try sandbox.purchase("1", wallet: wallet)
                #expect(try await total("page=2") == (isCached ? 1 : 2))
                #expect(try await self.ids("/invoices", client).count == 2)
                #expect(try await total("payment_status=pending") == 2)
                sandbox.advance(by: .seconds(1800))
                #expect(try await total("") == 2)
            }
        }
    }

    @Test func `credit notes are told of, listed and shown`() async throws {
        try await self.withAugust { sandbox, client in
            let wallet = try #require(sandbox.wallets(of: "cust_borealis").first).id
            try sandbox.purchase("10", wallet: wallet)
            let invoice = try #require(sandbox.invoiceIDs(of: "cust_borealis").first)
            let first = try sandbox.issueCreditNote(invoice: invoice, cents: 400)
            sandbox.advance(by: .seconds(86_400))
            let second = try sandbox.issueCreditNote(invoice: invoice, cents: 600, isRefund: true)
            #expect(throws: LagoFailure.self) { try sandbox.issueCreditNote(invoice: invoice, cents: 1) }
            let told = try self.payload("credit_note.created", of: sandbox)?["credit_note"]
            #expect(told?["lago_id"] == .string(second) && told?["customer"]?["external_id"] == "cust_borealis")
            #expect(told?["refund_status"] == "pending" && told?["credit_status"] == .null)

            func notes(_ query: String) async throws -> [String] {
                let answer = try await client.get("/api/v1/credit_notes?" + query)
                return answer.body["credit_notes"]?.array?.compactMap { $0["lago_id"]?.string } ?? []
            }
            #expect(try await notes("external_customer_id=cust_borealis") == [second, first])
            #expect(try await notes("issuing_date_to=2026-08-10") == [first])
            #expect(try await notes("issuing_date_from=2026-08-11") == [second])
            #expect(try await notes("external_customer_id=cust_marisol") == [])
            #expect(try await notes("external_customer_id=nobody") == [])
            let shown = try await client.get("/api/v1/credit_notes/" + first)
            #expect(shown.body["credit_note"]?["total_amount_cents"] == 400)
            #expect(shown.body["credit_note"]?["customer"] == nil)
            #expect(try await client.get("/api/v1/credit_notes/x").code == "credit_note_not_found")
        }
    }
}

extension [String] {
    fileprivate var triple: (String, String, String)? {
        self.count == 3 ? (self[0], self[1], self[2]) : nil
    }
}
