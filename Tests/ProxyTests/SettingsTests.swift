import Foundation
import LagoAPI
import LagoEvents
import Money
import Proxy
import Rules
import Sandbox
import Store
import TestSupport
import Testing
import Transport
import Worker

/// A customer's settings over HTTP.
@Suite(.timeLimit(.minutes(2))) struct SettingsTests {
    private static func running(_ body: (APIWorld) async throws -> Void) async throws {
        try await APIWorld.running {
            $0.customers = SandboxPeer.customers(1)
        } routes: { store, client in
            let allowance = TopUpAllowance(
                mode: .on,
                threshold: FixedDecimal("10"),
                amount: FixedDecimal("50").map { .fixed($0) },
                maxPerMonth: Currency("EUR").map { [$0: 50_000] } ?? [:]
            )
            let desk = SettingsDesk(store: store, now: APIWorld.now)
            let policy = try ThresholdPolicy("20,5,0")
            return SettingsRoutes(
                reads: LagoReads(client: client, store: store, logger: quietLogger, now: APIWorld.now),
                defaults: SettingsDefaults(policy: policy, allowance: allowance, locale: "en", off: ["trial_ended"]),
                balances: AccountBalances(store: store, policy: policy),
                bounds: {
                    CustomerSettingsBounds(
                        allowance: allowance,
                        locales: ["en", "fr"],
                        kinds: ["low_balance": true, "trial_ended": true, "invoice_issued": false],
                        maySetEmails: $0,
                        isAddress: { $0.contains("@") }
                    )
                },
                update: { try await desk.update($0, with: $1, within: $2, actor: $3) }
            ).routes
        } body: {
            try await body($0)
        }
    }

    private static let path = "/settings?external_customer_id=cust_1"

    @Test func `what holds is told, and a part of it is changed`() async throws {
        try await Self.running { world in
            let first = try await world.call("GET", Self.path).object
            let settings = try #require(first["settings"] as? [String: Any])
            #expect(settings["external_customer_id"] as? String == "cust_1" && settings["locale"] is NSNull)
            #expect((settings["low_balance"] as? [String: Any])?["thresholds"] as? [String] == ["20", "5", "0"])
            let topUp = try #require(settings["auto_top_up"] as? [String: Any])
            #expect(topUp["enabled"] as? Bool == false && topUp["threshold"] as? String == "10")
            #expect(topUp["credits"] as? String == "50" && topUp["target"] is NSNull)
            #expect(topUp["max_per_month"] as? String == "500.00 EUR" && topUp["cooldown"] as? String == "1h")
            let mail = try #require(settings["mail"] as? [String: Bool])
            #expect(mail["low_balance"] == true && mail["trial_ended"] == false && mail["invoice_issued"] == nil)
            #expect((first["defaults"] as? [String: Any])?["locale"] as? String == "en")

            let part = #"{"settings":{"locale":"fr","low_balance":{"thresholds":["3"]},"mail":{"low_balance":false}}}"#
            let changed = try #require(
                try await world.call("PUT", Self.path, json: part).object["settings"] as? [String: Any]
            )
            #expect(changed["locale"] as? String == "fr")
            #expect((changed["low_balance"] as? [String: Any])?["thresholds"] as? [String] == ["3"])
            #expect((changed["mail"] as? [String: Bool])?["low_balance"] == false)
            let back = try await world.call("PUT", Self.path, json: #"{"low_balance":null,"locale":null}"#).object
            let again = try #require(back["settings"] as? [String: Any])
            #expect((again["low_balance"] as? [String: Any])?["thresholds"] as? [String] == ["20", "5", "0"])
            #expect(again["locale"] is NSNull)
        }
    }

    @Test func `everything that is wrong is said in words`() async throws {
        try await Self.running { world in
            let part = #"""
                {"locale":"xx","colour":1,"auto_top_up":{"enabled":true,"target":"10.5"},"mail":{"invoice_issued":false}}
                """#
            let answer = try await world.call("PUT", Self.path, json: part)
            #expect(answer.status == 422)
            let details = try #require(try answer.object["error_details"] as? [String: [String]])
            #expect(details["locale"] == ["is not known; use en, fr"] && details["colour"] == ["is not known"])
            #expect(details["mail.invoice_issued"] == ["cannot be switched off"])
            #expect(details["auto_top_up.target"]?.first?.hasPrefix("must be at least 11") == true)
            #expect(try await world.call("PUT", Self.path, json: "[]").status == 400)
            #expect(try await world.call("PUT", "/settings?external_customer_id=nobody", json: "{}").status == 404)
        }
    }

    @Test func `whoever opts in while low is told that it charges now`() async throws {
        try await Self.running { world in
            try await world.store.write { transaction in
                try transaction.save(
                    BalanceReading(
                        customer: CustomerID(rawValue: "cust_1"),
                        account: "EUR",
                        currency: "EUR",
                        settledCents: 1000,
                        liveCents: 800,
                        credits: "8.0",
                        at: APIWorld.now()
                    )
                )
            }
            let on = try await world.call("PUT", Self.path, json: #"{"auto_top_up":{"enabled":true}}"#).object
            #expect(
                on["notices"] as? [String] == [
                    "The balance in EUR is 8 credits, at or below the threshold of 10: 50 credits will be charged now."
                ]
            )
            let accounts = try #require((on["settings"] as? [String: Any])?["accounts"] as? [[String: Any]])
            #expect(accounts.count == 1 && accounts[0]["live_credits_balance"] as? String == "8.0")
            #expect((accounts[0]["top_up"] as? [String: Any])?["state"] is NSNull)
            // Nothing has changed, so nothing is announced.
            let same = try await world.call("PUT", Self.path, json: #"{"auto_top_up":{"enabled":true}}"#).object
            #expect(same["notices"] as? [String] == [])
        }
    }
}
