import Foundation
import GRDB
import LagoEvents
import Sandbox
import Store
import TestSupport
import Testing

/// The program tops an account up, and `top-ups` tells of it.
@Suite(.timeLimit(.minutes(3))) struct TopUpLoopTests {
    private static let settings = [
        "AUTO_TOP_UP": "on", "AUTO_TOP_UP_DEFAULT": "all", "AUTO_TOP_UP_THRESHOLD": "20", "AUTO_TOP_UP_CREDITS": "50",
        "AUTO_TOP_UP_MAX_PER_MONTH": "500 EUR", "TOP_UP_LOOKUP_GRACE": "1s",
    ]

    @Test func `an account that is low is topped up and paid`() async throws {
        try await SandboxPeer.running {
            $0.payments = .succeed
            $0.customers = [.init(externalID: "c", name: "Ada", email: nil, credits: "15")]
        } body: { lago in
            let home = try SluiceHome(lago.settings.merging(Self.settings) { $1 })
            try await home.serving { sluice in
                let isPaid = try await eventually(within: .seconds(60)) {
                    try await home.rows("top-ups", "list").map { $0["state"] as? String } == ["settled"]
                }
                try #require(isPaid)
                let request = HTTPRequestText("GET", "/metrics", headers: [], body: [])
                let answer = try await TCPClient.connected(to: try await sluice.port()) { await $0.exchange(request) }
                let metrics = String(decoding: try #require(answer).body, as: UTF8.self)
                #expect(metrics.contains("sluice_top_ups{state=\"settled\"} 1"))
                #expect(metrics.contains("sluice_top_up_oldest_unknown_seconds 0"))
            }
            #expect(lago.sandbox.requestCount("/wallet_transactions", method: "POST") == 1)
            let row = try #require(try await home.rows("top-ups", "list", "--customer", "c").first)
            let fields: Set = [
                "id", "external_customer_id", "wallet_id", "origin", "state", "reason", "paid_credits",
                "lago_transaction_id", "lago_invoice_id", "created_at", "updated_at",
            ]
            #expect(Set(row.keys) == fields)
            #expect(row["origin"] as? String == "automatic" && row["paid_credits"] as? String == "50.0")
            #expect(try await home.rows("top-ups", "list", "--state", "unknown").isEmpty)
            let id = try #require(row["id"] as? String)
            #expect(try await home.run("top-ups", "show", id).output.contains("settled"))
            #expect(try await home.run("top-ups", "show", "nothing").code == 1)
        }
    }

    @Test func `failures are forgiven, and one without an invoice is given up after a day`() async throws {
        let home = try SluiceHome()
        let now = Int64(Date().timeIntervalSince1970 * 1000)
        func topUp(_ id: String, account: String, age: Int64) -> TopUp {
            var topUp = TopUp(
                id: id,
                customer: CustomerID(rawValue: "c"),
                account: account,
                wallet: "w",
                origin: "automatic",
                state: "submitted",
                credits: "50.0",
                cents: 5000,
                at: now - age
            )
            (topUp.transactionID, topUp.invoiceState) = ("t-" + id, "notSeen")
            return topUp
        }
        var declined = topUp("declined", account: "EUR", age: 1000)
        (declined.state, declined.invoiceState, declined.invoiceID) = ("failed", "payable", "i")
        declined.failures = [KeptTime(1), KeptTime(2), KeptTime(3)]
        let all = [
            declined, topUp("lost", account: "USD", age: 24 * 3_600_000), topUp("young", account: "GBP", age: 60_000),
        ]
        try await home.store { store in
            try await store.write { transaction in for topUp in all { _ = try transaction.plan(topUp) } }
        }
        let foreseen = try await home.rows("top-ups", "resume", "c", "--dry-run")
        #expect(Set(foreseen.compactMap { $0["id"] as? String }) == ["declined", "lost"])
        try await home.store { store in
            let (known, jobs) = try await (store.topUp("declined"), store.jobs(limit: 9))
            #expect(known == declined && jobs.isEmpty)
        }
        #expect(try await home.rows("top-ups", "resume", "c").count == 2)
        try await home.store { store in
            #expect(try await store.topUp("declined")?.forgiven == 3)
            let lost = try await store.topUp("lost")
            #expect(lost?.state == "failed" && lost?.invoiceState == "closed" && lost?.reason == "no_invoice")
            #expect(try await store.topUp("young")?.state == "submitted")
            #expect(try await store.jobs(limit: 9).map(\.kind) == ["top_up"])
        }
        let queue = try DatabaseQueue(path: home.storePath)
        let audit = try await queue.read { db in
            try Row.fetchAll(db, sql: "SELECT actor, action, subject FROM auditEntry ORDER BY id").map {
                "\($0["actor"] as String) \($0["action"] as String) \($0["subject"] as String)"
            }
        }
        #expect(audit == ["cli top_ups.resume customer c"])
        #expect(try await home.rows("top-ups", "resume", "c").isEmpty)
        #expect(try await home.run("top-ups", "resume", "nobody").code == 1)
    }
}
