import Foundation
import Sandbox
import TestSupport
import Testing

/// The calls that an application makes, one after another, as its developers write them.
@Suite(.timeLimit(.minutes(2))) struct IntegrationGuideTests {
    private static let key = "guide-key-0123456789abcdef"

    @Test func `an application does all that it needs with the API alone`() async throws {
        try await SandboxPeer.running {
            $0.customers = SandboxPeer.customers(1)
        } body: { lago in
            let home = try SluiceHome(
                lago.settings.merging(["API_KEYS": Self.key, "LAGO_MAX_REQUESTS_PER_SECOND": "1000"]) { $1 }
            )
            try await home.serving { sluice in
                let api = APIPeer(port: try await sluice.port(), token: Self.key)
                let customer = try await api.object(
                    "POST",
                    "customers",
                    #"{"external_id":"user_123","name":"Ada","email":"ada@example.test","currency":"EUR"}"#
                )
                #expect((customer["customer"] as? [String: Any])?["external_id"] as? String == "user_123")
                let found = try await api.object("GET", "customers?external_id=user_123")
                #expect((found["customer"] as? [String: Any])?["name"] as? String == "Ada")

                let bought = try await api.object(
                    "POST",
                    "wallets",
                    #"{"external_customer_id":"user_123","paid_credits":"100","currency":"EUR"}"#
                )
                let wallet = try #require((bought["wallet"] as? [String: Any])?["lago_id"] as? String)
                #expect((bought["wallet_transaction"] as? [String: Any])?["credit_amount"] as? String == "100.0")
                try await Self.pay(lago.sandbox)
                #expect(try await Self.sees(100, api))
                let more = try await api.object("PATCH", "wallets", #"{"wallet_id":"\#(wallet)","paid_credits":25.5}"#)
                #expect((more["wallet_transaction"] as? [String: Any])?["credit_amount"] as? String == "25.5")
                try await Self.pay(lago.sandbox)
                #expect(try await Self.sees(125.5, api))

                let plans = try await api.object("GET", "plans")["plans"] as? [[String: Any]]
                let plan = try #require(plans?.first?["code"] as? String)
                _ = try await api.object(
                    "POST",
                    "subscriptions",
                    #"{"external_customer_id":"user_123","plan_code":"\#(plan)","external_id":"sub_123"}"#
                )
                let usage = try await api.call(
                    "POST",
                    "usage",
                    #"{"external_customer_id":"user_123","code":"api_calls","properties":{"calls":"10"}}"#
                )
                #expect(usage?.status == 202)
                let isCounted = try await eventually {
                    let answer = try await api.object("GET", "usage?external_subscription_id=sub_123")
                    let charges = (answer["customer_usage"] as? [String: Any])?["charges_usage"] as? [[String: Any]]
                    return charges?.contains { $0["events_count"] as? Int == 1 } == true
                }
                #expect(isCounted)
                let invoices = try await api.object("GET", "invoices?external_customer_id=user_123")
                #expect((invoices["invoices"] as? [Any])?.count == 2)
            }
        }
    }

    /// The customer, who has no provider, pays what is due; the operator marks it as paid.
    private static func pay(_ sandbox: Sandbox) async throws {
        let isBilled = await eventually { sandbox.purchases.count == sandbox.invoiceIDs(of: "user_123").count }
        try #require(isBilled)
        for invoice in sandbox.invoiceIDs(of: "user_123") { try sandbox.payInvoice(invoice) }
    }

    /// Waits until the wallet's live balance is so many credits.
    private static func sees(_ credits: Decimal, _ api: APIPeer) async throws -> Bool {
        try await eventually {
            let answer = try await api.object("GET", "wallets?external_customer_id=user_123")
            let total = (answer["wallet"] as? [String: Any])?["total_balance"] as? String
            return total.flatMap { Decimal(string: $0) } == credits
        }
    }

    @Test func `without Lago's address the API says what is missing`() async throws {
        let home = try SluiceHome(["API_KEYS": Self.key])
        try await home.serving { sluice in
            let api = APIPeer(port: try await sluice.port(), token: Self.key)
            let answer = try #require(try await api.call("GET", "wallets?external_customer_id=user_123"))
            #expect(answer.status == 503)
            #expect(
                answer.text
                    == #"{"status":503,"error":"Lago API configuration missing","code":"configuration_missing"}"#
            )
        }
    }
}
