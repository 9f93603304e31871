import Foundation
import LagoAPI
import Logging
import Money
import Sandbox
import Settings
import TestSupport
import Testing
import Transport

/// The client against the simulated Lago, over a socket.
@Suite struct LagoSandboxTests {
    private func withSandbox(key: String? = nil, during body: (LagoClient) async throws -> Void) async throws {
        try await self.withPeer(key: key) { lago, _ in try await body(lago) }
    }

    private func withPeer(
        key: String? = nil,
        customers: Int = 2,
        deadline: Duration = .seconds(30),
        during body: (LagoClient, Sandbox) async throws -> Void
    ) async throws {
        let engine = try TransferEngine()
        try await SandboxPeer.running {
            $0.customers = SandboxPeer.customers(customers)
        } body: { peer in
            try await body(
                LagoClient(
                    address: try #require(LagoAddress(peer.url)),
                    key: key ?? peer.sandbox.configuration.apiKey,
                    engine: engine,
                    limiter: RateLimiter(requestsPerSecond: 1000),
                    logger: Logger(label: "test"),
                    deadline: deadline
                ),
                peer.sandbox
            )
        }
        await engine.shutdown()
    }

    @Test func `its wallets are read, a customer's and everybody's`() async throws {
        try await self.withSandbox { lago in
            let own = try await lago.wallets(externalCustomerID: "cust_1", activeOnly: true)
            #expect(own.map(\.externalCustomerID) == ["cust_1"])
            #expect(own.allSatisfy { $0.isActive && $0.balanceCents == 10_000 && $0.restriction.isNone })
            #expect(own.allSatisfy { $0.credits.balance.cents(rate: $0.rate, currency: $0.currency) == 10_000 })
            let all = try await lago.wallets().all()
            #expect(Set(all.map(\.externalCustomerID)) == ["cust_1", "cust_2"])
            let again = try own.map { try LagoWallet(json: $0.json) }
            #expect(again == own)
        }
    }

    @Test func `it knows no strangers, and takes no other key`() async throws {
        try await self.withSandbox { lago in
            let error = await #expect(throws: LagoError.self) { try await lago.wallets(externalCustomerID: "nobody") }
            #expect(error == .notFound(code: "customer_not_found"))
        }
        try await self.withSandbox(key: "wrong") { lago in
            let error = await #expect(throws: LagoError.self) { try await lago.wallets().all() }
            #expect(error == .unauthorized)
        }
    }

    @Test func `usage of the whole organisation is read by its time`() async throws {
        try await self.withPeer { lago, sandbox in
            let start = Int64(sandbox.now.timeIntervalSince1970 * 1000)
            try sandbox.recordUsage(customer: "cust_1", units: "1")
            sandbox.advance(by: .seconds(10))
            try sandbox.recordUsage(customer: "cust_2", units: "1")
            let all = try await lago.events(from: start, pageSize: 1).all()
            #expect(all.map(\.externalSubscriptionID) == ["sub_cust_2", "sub_cust_1"])
            #expect(all.allSatisfy { $0.code == "api_calls" && $0.timestamp >= start })
            let first = try #require(all.last)
            let exact = try await lago.events(from: first.timestamp, to: first.timestamp + 1).all()
            #expect(exact == [first])
            let later = try await lago.events(from: first.timestamp + 1).all()
            #expect(later.map(\.id) == [all[0].id])
        }
    }

    @Test func `credit notes and voided invoices are read`() async throws {
        try await self.withPeer { lago, sandbox in
            let wallet = try #require(sandbox.wallets(of: "cust_1").first).id
            for _ in 1...2 { try sandbox.purchase("10", wallet: wallet) }
            let invoices = sandbox.invoiceIDs(of: "cust_1")
            let id = try sandbox.issueCreditNote(invoice: invoices[0], cents: 250)
            let now = Int64(sandbox.now.timeIntervalSince1970 * 1000)
            let filter = LagoCreditNoteFilter(externalCustomerID: "cust_1", issuedFrom: now, issuedTo: now)
            let note = try #require(try await lago.creditNotes(filter).all().first)
            #expect(note.id == id && note.invoiceID == invoices[0] && note.totalCents == 250)
            #expect(note.creditStatus == "available" && note.refundStatus == nil && note.externalCustomerID == nil)
            let shown = try await lago.creditNote(id: id)
            #expect(shown == note)
            let others = LagoCreditNoteFilter(externalCustomerID: "cust_2")
            #expect(try await lago.creditNotes(others).all().isEmpty)
            let error = await #expect(throws: LagoError.self) { try await lago.creditNote(id: "none") }
            #expect(error == .notFound(code: "credit_note_not_found"))
            try sandbox.voidInvoice(invoices[1])
            let voided = try await lago.invoices(LagoInvoiceFilter(statuses: [.voided])).all()
            #expect(voided.map(\.id) == [invoices[1]] && voided[0].voidedAt != nil)
        }
    }

    @Test func `a sweep of a list that grows meanwhile meets each wallet once`() async throws {
        try await self.withPeer(customers: 250) { lago, sandbox in
            var seen: [String] = []
            var pages: [Int] = []
            for try await batch in lago.on(.sweep).wallets().batches {
                seen += batch.objects.map(\.externalCustomerID)
                pages.append(batch.page)
                #expect(batch.unreadable.isEmpty)
                if pages.count < 3 { try sandbox.createCustomer("new_\(pages.count)", credits: "1.0") }
            }
            #expect(pages == [1, 2, 3] && sandbox.requestCount("/wallets") == 3)
            #expect(seen.count == 250 && Set(seen).count == 250)
        }
    }

    @Test func `every fault of the API is one that may pass`() async throws {
        let faults: [(WritableKeyPath<Faults, Faults.Chance>, String)] = [
            (\.serverError, "server"), (\.rateLimited, "rate_limited"), (\.garbage, "unreadable"),
            (\.closedBeforeEffect, "connection_lost"),
        ]
        try await self.withPeer { lago, sandbox in
            for (fault, label) in faults {
                sandbox.faults = Faults()
                sandbox.faults.only = "/wallets"
                sandbox.faults[keyPath: fault] = .always
                let error = await #expect(throws: LagoError.self) { try await lago.wallets().all() }
                #expect(error?.label == label)
                #expect(error?.canRetryHelp == true)
                if label == "rate_limited" { #expect(error == .rateLimited(resetSeconds: 1)) }
                _ = try await lago.organization()
            }
        }
        try await self.withPeer(deadline: .milliseconds(300)) { lago, sandbox in
            sandbox.faults.hanging = .always
            let error = await #expect(throws: LagoError.self) { try await lago.wallets().all() }
            #expect(error?.label == "timed_out" && error?.canRetryHelp == true)
        }
    }
}
