import Foundation
import Money
import Sandbox
import TestSupport
import Testing

/// The routes of usage, wallets, subscriptions and invoices, over HTTP.
@Suite(.serialized)
struct BillingAPITests {
    private func usage(_ client: LagoClient, of customer: String) async throws -> JSONValue {
        let path = "/api/v1/customers/\(customer)/current_usage?external_subscription_id=sub_\(customer)"
        return try #require(try await client.get(path).body["customer_usage"])
    }

    @Test func `events become usage at a unit price with tax, each transaction once`() async throws {
        try await withSandbox {
            $0.taxPercent = FixedDecimal(units: 1_900_000)
        } body: { sandbox, client in
            let event: JSONValue = [
                "transaction_id": "e1", "external_subscription_id": "sub_cust_borealis", "code": "api_calls",
                "properties": ["calls": .number("12.5")],
            ]
            let sent = try await client.send("POST", "/api/v1/events", ["event": event])
            #expect(sent.status == 200 && sent.body["event"]?["lago_customer_id"] == .null)
            let again = try await client.send("POST", "/api/v1/events", ["event": event])
            #expect(again.status == 422 && again.details == ["transaction_id": ["value_already_exist"]])
            let usage = try await self.usage(client, of: "cust_borealis")
            // 253 units from before, and 12.5 at 0.10 EUR.
            #expect(usage["amount_cents"] == 2_655 && usage["taxes_amount_cents"] == 504)
            #expect(usage["total_amount_cents"] == 3_159 && usage["currency"] == "EUR")
            let charge = try #require(usage["charges_usage"]?.array?.first)
            #expect(charge["units"] == "265.5" && charge["events_count"] == 2)
            let bare = try await client.get(
                "/api/v1/customers/cust_borealis/current_usage?external_subscription_id=sub_cust_borealis&apply_taxes=false"
            )
            #expect(bare.body["customer_usage"]?["total_amount_cents"] == 2_655)
            #expect(sandbox.deliveries.isEmpty)
        }
    }

    @Test func `an event of an unknown subscription is kept, and lost`() async throws {
        try await withSandbox { _, client in
            let body: JSONValue = ["transaction_id": "lost", "external_subscription_id": "nobody", "code": "api_calls"]
            #expect(try await client.send("POST", "/api/v1/events", ["event": body]).status == 200)
            #expect(try await client.get("/api/v1/events/lost").body["event"]?["code"] == "api_calls")
            let usage = try await self.usage(client, of: "cust_borealis")
            #expect(usage["amount_cents"] == 2_530)
            let bad = try await client.send("POST", "/api/v1/events", ["event": ["timestamp": "today"]])
            #expect(
                bad.details == [
                    "code": ["value_is_mandatory"], "timestamp": ["invalid_format"],
                    "transaction_id": ["value_is_mandatory"],
                ]
            )
        }
    }

    @Test func `a batch is taken whole or not at all`() async throws {
        try await withSandbox { _, client in
            func event(_ id: String) -> JSONValue {
                [
                    "transaction_id": .string(id), "external_subscription_id": "sub_cust_marisol", "code": "api_calls",
                    "properties": ["calls": "1"],
                ]
            }
            let refused = try await client.send("POST", "/api/v1/events/batch", ["events": [event("a"), event("a")]])
            #expect(refused.details == ["1": ["transaction_id": ["value_already_exist"]]])
            #expect(try await client.get("/api/v1/events/a").code == "event_not_found")
            let taken = try await client.send("POST", "/api/v1/events/batch", ["events": [event("a"), event("b")]])
            #expect(taken.body["events"]?.array?.count == 2)
            #expect(
                try await client.send("POST", "/api/v1/events/batch", ["events": []]).details
                    == ["events": ["no_events"]]
            )
            let many = JSONValue.array((0...100).map { event("m\($0)") })
            #expect(
                try await client.send("POST", "/api/v1/events/batch", ["events": many]).details
                    == ["events": ["too_many_events"]]
            )
            let listed = try await client.get("/api/v1/events?external_subscription_id=sub_cust_marisol&per_page=2")
            #expect(listed.body["meta"]?["total_count"] == 3 && listed.body["meta"]?["next_page"] == 2)
        }
    }

    @Test(
        arguments: [
            ("customers/nobody/current_usage", 404, "resource_not_found"),
            ("customers/cust_borealis/current_usage", 405, "no_active_subscription"),
            ("customers/cust_borealis/current_usage?external_subscription_id=x", 405, "no_active_subscription"),
            (
                "customers/cust_borealis/current_usage?external_subscription_id=sub_cust_borealis&charge_code=x", 404,
                "charge_not_found"
            ),
            ("customers/cust_borealis/past_usage", 422, "validation_errors"),
            ("customers/nobody/wallets", 404, "customer_not_found"),
            ("customers/a.b/wallets", 404, "resource_not_found"),
            ("wallets/none/wallet_transactions", 404, "wallet_not_found"),
            ("wallet_transactions/none", 404, "wallet_transaction_not_found"),
            ("subscriptions/none", 404, "subscription_not_found"), ("plans/none", 404, "plan_not_found"),
            ("billable_metrics/none", 404, "billable_metric_not_found"), ("invoices/none", 404, "invoice_not_found"),
        ]
    )
    func `what cannot be answered is refused as Lago does`(path: String, status: Int, code: String) async throws {
        try await withSandbox { _, client in
            let answer = try await client.get("/api/v1/" + path)
            #expect(answer.status == status && answer.code == code)
            #expect(answer.body["status"] == .integer(status))
        }
    }

    @Test func `a wallet begins empty, and is filled after the answer`() async throws {
        try await withReceiver { url, received in
            try await withSandbox { sandbox, client in
                try sandbox.addEndpoint(url: url, algorithm: .hmac)
                let created = try await client.send(
                    "POST",
                    "/api/v1/customers/cust_borealis/wallets",
                    [
                        "wallet": [
                            "rate_amount": "0.3", "currency": "EUR", "name": "Spare", "granted_credits": "10.0",
                            "priority": 5, "applies_to": ["fee_types": ["charge"], "billable_metric_codes": []],
                        ]
                    ]
                )
                let wallet = try #require(created.body["wallet"])
                #expect(created.status == 200 && wallet["credits_balance"] == "0.0" && wallet["code"] == "spare")
                let id = try #require(wallet["lago_id"]?.string)
                let shown = try await client.get("/api/v1/wallets/\(id)").body["wallet"]
                #expect(shown?["credits_balance"] == "10.0" && shown?["balance_cents"] == 300)
                #expect(shown?["applies_to"]?["fee_types"] == ["charge"])
                #expect(
                    Set(sandbox.deliveries.map(\.webhookType)).isSuperset(of: [
                        "wallet.created", "wallet_transaction.created", "wallet.updated",
                    ])
                )
                let renamed = try await client.send("PUT", "/api/v1/wallets/\(id)", ["wallet": ["name": "New"]])
                #expect(renamed.body["wallet"]?["name"] == "New")
                let ended = try await client.send("DELETE", "/api/v1/wallets/\(id)")
                #expect(ended.body["wallet"]?["status"] == "terminated")
                #expect(try await client.send("DELETE", "/api/v1/wallets/\(id)").body == ended.body)
                #expect(await eventually { received.count == sandbox.deliveries.count })
            }
        }
    }

    @Test(
        arguments: [
            (["rate_amount": "0"], "rate_amount", "value_is_out_of_range"),
            (["currency": "XX"], "currency", "value_is_invalid"),
            (["currency": "USD"], "currency", "currencies_does_not_match"),
            (["code": "prepaid"], "code", "value_already_exist"), (["priority": 51], "priority", "value_is_invalid"),
            (["expiration_at": "2020-01-01T00:00:00Z"], "expiration_at", "invalid_date"),
            (["granted_credits": 5], "granted_credits", "invalid_granted_credits"),
            (["applies_to": ["fee_types": ["odd"]]], "applies_to", "invalid_limitations"),
        ] as [(JSONValue, String, String)]
    )
    func `a wallet that Lago would refuse is refused`(change: JSONValue, field: String, code: String) async throws {
        try await withSandbox { _, client in
            let wallet: JSONValue = [
                "external_customer_id": "cust_borealis", "rate_amount": "1.0", "currency": "EUR", "name": "W",
            ]
            let answer = try await client.send("POST", "/api/v1/wallets", ["wallet": wallet.merging(change)])
            #expect(answer.status == 422)
            #expect(answer.details?[field]?.array?.first == .string(code))
        }
    }

    @Test func `transactions are listed newest first, filtered, and shown`() async throws {
        try await withSandbox { sandbox, client in
            let id = try #require(sandbox.wallets(of: "cust_borealis").first).id
            func post(_ body: JSONValue) async throws -> LagoClient.Answer {
                let wallet: JSONValue = ["wallet_id": .string(id)]
                return try await client.send(
                    "POST",
                    "/api/v1/wallet_transactions",
                    ["wallet_transaction": wallet.merging(body)]
                )
            }
            let created = try await post([
                "paid_credits": "50.0", "granted_credits": "5.0", "voided_credits": "1.0",
                "metadata": [["key": "topup_key", "value": "k1"]],
            ])
            let kinds = created.body["wallet_transactions"]?.array?.map { $0["transaction_status"] }
            #expect(kinds == ["purchased", "granted", "voided"])
            let paid = try #require(created.body["wallet_transactions"]?.array?.first)
            #expect(paid["status"] == "pending" && paid["lago_invoice_id"] == .null)
            #expect(sandbox.wallet(id: id)?.creditsBalance == FixedDecimal("124.0"))
            let list = "/api/v1/wallets/\(id)/wallet_transactions"
            #expect(try await client.get(list).body["meta"]?["total_count"] == 4)
            #expect(try await client.get(list + "?status=odd").body["meta"]?["total_count"] == 4)
            #expect(try await client.get(list + "?status=pending").body["meta"]?["total_count"] == 1)
            #expect(try await client.get(list + "?transaction_type=outbound").body["meta"]?["total_count"] == 1)
            #expect(try await client.get(list + "?metadata%5Btopup_key%5D=k1").body["meta"]?["total_count"] == 3)
            #expect(try await client.get(list + "?metadata[topup_key]=K1").body["meta"]?["total_count"] == 0)
            let shown = try await client.get("/api/v1/wallet_transactions/" + (paid["lago_id"]?.string ?? ""))
            #expect(shown.body["wallet_transaction"]?["lago_invoice_id"]?.string != nil)
            #expect(
                try await post(["paid_credits": 5]).details == [
                    "paid_credits": ["invalid_paid_credits", "invalid_amount"]
                ]
            )
            #expect(try await post(["voided_credits": "500"]).details == ["voided_credits": ["insufficient_credits"]])
            #expect(try await post(["metadata": ["a": "b"]]).details == ["metadata": ["invalid_type"]])
            #expect(try await post(["priority": 51, "granted_credits": "1"]).status == 500)
            #expect(try await post(["granted_credits": "0"]).body == ["wallet_transactions": []])
            #expect(try await post(["wallet_id": "x"]).details == ["wallet_id": ["wallet_not_found"]])
        }
    }

    @Test func `before 1_51 the metadata filter is ignored`() async throws {
        try await withSandbox {
            $0.version = "1.50.0"
        } body: { sandbox, client in
            let id = try #require(sandbox.wallets(of: "cust_borealis").first).id
            let list = try await client.get("/api/v1/wallets/\(id)/wallet_transactions?metadata[a]=b")
            #expect(list.body["meta"]?["total_count"] == 1)
        }
    }

    @Test func `subscriptions are listed active unless status says otherwise`() async throws {
        try await withSandbox { _, client in
            let created = try await client.send(
                "POST",
                "/api/v1/subscriptions",
                ["subscription": ["external_customer_id": "new", "plan_code": "scale_monthly", "external_id": "s.1"]]
            )
            #expect(created.status == 200 && created.body["subscription"]?["status"] == "active")
            #expect(try await client.get("/api/v1/customers/new").status == 200)
            #expect(
                try await client.get("/api/v1/subscriptions/s.1").body["subscription"]?["plan"]?["code"]
                    == "scale_monthly"
            )
            #expect(try await client.send("DELETE", "/api/v1/subscriptions/s.1").status == 200)
            #expect(try await client.send("DELETE", "/api/v1/subscriptions/s.1").code == "subscription_not_found")
            let path = "/api/v1/subscriptions?external_customer_id=new"
            #expect(try await client.get(path + "&status=terminated").body["meta"]?["total_count"] == 0)
            #expect(try await client.get(path + "&status[]=terminated").body["meta"]?["total_count"] == 1)
            #expect(try await client.get(path + "&status%5B%5D=terminated").body["meta"]?["total_count"] == 1)
            let unknown = try await client.send(
                "POST",
                "/api/v1/subscriptions",
                ["subscription": ["external_customer_id": "new", "plan_code": "odd"]]
            )
            #expect(unknown.code == "plan_not_found")
            #expect(try await client.get("/api/v1/plans").body["meta"]?["total_count"] == 2)
            #expect(try await client.get("/api/v1/billable_metrics").body["meta"]?["total_count"] == 2)
        }
    }

    @Test func `an invoice marked paid settles its credits, once`() async throws {
        try await withSandbox { sandbox, client in
            let id = try #require(sandbox.wallets(of: "cust_borealis").first).id
            _ = try await client.send(
                "POST",
                "/api/v1/wallet_transactions",
                ["wallet_transaction": ["wallet_id": .string(id), "paid_credits": "10.005"]]
            )
            #expect(sandbox.wallet(id: id)?.creditsBalance == FixedDecimal("120.0"))
            let pending = try await client.get(
                "/api/v1/invoices?external_customer_id=cust_borealis&payment_status=pending"
            )
            let invoice = try #require(pending.body["invoices"]?.array?.first)
            #expect(invoice["invoice_type"] == "credit" && invoice["total_amount_cents"] == 1_001)
            let path = "/api/v1/invoices/" + (invoice["lago_id"]?.string ?? "")
            for _ in 1...2 {
                let marked = try await client.send("PUT", path, ["invoice": ["payment_status": "succeeded"]])
                #expect(marked.body["invoice"]?["total_due_amount_cents"] == 1_001)
            }
            #expect(sandbox.wallet(id: id)?.creditsBalance == FixedDecimal("130.01"))
            let odd = try await client.send("PUT", path, ["invoice": ["payment_status": "odd"]])
            #expect(odd.details == ["payment_status": ["value_is_invalid"]])
            #expect(try await client.get("/api/v1/invoices?payment_status=pending").body["meta"]?["total_count"] == 0)
            #expect(try await client.get("/api/v1/invoices?status=draft").body["meta"]?["total_count"] == 0)
            #expect(
                try await client.get("/api/v1/invoices?issuing_date_from=2999-01-01").body["meta"]?["total_count"] == 0
            )
        }
    }
}
