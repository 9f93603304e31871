import Foundation
import Jobs
import LagoAPI
import LagoEvents
import Sandbox
import Settings
import Signatures
import Store
import TestSupport
import Testing
import Transport
import Worker

/// What no webhook told is found, once, and what one told is left alone.
@Suite(.timeLimit(.minutes(3))) struct SweepTests {
    /// A Lago with history, whose webhooks are all lost, and a store that has read its baseline.
    private func healing(
        body: (SweepFixture, SandboxPeer) async throws -> Void
    ) async throws {
        try await SandboxPeer.running {
            $0.customers = SandboxPeer.customers(3)
            $0.payments = .wait
        } body: { lago in
            lago.sandbox.faults.droppedWebhook = .always
            _ = try lago.sandbox.addEndpoint(url: "http://127.0.0.1:9/")
            try Self.live(lago, until: "history")
            var fixture = try await SweepFixture(lago)
            // What happened in the second in which a first reading begins is news.
            fixture.ahead = 2_000
            try await fixture.sweep(times: 2)
            try await body(fixture, lago)
        }
    }

    /// Credits are bought, paid, refused and granted; usage is billed; a subscription and a wallet end.
    private static func live(_ lago: SandboxPeer, until what: String) throws {
        let sandbox = lago.sandbox
        let wallet = try #require(sandbox.wallets(of: "cust_1").first)
        try sandbox.settle(try sandbox.purchase("10", wallet: wallet.id))
        try sandbox.decline(try sandbox.purchase("20", wallet: wallet.id))
        try sandbox.grant("5", wallet: wallet.id)
        try sandbox.createCustomer("new_\(what)", credits: "7")
        try sandbox.recordUsage(customer: "new_\(what)", units: "30")
        try sandbox.endSubscription("sub_new_\(what)")
        let second = try sandbox.createWallet(for: "cust_2", granted: "3")
        try sandbox.terminateWallet(second.id)
    }

    @Test func `a Lago full of history is no news`() async throws {
        try await self.healing { fixture, _ in
            #expect(try await fixture.store.events(limit: 9).isEmpty)
            #expect(try await fixture.store.serviceLevel(since: 0).healed == 0)
            let known = try await fixture.store.sweeps(limit: 9)
            #expect(known.last?.kind == .baseline && known.dropLast().allSatisfy { $0.kind == .sweep })
            #expect(known.allSatisfy { $0.healed == 0 } && known.last?.seen ?? 0 > 20, "\(known)")
        }
    }

    @Test func `all that no webhook told is found by one sweep, and by it alone`() async throws {
        try await self.healing { fixture, lago in
            let before = lago.sandbox.deliveries.count
            try Self.live(lago, until: "now")
            let lost = lago.sandbox.deliveries.dropFirst(before)
            let facts = lost.flatMap { LagoPayload(webhook: Array($0.body.utf8)).map(Fact.shown(by:)) ?? [] }
            let told = Set(try await fixture.store.unknown(of: facts).map(\.key))
            try await fixture.sweep(times: 1)
            let healed = try await fixture.store.events(limit: 100)
            #expect(healed.allSatisfy { $0.origin == .healed && $0.customer != nil })
            // Every fact that the lost webhooks tell is made an event of its own.
            let found = Set(healed.map { $0.key.dropFirst("healed/".count) }.map(String.init))
            let missing = told.subtracting(found)
            // Balances that another followed before anybody looked are history.
            #expect(missing.allSatisfy { $0.contains("/balance/") }, "\(missing)")
            #expect(found.count == healed.count && found.count >= 14, "\(found)")
            for type in [
                "wallet.created", "wallet.updated", "wallet.terminated", "wallet_transaction.created",
                "wallet_transaction.updated", "invoice.paid_credit_added", "invoice.created",
                "invoice.payment_status_updated", "subscription.started", "subscription.terminated",
            ] { #expect(healed.contains { $0.webhookType == type }, "\(type)") }
            try await fixture.sweep(times: 2)
            #expect(try await fixture.store.events(limit: 100).count == healed.count)
        }
    }

    @Test func `a healed event is like the webhook, marked, with the object as it was read`() async throws {
        try await self.healing { fixture, lago in
            let wallet = try #require(lago.sandbox.wallets(of: "cust_1").first)
            try lago.sandbox.settle(try lago.sandbox.purchase("11", wallet: wallet.id))
            try await fixture.sweep(times: 1)
            let paid = try #require(
                try await fixture.store.events(EventFilter(webhookType: "invoice.payment_status_updated"), limit: 1)
                    .first
            )
            let body = try #require(try await fixture.store.event(idOrKey: paid.key)?.body)
            let envelope = try #require(Envelope(body: body))
            #expect(envelope.webhookType?.rawValue == "invoice.payment_status_updated")
            #expect(envelope.customer?.rawValue == "cust_1" && paid.customer == "cust_1")
            guard case .invoice(let invoice) = LagoPayload(webhook: body) else { throw Missing() }
            let client = try LookTests.client(of: lago)
            #expect(invoice.paymentStatus == "succeeded" && paid.key == "healed/invoice/\(invoice.id)/paid")
            var pages = client.invoices(LagoInvoiceFilter(externalCustomerID: "cust_1")).makeAsyncIterator()
            #expect(try await pages.next()?.first { $0.id == invoice.id }?.json == invoice.json)
            let text = String(decoding: body, as: UTF8.self)
            #expect(text.contains(#""healed":{"fact":"invoice/\#(invoice.id)/paid","found_at":""#))
        }
    }

    @Test(arguments: [true, false])
    func `late or early, a webhook and a sweep tell a fact once`(sweepIsFirst: Bool) async throws {
        try await self.healing { fixture, lago in
            let before = lago.sandbox.deliveries.count
            try Self.live(lago, until: "now")
            let lost = Array(lago.sandbox.deliveries.dropFirst(before))
            try await fixture.fixture.working {
                if sweepIsFirst { try await fixture.sweep(times: 1) }
                for delivery in lost { try await fixture.deliver(delivery) }
                try #require(try await fixture.isWorked())
                if !sweepIsFirst { try await fixture.sweep(times: 1) }
            }
            let events = try await fixture.store.events(limit: 200)
            let healed = events.count { $0.origin == .healed }
            let level = try await fixture.store.serviceLevel(since: 0)
            if sweepIsFirst {
                let late = events.filter { $0.origin == .webhook && $0.outcome == .repeat }
                // What tells nothing of its own stays what it is: `customer.created`, `invoice.generated`.
                #expect(late.count > 12 && healed == level.healed, "\(late.count) of \(lost.count) were late")
            } else {
                #expect(healed == 0 && level.healed == 0 && level.live > 14)
                #expect(events.allSatisfy { $0.outcome == .processed || $0.outcome == .ignored })
            }
        }
    }

    @Test func `a webhook and a sweep at the same moment tell a fact once`() async throws {
        try await self.healing { fixture, lago in
            let wallet = try #require(lago.sandbox.wallets(of: "cust_1").first)
            let before = lago.sandbox.deliveries.count
            try await fixture.fixture.working {
                for round in 1...8 {
                    try lago.sandbox.settle(try lago.sandbox.purchase("\(round)", wallet: wallet.id))
                    let lost = Array(lago.sandbox.deliveries.dropFirst(before))
                    async let sweep: Void = fixture.sweep(times: 1)
                    for delivery in lost { try await fixture.deliver(delivery) }
                    try await sweep
                }
                try #require(try await fixture.isWorked())
            }
            let level = try await fixture.store.serviceLevel(since: 0)
            let healed = try await fixture.store.events(limit: 500).filter { $0.origin == .healed }
            #expect(level.healed == healed.count && Set(healed.map(\.key)).count == healed.count)
            // Eight times: bought, settled, issued, paid; and up to eight balances.
            #expect((32...40).contains(level.live + level.healed), "\(level)")
        }
    }

    @Test func `what happened more than 72 hours ago is on record and mails nobody`() async throws {
        try await self.healing { fixture, lago in
            let wallet = try #require(lago.sandbox.wallets(of: "cust_1").first)
            try lago.sandbox.settle(try lago.sandbox.purchase("11", wallet: wallet.id))
            var later = fixture
            later.ahead = 80 * 3_600_000
            try await later.sweep(times: 1)
            let events = try await fixture.store.events(limit: 9)
            #expect(events.count == 5 && events.allSatisfy { $0.outcome == .tooOld }, "\(events)")
            // The balance is looked at all the same.
            #expect(try await fixture.store.jobs(JobFilter(customer: "cust_1", state: .available), limit: 9).count == 1)
        }
    }

    @Test func `an invoice that was paid leaves its list, and is asked for`() async throws {
        try await self.healing { fixture, lago in
            let wallet = try #require(lago.sandbox.wallets(of: "cust_3").first)
            let purchase = try lago.sandbox.purchase("9", wallet: wallet.id)
            try await fixture.sweep(times: 1)
            // Ten days on, the invoice is in the list of those to be paid only.
            lago.sandbox.advance(by: .seconds(10 * 86_400))
            var later = fixture
            later.ahead = 10 * 86_400_000
            try await later.sweep(times: 1)
            let open = try await fixture.store.openInvoices(notSeenSince: .max, limit: 100)
            try lago.sandbox.settle(purchase)
            try await later.sweep(times: 1)
            let left = Set(open).subtracting(try await fixture.store.openInvoices(notSeenSince: .max, limit: 100))
            let id = try #require(left.first)
            #expect(left.count == 1)
            let paid = try #require(try await fixture.store.event(idOrKey: "healed/invoice/\(id)/paid"))
            // It was seen unpaid a moment ago, so the payment is news, however old the invoice.
            #expect(paid.event.outcome == .pending)
        }
    }

    /// What Lago does wrong, and how often.
    private static let troubles: [(name: String, set: @Sendable (inout Faults) -> Void)] = [
        ("fails", { $0.serverError = .init(rate: 0.3) }), ("hangs up", { $0.closedBeforeEffect = .init(rate: 0.3) }),
        ("asks for pauses", { $0.rateLimited = .next(3) }), ("answers garbage", { $0.garbage = .init(rate: 0.2) }),
        ("does not answer", { $0.hanging = .next(2) }), ("is slow", { $0.latency = .milliseconds(100) }),
    ]

    @Test(arguments: 0..<Self.troubles.count)
    func `a Lago in trouble loses nothing and invents nothing`(number: Int) async throws {
        try await self.healing { fixture, lago in
            try Self.live(lago, until: "now")
            Self.troubles[number].set(&lago.sandbox.faults)
            try await fixture.sweep(times: 1)
            lago.sandbox.faults = Faults()
            lago.sandbox.faults.droppedWebhook = .always
            try await fixture.sweep(times: 2)
            let healed = try await fixture.store.events(limit: 200)
            #expect(healed.count >= 14, "\(Self.troubles[number].name)")
            #expect(Set(healed.map(\.key)).count == healed.count)
            let level = try await fixture.store.serviceLevel(since: 0)
            #expect(level.healed == healed.count && level.live == 0)
        }
    }

    @Test(arguments: ["/wallets/WALLET/wallet_transactions", "/invoices/"])
    func `one object that always fails holds up no other`(path: String) async throws {
        try await self.healing { fixture, lago in
            let wallets = try (1...3).map { try #require(lago.sandbox.wallets(of: "cust_\($0)").first).id }
            // An invoice that leaves its list while Lago cannot give it, and two purchases.
            let old = try lago.sandbox.purchase("9", wallet: wallets[2])
            try await fixture.sweep(times: 1)
            lago.sandbox.advance(by: .seconds(10 * 86_400))
            try lago.sandbox.settle(old)
            for wallet in wallets.prefix(2) { try lago.sandbox.settle(try lago.sandbox.purchase("11", wallet: wallet)) }
            lago.sandbox.faults.serverError = .always
            lago.sandbox.faults.only = path.replacing("WALLET", with: wallets[0])
            var later = fixture
            later.ahead = 10 * 86_400_000
            try await later.sweep(times: 1)
            #expect(try await fixture.store.sweeps(limit: 9).contains { $0.phase == "done" && $0.skipped >= 1 })
            let healed = try await fixture.store.events(limit: 200)
            let isListed = healed.contains { $0.customer == "cust_2" && $0.webhookType == "wallet_transaction.updated" }
            #expect(isListed)
            lago.sandbox.faults.serverError = .never
            try await later.sweep(times: 1)
            let all = try await fixture.store.events(limit: 200)
            for customer in ["cust_1", "cust_3"] {
                let isFound = all.contains { $0.customer == customer && $0.webhookType == "wallet_transaction.updated" }
                #expect(isFound, "\(customer)")
            }
        }
    }

    @Test func `a payment that fails again is told again`() async throws {
        try await self.healing { fixture, lago in
            let wallet = try #require(lago.sandbox.wallets(of: "cust_1").first)
            let purchase = try lago.sandbox.purchase("11", wallet: wallet.id)
            let before = lago.sandbox.deliveries.count
            try lago.sandbox.decline(purchase)
            try await fixture.sweep(times: 1)
            let failures = lago.sandbox.deliveries.dropFirst(before)
                .filter { $0.webhookType == "invoice.payment_failure" }
            let lost = try #require(failures.first)
            try await fixture.fixture.working {
                try await fixture.deliver(lost)
                try #require(try await fixture.isWorked())
                // The second attempt's webhook is another event about the same invoice.
                let body = Array((lost.body + " ").utf8)
                let delivery = Delivery(
                    key: EventKey(rawValue: "second"),
                    envelope: Envelope(body: body),
                    digest: try SHA256.digest(of: body),
                    body: body,
                    receivedAt: WorkerFixture.now()
                )
                _ = try await fixture.store.write { try $0.record(delivery) }
                try #require(try await fixture.isWorked())
            }
            #expect(try await fixture.store.event(idOrKey: lost.key)?.event.outcome == .repeat)
            #expect(try await fixture.store.event(idOrKey: "second")?.event.outcome == .processed)
        }
    }

    @Test func `a list that cannot be read holds up no other, and is read when it can be`() async throws {
        try await self.healing { fixture, lago in
            try Self.live(lago, until: "now")
            lago.sandbox.faults.garbage = .always
            lago.sandbox.faults.only = "/invoices"
            try await fixture.sweep(times: 1)
            let first = try await fixture.store.events(limit: 200)
            #expect(first.contains { $0.webhookType == "wallet.updated" })
            #expect(first.allSatisfy { $0.webhookType?.hasPrefix("invoice.") == false })
            #expect(try await fixture.store.sweeps(limit: 9).contains { $0.skipped >= 1 })
            lago.sandbox.faults.garbage = .never
            try await fixture.sweep(times: 1)
            #expect(try await fixture.store.events(limit: 200).contains { $0.webhookType == "invoice.created" })
        }
    }

    @Test func `which Lago it is is found out, and a rule of its own is told to the operator once`() async throws {
        try await SandboxPeer.running {
            $0.customers = SandboxPeer.customers(2)
            $0.isPremium = true
        } body: { lago in
            let fixture = try await SweepFixture(lago)
            let wallet = try #require(lago.sandbox.wallets(of: "cust_2").first)
            lago.sandbox.changeWallet(id: wallet.id) { $0.hasThresholdRule = true }
            try await fixture.sweep(times: 3)
            let messages = try await fixture.store.messages(limit: 9)
            #expect(messages.map(\.kind) == ["operator_alert"] && messages.first?.fact == "lago_rule")
            let edition = try await fixture.store.lagoEdition()
            #expect(edition == LagoEdition(version: "1.51.0", isPremium: true, hasTransactionMetadata: true))
        }
    }

    @Test func `a baseline of a Lago that is not one never ends`() async throws {
        try await SandboxPeer.running {
            $0.customers = SandboxPeer.customers(2)
        } body: { lago in
            // Everything is 404 below a wrong path.
            let wrong = try await SweepFixture(lago, path: "/elsewhere/api/v1")
            try await wrong.running {
                let isTried = await eventually { wrong.requests.count >= 6 }
                #expect(isTried)
            }
            #expect(try await wrong.store.reached(.baseline) == nil)
        }
    }

    @Test func `what happens while a first reading goes on is news, once`() async throws {
        try await SandboxPeer.running {
            $0.customers = []
        } body: { lago in
            var fixture = try await SweepFixture(lago)
            // The reading begins, by our clock, before any of this.
            fixture.ahead = -5_000
            try lago.sandbox.createCustomer("new", credits: "7")
            try await fixture.sweep(times: 1)
            #expect(try await fixture.store.events(limit: 9).isEmpty, "its webhook may still come")
            try await fixture.sweep(times: 2)
            let events = try await fixture.store.events(limit: 9)
            #expect(Set(events.map(\.webhookType)).isSuperset(of: ["subscription.started", "wallet.created"]))
            #expect(Set(events.map(\.key)).count == events.count)
        }
    }

    @Test func `a baseline that was cut short goes on where it was`() async throws {
        try await SandboxPeer.running {
            $0.customers = SandboxPeer.customers(350)
        } body: { lago in
            var fixture = try await SweepFixture(lago)
            fixture.ahead = 2_000
            try await fixture.running { [fixture] in
                try #require(await eventually { try await fixture.store.sweeps(limit: 1).first?.page ?? 0 >= 3 })
            }
            let cut = try #require(try await fixture.store.unfinishedSweep())
            #expect(cut.kind == .baseline && cut.seen >= 200)
            lago.sandbox.faults = Faults()
            try await fixture.sweep(times: 2)
            #expect(try await fixture.store.sweeps(limit: 100).count { $0.kind == .baseline } == 1)
            #expect(try await fixture.store.events(limit: 9).isEmpty)
            #expect(try await fixture.store.serviceLevel(since: 0).healed == 0)
        }
    }
}

private struct Missing: Error {
    @Test func `credits that expire within a week are told of once, and later ones not yet`() async throws {
        try await SandboxPeer.running {
            $0.customers = SandboxPeer.customers(3)
        } body: { lago in
            let now = lago.sandbox.now
            for (number, days) in [(1, 6.5), (2, 8.0)] {
                let wallet = try #require(lago.sandbox.wallets(of: "cust_\(number)").first)
                lago.sandbox.changeWallet(id: wallet.id) { $0.expirationAt = now.addingTimeInterval(days * 86_400) }
            }
            let fixture = try await SweepFixture(lago)
            try await fixture.sweep(times: 2)
            let jobs = { try await fixture.store.jobs(JobFilter(kind: "tell"), limit: 10) }
            let found = try #require(try await jobs().first)
            #expect(try await jobs().count == 1)
            #expect(found.key.hasPrefix("credits_expiring/") && found.customer == "cust_1")
        }
    }
}
