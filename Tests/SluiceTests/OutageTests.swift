import Foundation
import GRDB
import LagoEvents
import Sandbox
import Store
import TestSupport
import Testing

/// The program was not there, and Lago went on: what it finds out when it is back.
@Suite(.timeLimit(.minutes(5)), .serialized) struct OutageTests {
    private static let day: Int64 = 86_400_000

    /// A simulated Lago with three customers who pay by a provider, and a mail server.
    private func onStage(
        behind: Duration = .zero,
        body: (MailLoopTests.Stage) async throws -> Void
    ) async throws {
        try await MailServer.running { mail in
            try await SandboxPeer.running {
                $0.customers = []
                $0.now = { Date(timeIntervalSinceNow: -(behind / .seconds(1))) }
            } body: { lago in
                for number in 1...3 {
                    try lago.sandbox.createCustomer(
                        "cust_\(number)",
                        email: "ada\(number)@example.test",
                        credits: "100"
                    )
                }
                let own = [
                    "SMTP_URL": "smtp://127.0.0.1:\(mail.port)", "SMTP_TLS": "off", "BALANCE_DEBOUNCE": "50ms",
                    "MAIL_FROM": "billing@example.test", "PUBLIC_URL": "https://billing.example.test",
                    "LAGO_MAX_REQUESTS_PER_SECOND": "1000",
                ]
                let home = try SluiceHome(lago.settings.merging(own) { $1 })
                try await body(MailLoopTests.Stage(lago: lago, mail: mail, home: home))
            }
        }
    }

    /// Waits until a running server has read everything at Lago, the baseline and a sweep after it included.
    private func hasSwept(_ sluice: SluiceProcess) async -> Bool {
        await eventually(within: .seconds(60)) {
            sluice.lines.contains { $0["message"] == "sweep ends" && $0["kind"] == "sweep" }
        }
    }

    private func facts(_ stage: MailLoopTests.Stage) async throws -> [[String: Any]] {
        try await stage.home.rows("events", "list", "--limit", "500")
    }

    /// What happens at Lago while nobody listens.
    private func live(_ stage: MailLoopTests.Stage) throws {
        let sandbox = stage.lago.sandbox
        let wallets = try (1...3).map { try #require(sandbox.wallets(of: "cust_\($0)").first).id }
        // Usage alone tells nobody anything.
        try sandbox.recordUsage(customer: "cust_1", units: "850")
        try sandbox.settle(try sandbox.purchase("25", wallet: wallets[1]))
        sandbox.advance(by: .seconds(300))
        try sandbox.decline(try sandbox.purchase("30", wallet: wallets[2]))
        try sandbox.recordUsage(customer: "cust_2", units: "100")
        try sandbox.endSubscription("sub_cust_2")
        sandbox.advance(by: .seconds(300))
    }

    @Test func `ten minutes without it: every fact is known after one sweep, and every mail goes out once`()
        async throws
    {
        try await self.onStage(behind: .seconds(600)) { stage in
            try await stage.home.serving { sluice in
                let url = "http://127.0.0.1:\(try await sluice.port())/webhooks/lago"
                _ = try stage.lago.sandbox.addEndpoint(url: url)
                try #require(await self.hasSwept(sluice))
                for number in 1...3 { try #require(try await stage.sees("100.0", of: "cust_\(number)")) }
            }
            // By Lago's clock it was there ten minutes ago, and so it was by ours.
            try await self.age(stage.home.storePath, by: 600_000)
            let before = stage.lago.sandbox.deliveries.count
            try self.live(stage)
            let lost = { Array(stage.lago.sandbox.deliveries.dropFirst(before)) }
            try #require(await eventually { lost().allSatisfy { $0.state == .failed } }, "Lago has given up")
            try await stage.home.serving { sluice in
                try #require(await self.hasSwept(sluice))
                let healed = try await self.facts(stage).filter { $0["origin"] as? String == "healed" }
                for (type, customer) in [
                    ("wallet_transaction.created", "cust_2"), ("wallet_transaction.updated", "cust_2"),
                    ("invoice.paid_credit_added", "cust_2"), ("invoice.payment_status_updated", "cust_2"),
                    ("wallet.updated", "cust_2"), ("invoice.created", "cust_2"), ("subscription.terminated", "cust_2"),
                    ("wallet_transaction.created", "cust_3"), ("wallet_transaction.updated", "cust_3"),
                    ("invoice.paid_credit_added", "cust_3"), ("invoice.payment_status_updated", "cust_3"),
                ] {
                    let isThere = healed.contains {
                        $0["webhook_type"] as? String == type && $0["external_customer_id"] as? String == customer
                    }
                    #expect(isThere, "\(type) of \(customer)")
                }
                try #require(try await eventually(within: .seconds(30)) { try stage.mail.taken().count == 5 })

                // Somebody resends what was lost: it is late, and changes nothing.
                for delivery in lost() {
                    let request = try Webhook.hmac(Array(delivery.body.utf8), uniqueKey: delivery.key)
                    let port = try await sluice.port()
                    let answer = try await TCPClient.connected(to: port) { await $0.exchange(request) }
                    #expect(answer?.status == 200)
                }
                let isWorked = try await eventually {
                    try await self.facts(stage).allSatisfy { $0["outcome"] as? String != "pending" }
                }
                try #require(isWorked)
                let events = try await self.facts(stage)
                #expect(events.count { $0["origin"] as? String == "healed" } == healed.count)
                #expect(events.count { $0["outcome"] as? String == "repeat" } >= 11)
                let jobs = { try await stage.home.rows("jobs", "list", "--limit", "500") }
                try #require(
                    try await eventually {
                        try await jobs().allSatisfy { !["available", "leased"].contains($0["state"] as? String) }
                    }
                )
            }
            #expect(try stage.mail.taken().count == 5)
            let rows = try await stage.rows()
            let told = rows.compactMap { row in
                row["state"] as? String == "sent"
                    ? "\(row["external_customer_id"] as? String ?? "") \(row["kind"] as? String ?? "")" : nil
            }
            #expect(
                told.sorted() == [
                    "cust_1 low_balance", "cust_2 invoice_issued", "cust_2 subscription_ended",
                    "cust_2 top_up_succeeded",
                    "cust_3 top_up_failed",
                ]
            )
            #expect(rows.count == 5)
        }
    }

    @Test func `an empty store beside a Lago full of history mails nothing`() async throws {
        // What Lago lives through ends before the program starts.
        try await self.onStage(behind: .seconds(610)) { stage in
            try self.live(stage)
            try await stage.home.serving { sluice in
                try #require(await self.hasSwept(sluice))
                try #require(try await stage.sees("15.0", of: "cust_1"))
                for number in 2...3 {
                    try #require(try await stage.sees(number == 2 ? "115.0" : "100.0", of: "cust_\(number)"))
                }
            }
            #expect(try await self.facts(stage).isEmpty)
            #expect(try await stage.rows().isEmpty && stage.mail.taken().isEmpty)
        }
    }

    @Test func `a backup of a week ago, restored, mails nothing that is older than 72 hours`() async throws {
        try await self.onStage(behind: .seconds(8 * 86_400)) { stage in
            try await stage.home.serving { sluice in
                try #require(await self.hasSwept(sluice))
                for number in 1...3 { try #require(try await stage.sees("100.0", of: "cust_\(number)")) }
            }
            // The file is one of eight days ago: it was made then by the clock of Lago, and now by ours as well.
            try await self.age(stage.home.storePath, by: 8 * Self.day)
            try self.live(stage)
            stage.lago.sandbox.advance(by: .seconds(8 * 86_400 - 1200))
            let wallet = try #require(stage.lago.sandbox.wallets(of: "cust_3").first)
            try stage.lago.sandbox.settle(try stage.lago.sandbox.purchase("7", wallet: wallet.id))
            // A first start finds no Lago, and is no sign that somebody looked.
            stage.lago.sandbox.faults.serverError = .always
            try await stage.home.serving { sluice in
                try #require(await eventually { sluice.messages.contains("sweep put off") })
            }
            stage.lago.sandbox.faults = Faults()
            try await stage.home.serving { sluice in
                try #require(await self.hasSwept(sluice))
                try #require(try await stage.sees("15.0", of: "cust_1"))
                try #require(try await eventually { try stage.mail.taken().count == 1 })
            }
            let events = try await self.facts(stage).filter { $0["origin"] as? String == "healed" }
            let young = events.filter { $0["outcome"] as? String != "too_old" }
            #expect(Set(young.compactMap { $0["external_customer_id"] as? String }) == ["cust_3"])
            #expect(events.count - young.count >= 10)
            let rows = try await stage.rows()
            #expect(rows.count == 2)
            let sent = rows.filter { $0["state"] as? String == "sent" }
            #expect(sent.map { $0["kind"] as? String } == ["top_up_succeeded"], "what was bought twenty minutes ago")
            #expect(try stage.mail.taken().map(\.recipients) == [["ada3@example.test"]])
        }
    }

    /// Makes a file look as if it had been written so many milliseconds ago.
    private func age(_ path: String, by time: Int64) async throws {
        let queue = try DatabaseQueue(path: path)
        try await queue.write { db in
            for column in [
                "milestone.at", "balance.at", "balance.seenAt", "wallet.seenAt", "invoice.seenAt",
                "walletTransaction.seenAt", "subscription.seenAt", "customer.seenAt", "thresholdState.at",
                "fact.knownAt",
                "sweep.startedAt", "sweep.endedAt", "wallet.listedAt", "lookSchedule.lookedAt", "lookSchedule.dueAt",
                "forecast.at", "heldUsage.at",
            ] {
                let (table, name) = (column.split(separator: ".")[0], column.split(separator: ".")[1])
                try db.execute(sql: "UPDATE \(table) SET \(name) = \(name) - ?", arguments: [time])
            }
        }
        try queue.close()
    }
}
