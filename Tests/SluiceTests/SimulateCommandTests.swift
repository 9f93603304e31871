import Foundation
import GRDB
import LagoEvents
import Sandbox
import Store
import TestSupport
import Testing

/// `simulate`, and what tells of decisions, over a store that a server has left.
@Suite(.timeLimit(.minutes(3))) struct SimulateCommandTests {
    private static let policy = [
        "AUTO_TOP_UP": "on", "AUTO_TOP_UP_DEFAULT": "all", "AUTO_TOP_UP_THRESHOLD": "20", "AUTO_TOP_UP_CREDITS": "50",
        "AUTO_TOP_UP_MAX_PER_MONTH": "500 EUR",
    ]

    /// What a server leaves that looked at a customer with 100 credits, then with 15, and then bought 50.
    private func toppedUp(_ body: (SluiceHome) async throws -> Void) async throws {
        try await SandboxPeer.running {
            $0.payments = .succeed
            $0.customers = [.init(externalID: "c", name: "Ada", email: nil, credits: "100")]
        } body: { lago in
            let home = try SluiceHome(lago.settings.merging(Self.policy) { $1 })
            try await home.serving { sluice in
                let url = "http://127.0.0.1:\(try await sluice.port())/webhooks/lago"
                try lago.sandbox.addEndpoint(url: url)
                try #require(try await self.holds("100.0", home))
                try lago.sandbox.recordUsage(customer: "c", units: "850")
                try lago.sandbox.emit(.walletUpdated, customer: "c")
                try #require(try await self.holds("65.0", home))
                let isSettled = try await eventually {
                    try await home.rows("top-ups", "list", "--state", "settled").count == 1
                }
                try #require(isSettled)
            }
            try await body(home)
        }
    }

    private func holds(_ credits: String, _ home: SluiceHome) async throws -> Bool {
        try await eventually(within: .seconds(60)) {
            let ending = try await home.run("balance", "show", "c", "--json")
            return ending.code == 0 && ending.output.contains("\"live_credits_balance\" : \"\(credits)\"")
        }
    }

    /// Every row of every table.
    private func contents(_ home: SluiceHome) async throws -> [String: [String]] {
        try await DatabaseQueue(path: home.storePath).read { db in
            let tables = try String.fetchAll(db, sql: "SELECT name FROM sqlite_master WHERE type = 'table'")
            return try Dictionary(
                uniqueKeysWithValues: tables.map { table in
                    (table, try Row.fetchAll(db, sql: "SELECT * FROM \"\(table)\"").map(\.description))
                }
            )
        }
    }

    private func effects(_ whole: [String: Any]) -> [String] {
        (whole["effects"] as? [[String: Any]] ?? []).map { row in
            let live = row["live_credits_balance"] as? String ?? "?"
            if let kind = row["kind"] as? String { return "\(kind) at \(live)" }
            return "\(row["action"] as? String ?? "?") \(row["paid_credits"] as? String ?? "?") at \(live)"
        }
    }

    @Test func `a policy is tried on what was used, and nothing is changed by it`() async throws {
        try await self.toppedUp { home in
            let before = try await self.contents(home)
            #expect(before["balance"]?.isEmpty == false)
            let same = try #require(try await home.rows("simulate", "--from", "1d").first)
            #expect(self.effects(same) == ["charge 50.0 at 15.0", "top_up_succeeded at 65.0"])
            let summary = try #require(same["summary"] as? [String: Any])
            #expect(summary["taken_out"] as? Int == 1 && summary["accounts"] as? Int == 1)
            let charges = try #require((summary["charges"] as? [[String: Any]])?.first)
            #expect(charges["currency"] as? String == "EUR" && charges["amount_cents"] as? Int == 5_000)
            let other = try #require(
                try await home.rows(
                    "simulate",
                    "--customer",
                    "c",
                    "--top-up-target",
                    "100",
                    "--max-per-month",
                    "90 EUR"
                )
                .first
            )
            #expect(
                self.effects(other) == [
                    "charge 85.0 at 15.0", "top_up_succeeded at 100.0", "top_up_limit at 100.0",
                ]
            )
            let declined = try #require(try await home.rows("simulate", "--payments", "decline").first)
            #expect(self.effects(declined) == ["charge 50.0 at 15.0", "top_up_failed at 15.0", "low_balance at 15.0"])
            #expect(try await self.contents(home) == before)
        }
    }

    @Test func `people read a table, a summary and what is not known`() async throws {
        try await self.toppedUp { home in
            var home = home
            let told = try await home.run("simulate").output
            #expect(told.contains("50.0 credits for 50.00 EUR"))
            #expect(told.contains("mails: 1 top_up_succeeded") && told.contains("charges: 1 for 50.00 EUR"))
            #expect(told.contains("First seen after the period began, and unknown before: 1 account."))
            #expect(told.contains("Taken out of the balances: 1 automatic top-up that really took place."))
            home.settings["AUTO_TOP_UP"] = "off"
            let off = try await home.run("simulate", "--low-balance-thresholds", "90").output
            #expect(off.contains("low_balance at 90") && off.contains("charges: none"))
            #expect(off.contains("none were simulated"))
            let none = try await home.run("simulate", "--low-balance-thresholds", "").output
            #expect(none.contains("nothing to show") && none.contains("mails: none"))
            let limited = try #require(try await home.rows("simulate", "--top-up-credits", "5", "--limit", "1").first)
            #expect(self.effects(limited) == ["charge 5.0 at 15.0"])
            #expect(
                (limited["summary"] as? [String: Any])?["mails"] as? [String: Int] == [
                    "top_up_succeeded": 1, "low_balance": 1,
                ]
            )
        }
    }

    @Test func `what was decided is told in words`() async throws {
        try await self.toppedUp { home in
            let rows = try await home.rows("top-ups", "decisions", "c")
            let fields: Set = [
                "at", "last_at", "external_customer_id", "account", "reason", "explanation", "paid_credits",
                "amount_cents", "next_look_at",
            ]
            #expect(rows.allSatisfy { Set($0.keys) == fields })
            let charged = try #require(rows.first { $0["reason"] as? String == "charged" })
            #expect(charged["paid_credits"] as? String == "50.0" && charged["amount_cents"] as? Int == 5_000)
            #expect(charged["explanation"] as? String == "A top-up was started.")
            #expect(rows.last?["reason"] as? String == "above_threshold", "the first look was at 100 credits")
            #expect((rows.last?["explanation"] as? String)?.hasPrefix("The balance is above") == true)
            let id = try #require(try await home.rows("top-ups", "list").first?["id"] as? String)
            let shown = try #require(try await home.rows("top-ups", "show", id).first)
            let around = try #require(shown["decisions"] as? [[String: Any]])
            #expect(around.contains { $0["reason"] as? String == "charged" } && shown["id"] as? String == id)
            #expect(try await home.run("top-ups", "show", id).output.contains("A top-up was started."))
            let balance = try #require(try await home.rows("balance", "show", "c").first)
            #expect(balance["top_up_reason"] as? String == rows.first?["reason"] as? String)
        }
    }

    @Test(
        arguments: [
            (["--customer", "nobody"], 1, "no balance of nobody is stored"),
            (["--from", "2026-11-02", "--to", "2026-11-01T12:00:00Z"], 1, "--from must be before --to"),
            (["--from", "yesterday"], 64, "--from"), (["--cooldown", "soon"], 1, "AUTO_TOP_UP_COOLDOWN"),
            (["--top-up-credits", "5", "--top-up-target", "50"], 64, "exclude each other"),
        ] as [([String], Int32, String)]
    )
    func `what cannot be simulated is told in a sentence`(arguments: [String], code: Int32, words: String) async throws
    {
        let home = try SluiceHome()
        try await home.store { _ in }
        let process = try home.start(["simulate"] + arguments)
        let ending = try await process.while { try await process.ending() }
        #expect(ending.code == code && ending.output.isEmpty && ending.errors.contains(words))
    }

    @Test func `a file's own amount does not stand beside the other kind`() async throws {
        let home = try SluiceHome()
        try await home.store { store in
            let reading = BalanceReading(
                customer: CustomerID(rawValue: "c"),
                account: "EUR",
                currency: "EUR",
                settledCents: 100,
                liveCents: 100,
                credits: "1.0",
                at: Int64(Date().timeIntervalSince1970 * 1000) - 1000
            )
            try await store.write { try $0.save(reading) }
        }
        let file = home.folder.path("settings.yaml")
        let lines = ["AUTO_TOP_UP: shadow", "AUTO_TOP_UP_THRESHOLD: 10", "AUTO_TOP_UP_CREDITS: 50"]
        try Data(lines.joined(separator: "\n").utf8).write(to: URL(filePath: file))
        let told = try await home.run("simulate", "--config", file, "--top-up-target", "60", "--all")
        #expect(told.code == 0, "\(told.errors)")
        #expect(told.output.contains("Not charged, as no wallet was ever seen: 1 customer."))
    }
}
