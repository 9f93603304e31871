import Foundation
import HTTPTypes
import LagoAPI
import Proxy
import Sandbox
import Store
import TestSupport
import Testing
import Transport

/// What is passed on from Lago: as it was received, to whom it belongs, and with its age while Lago is away.
@Suite(.timeLimit(.minutes(2))) struct ReadTests {
    /// Two customers with wallets and subscriptions, one of whom has a bill.
    private static func running(_ body: (APIWorld) async throws -> Void) async throws {
        try await APIWorld.running {
            $0.customers = SandboxPeer.customers(2)
            $0.documentDelay = .milliseconds(200)
        } routes: { store, client in
            let reads = LagoReads(client: client, store: store, logger: quietLogger, now: APIWorld.now)
            return CustomerRoutes(reads).routes + InvoiceRoutes(reads).routes + SubscriptionRoutes(reads).routes
        } body: { world in
            try world.sandbox.recordUsage(customer: "cust_1", units: "100")
            world.sandbox.advanceToBilling()
            try await body(world)
        }
    }

    @Test func `a customer is shown, made and changed`() async throws {
        try await Self.running { world in
            let shown = try await world.call("GET", "/customers?external_id=cust_1")
            #expect(shown.status == 200)
            #expect(try (shown.object["customer"] as? [String: Any])?["name"] as? String == "Customer 1")
            #expect(try await world.call("GET", "/customers?external_id=nobody").status == 404)
            let body = #"{"external_id":"a.b/c","name":"Ada","email":"ada@example.test","currency":"EUR"}"#
            for json in [body, #"{"customer":\#(body)}"#] {
                let made = try await world.call("POST", "/customers", json: json)
                #expect(made.status == 200)
                #expect(try (made.object["customer"] as? [String: Any])?["email"] as? String == "ada@example.test")
            }
            let found = try await world.call("GET", "/customers?external_id=a.b%2Fc")
            #expect(try (found.object["customer"] as? [String: Any])?["external_id"] as? String == "a.b/c")
        }
    }

    @Test(arguments: [
        ("{}", "external_id", "value_is_mandatory"),
        (#"{"external_id":7}"#, "external_id", "value_is_invalid"),
        (#"{"external_id":"a","colour":"red"}"#, "colour", "unknown_field"),
        (#"{"external_id":"a","email":"none"}"#, "email", "invalid_email_format"),
    ])
    func `a customer that cannot be is refused field by field`(json: String, field: String, code: String) async throws {
        try await Self.running { world in
            let answer = try await world.call("POST", "/customers", json: json)
            #expect(answer.status == 422)
            #expect(try (answer.object["error_details"] as? [String: [String]])?[field] == [code])
        }
    }

    @Test func `invoices are listed with filters, shown, and their PDF is waited for`() async throws {
        try await Self.running { world in
            let list = try await world.call("GET", "/invoices?external_customer_id=cust_1&invoice_type=subscription")
            let invoices = try #require(try list.object["invoices"] as? [[String: Any]])
            let id = try #require(invoices.first?["lago_id"] as? String)
            #expect(invoices.count == 1)
            let none = try await world.call("GET", "/invoices?external_customer_id=cust_1&status=voided")
            #expect(try (none.object["invoices"] as? [Any])?.isEmpty == true)
            let shown = try await world.call("GET", "/invoices/\(id)")
            #expect(try (shown.object["invoice"] as? [String: Any])?["lago_id"] as? String == id)
            let file = try await world.call("GET", "/invoices/\(id)/download")
            #expect(file.status == 200 && file.header("Content-Type") == "application/pdf")
            #expect(file.body.starts(with: "%PDF-".utf8))
            #expect(file.header("Content-Disposition")?.hasPrefix("attachment; filename=") == true)
            let link = try await world.call("POST", "/invoices/\(id)/payment_url")
            #expect(link.status == 200 || link.status == 422)
            #expect(try await world.call("GET", "/invoices/nothing").status == 404)
            #expect(try await world.call("GET", "/invoices?external_customer_id=nobody").status == 404)
        }
    }

    @Test(arguments: [
        "page=0", "per_page=0", "per_page=101", "status=odd", "issuing_date_from=2026-02-30", "currency=eur",
        "payment_status=paid", "colour=red",
    ])
    func `filters that Lago would ignore are refused`(query: String) async throws {
        try await Self.running { world in
            let answer = try await world.call("GET", "/invoices?external_customer_id=cust_1&\(query)")
            #expect(answer.status == 422)
        }
    }

    @Test func `subscriptions are made, read, changed and ended`() async throws {
        try await Self.running { world in
            let plans = try #require(try await world.call("GET", "/plans").object["plans"] as? [[String: Any]])
            let code = try #require(plans.first?["code"] as? String)
            #expect(try await world.call("GET", "/plans/\(code)").status == 200)
            #expect(try await world.call("GET", "/plans/none").status == 404)
            let unknown = #"{"external_customer_id":"nobody","plan_code":"\#(code)","external_id":"s/1.x"}"#
            #expect(try await world.call("POST", "/subscriptions", json: unknown).status == 404)
            #expect(try await world.call("GET", "/customers?external_id=nobody").status == 404)
            let known = unknown.replacingOccurrences(of: "nobody", with: "cust_2")
            #expect(try await world.call("POST", "/subscriptions", json: known).status == 200)
            let list = try await world.call("GET", "/subscriptions?external_customer_id=cust_2&status%5B%5D=active")
            #expect(try (list.object["subscriptions"] as? [Any])?.count == 2)
            let path = "/subscriptions/s%2F1.x"
            #expect(try await world.call("GET", path).status == 200)
            let changed = try await world.call("PUT", path, json: #"{"subscription":{"name":"Two"}}"#)
            #expect(try (changed.object["subscription"] as? [String: Any])?["name"] as? String == "Two")
            #expect(try await world.call("DELETE", path).status == 200)
            #expect(try await world.call("GET", path).status == 404)
        }
    }

    @Test func `what the caller has is not sent again`() async throws {
        try await Self.running { world in
            let first = try await world.call("GET", "/plans")
            let tag = try #require(first.header("ETag"))
            let second = try await world.call("GET", "/plans", headers: [("If-None-Match", "\"x\", W/\(tag)")])
            #expect(second.status == 304 && second.body.isEmpty && second.header("ETag") == tag)
            #expect(try await world.call("GET", "/plans", headers: [("If-None-Match", "\"x\"")]).status == 200)
        }
    }

    @Test func `while Lago is away, what it last said is told with its age`() async throws {
        try await Self.running { world in
            let fresh = try await world.call("GET", "/customers?external_id=cust_1")
            #expect(fresh.header("Warning") == nil && fresh.header("Age") == nil)
            try #require(
                try await eventually { try await world.store.answer(to: #"[["customers"],["cust_1"]]"#) != nil }
            )
            world.sandbox.faults.serverError = .always
            let stale = try await world.call("GET", "/customers?external_id=cust_1")
            #expect(stale.status == 200 && stale.body == fresh.body)
            #expect(stale.header("Warning") == #"110 - "Response is Stale""#)
            #expect(stale.header("Age").flatMap { Int($0) } != nil)
            #expect(try await world.call("GET", "/customers?external_id=cust_2").status == 502)
        }
    }
}
