import Foundation
import Jobs
import LagoEvents
import Store
import TestSupport
import Testing

/// Store files as earlier versions left them, which every later version must open and go on with.
@Suite struct FixtureTests {
    @Test(arguments: ["2026-11-22-foundation", "2026-11-22-mail"])
    func `a file of an earlier version is migrated and worked on`(name: String) async throws {
        let folder = try TemporaryFolder()
        let path = folder.path("sluice.db")
        let fixture = try #require(Bundle.module.url(forResource: name, withExtension: "db", subdirectory: "Fixtures"))
        try FileManager.default.copyItem(atPath: fixture.path, toPath: path)
        let store = try Store(path: path)

        let events = try await store.events(limit: 1000)
        #expect(events.count == 46)
        let newest = try #require(events.first { $0.outcome == .processed })
        let body = try #require(try await store.event(idOrKey: newest.key)?.body)
        #expect(Envelope(body: body)?.webhookType?.rawValue == newest.webhookType)
        #expect(try await store.lagoIdentity().organization?.rawValue == "de300000-0000-4000-8000-000000000001")
        #expect(try await store.rejectedRequests(limit: 10).map(\.reason) == ["signature", "signature", "signature"])

        // What the worker of that version held, and what waited behind it, is worked by this one.
        #expect(try await store.write { try $0.releaseLeases(at: 10) } == 1)
        let held = try await store.write { try $0.claim(limit: 16, owner: "b", for: .seconds(30), at: 10) }
        #expect(held.map(\.key) == ["held"] && held.map(\.attempt) == [2])
        #expect(try await store.write { try $0.settle(held[0], as: .done, at: 11) })
        let next = try await store.write { try $0.claim(limit: 16, owner: "b", for: .seconds(30), at: 11) }
        #expect(next.map(\.key) == ["waiting"])
        #expect(try await store.jobs(JobFilter(state: .dead), limit: 10).map(\.key) == ["gone"])
    }

    @Test func `balances and mails of an earlier version are kept, and Lago is read anew`() async throws {
        let folder = try TemporaryFolder()
        let path = folder.path("sluice.db")
        let fixture = try #require(
            Bundle.module.url(forResource: "2026-11-22-mail", withExtension: "db", subdirectory: "Fixtures")
        )
        try FileManager.default.copyItem(atPath: fixture.path, toPath: path)
        let store = try Store(path: path)
        let customer = CustomerID(rawValue: "cust_1")
        #expect(try await store.balances(of: customer).map(\.credits) == ["15.0"])
        #expect(try await store.thresholds(of: customer, account: "EUR")?.descent == 1)
        #expect(try await store.messages(limit: 9).map(\.fact) == ["EUR/1/1"])
        #expect(try await store.reached(.baseline) == nil, "what was seen before is no fact yet")
        #expect(try await store.unlistedWallets(start: 9, pendingSince: 0, limit: 9).isEmpty, "no sweep has seen it")
    }

    @Test func `top-ups, decisions and facts of an earlier version are gone on with`() async throws {
        let folder = try TemporaryFolder()
        let path = folder.path("sluice.db")
        let fixture = try #require(
            Bundle.module.url(forResource: "2026-11-22-top-ups", withExtension: "db", subdirectory: "Fixtures")
        )
        try FileManager.default.copyItem(atPath: fixture.path, toPath: path)
        let store = try Store(path: path)
        let customer = CustomerID(rawValue: "cust_marisol")
        let topUp = try #require(try await store.topUps(of: customer, account: "EUR").first)
        #expect(topUp.id == "438c26dc-187e-47a3-a4f6-b6b2bcb1ae1b" && topUp.state == "submitted")
        let second = TopUp(
            id: "second",
            customer: customer,
            account: "EUR",
            wallet: topUp.wallet,
            origin: "automatic",
            state: "planned",
            credits: "50.0",
            cents: 5000,
            at: 1
        )
        #expect(try await !store.write { try $0.plan(second) }, "its place is taken")
        var settled = topUp
        (settled.state, settled.invoiceState) = ("settled", "closed")
        let changed = settled
        #expect(try await store.write { try $0.move(changed, from: "submitted") })
        #expect(try await store.write { try $0.plan(second) })
        #expect(try await store.topUpDecision(of: customer, account: "EUR")?.reason == "pending_top_up")

        let told = try await store.facts(beginning: "wallet_transaction/\(topUp.transactionID ?? "")/")
        #expect(told == ["created"])
        let type = WebhookType(rawValue: "wallet_transaction.payment_failure")
        let known = Fact(
            .walletTransaction,
            id: topUp.transactionID ?? "",
            "created",
            type: type,
            customer: customer,
            at: nil,
            detail: "words"
        )
        #expect(try await store.write { try $0.learn([known], from: .webhook, at: 9) }.isEmpty)
        #expect(try await store.detail(of: ["nothing", known.key]) == "words")
    }

    @Test func `suppressions of an earlier version still stop mail, and bounces join them`() async throws {
        let folder = try TemporaryFolder()
        let path = folder.path("sluice.db")
        let fixture = try #require(
            Bundle.module.url(forResource: "2026-11-22-outcomes", withExtension: "db", subdirectory: "Fixtures")
        )
        try FileManager.default.copyItem(atPath: fixture.path, toPath: path)
        let store = try Store(path: path)
        let kept = try await store.suppressions(limit: 9)
        #expect(
            kept.map { "\($0.address) \($0.kind ?? "all") \($0.reason.rawValue) \($0.at)" } == [
                "ada@example.com low_balance unsubscribed 1700000000001", "gone@example.com all refused 1700000000002",
                "never@example.com all operator 1700000000003",
                "never@example.com credits_expiring unsubscribed 1700000000004",
            ]
        )
        #expect(kept[1].detail?.hasPrefix("550 5.1.1 there is no such mailbox x") == true)
        #expect(kept[1].detail?.count == Suppression.detailLimit, "what was longer is cut off")
        let isNew = try await store.write {
            try $0.suppress("lost@example.com", kind: nil, reason: .bounced, detail: "5.1.1", at: 7)
        }
        #expect(isNew)
        #expect(try await store.suppression(of: "lost@example.com", kind: "invoice_issued")?.reason == .bounced)
        #expect(try await store.detail(of: ["nothing"]) == nil, "the facts have their column, too")
    }
}
