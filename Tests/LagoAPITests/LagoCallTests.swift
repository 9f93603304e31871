import Foundation
import LagoAPI
import Money
import TestSupport
import Testing

/// What the client asks for, call by call.
@Suite struct LagoCallTests {
    private static let id = "9a4e1c57-2d3b-4b8e-a1f6-5c7d8e9f0a31"
    private static let august: Int64 = 1_785_542_400_000

    /// An answer that holds one of everything, as a list and alone.
    private static func everything(next: String = "null") -> String {
        let time = #""created_at":"2026-03-02T09:20:00Z""#
        let plan = #"""
            {"lago_id":"p","code":"scale","name":"Scale","interval":"monthly","amount_cents":0,"amount_currency":"EUR",
            "charges":[{"lago_id":"ch","billable_metric_code":"api_calls","charge_model":"standard","pay_in_advance":true}]}
            """#
        let objects = [
            "organization": #"{"lago_id":"o","name":"n"}"#,
            "webhook_endpoint": #"{"lago_id":"e","webhook_url":"https://a.test"}"#,
            "customer": #"{"lago_id":"l","external_id":"a@b.c",\#(time)}"#,
            "wallet": #"""
            {"lago_id":"w","external_customer_id":"c","status":"active","currency":"EUR","rate_amount":"1.0",
            "credits_balance":"1.0","balance_cents":100,"ongoing_balance_cents":100,\#(time)}
            """#,
            "wallet_transaction": #"""
            {"lago_id":"t","lago_wallet_id":"w","status":"pending","transaction_status":"purchased",
            "transaction_type":"inbound","amount":"50.0","credit_amount":"50.0",\#(time)}
            """#,
            "subscription": #"""
            {"lago_id":"s","external_id":"sub","external_customer_id":"c","plan_code":"scale","status":"active",
            "plan":\#(plan),\#(time)}
            """#,
            "plan": plan,
            "invoice": #"""
            {"lago_id":"i","invoice_type":"credit","status":"finalized","payment_status":"pending","currency":"EUR",
            "fees_amount_cents":1,"taxes_amount_cents":0,"sub_total_excluding_taxes_amount_cents":1,
            "sub_total_including_taxes_amount_cents":1,"total_amount_cents":1,"customer":{"external_id":"c"},\#(time)}
            """#,
        ]
        let event =
            #"{"lago_id":"v","transaction_id":"t","external_subscription_id":"s","code":"c","timestamp":"2026-08-01",\#(time)}"#
        let note = #"""
            {"lago_id":"n","number":"ACM-1-CN1","lago_invoice_id":"i","currency":"EUR","total_amount_cents":1190,\#(time)}
            """#
        let usage = #"""
            {"from_datetime":"2026-08-01T00:00:00Z","to_datetime":"2026-08-31T23:59:59Z","currency":"EUR",
            "amount_cents":2530,"total_amount_cents":3011,"taxes_amount_cents":481,"charges_usage":[{"units":"0.0000001",
            "amount_cents":2530,"charge":{"lago_id":"ch"},"billable_metric":{"code":"api_calls","name":"API calls"}}]}
            """#
        let members = objects.merging(["event": event, "credit_note": note]) { $1 }.flatMap {
            [#""\#($0)":\#($1)"#, #""\#($0)s":[\#($1)]"#]
        }
        let others = [
            #""webhook":{"public_key":"k"}"#, #""version":"1.51.0""#, #""customer_usage":\#(usage)"#,
            #""meta":{"next_page":\#(next)}"#,
        ]
        return "{\((members + others).joined(separator: ","))}"
    }

    private static func everyCall(of lago: LagoClient) async throws {
        let input = LagoWebhookEndpointInput(url: "https://a.test", signatureAlgorithm: "jwt")
        _ = try await lago.organization()
        _ = try await lago.health()
        _ = try await lago.webhookPublicKey()
        _ = try await lago.webhookEndpoints()
        _ = try await lago.createWebhookEndpoint(input)
        _ = try await lago.updateWebhookEndpoint(id: Self.id, input)
        _ = try await lago.isPremium()
        _ = try await lago.customer(externalID: "cust_042")
        _ = try await lago.customer(externalID: "a@b.c")
        _ = try await lago.customers().all()
        _ = try await lago.wallets(externalCustomerID: "c")
        _ = try await lago.wallets().all()
        _ = try await lago.wallet(id: Self.id)
        _ = try await lago.walletTransactions(walletID: Self.id).all()
        let filter = LagoTransactionFilter(
            status: .pending,
            direction: .inbound,
            cause: .purchased,
            metadata: ("sluice_id", "x")
        )
        _ = try await lago.walletTransactions(walletID: Self.id, filter: filter).all()
        _ = try await lago.subscriptions(externalCustomerID: "c")
        _ = try await lago.subscriptions(statuses: LagoSubscription.Status.allCases).all()
        for status in LagoSubscription.Status.allCases {
            _ = try await lago.subscription(externalID: "sub.1", status: status)
        }
        _ = try await lago.currentUsage(externalCustomerID: "c.d", externalSubscriptionID: "sub.1")
        _ = try await lago.plan(code: "scale.v2")
        _ = try await lago.events(from: Self.august - 1, to: Self.august, pageSize: 500).all()
        let notes = LagoCreditNoteFilter(externalCustomerID: "c", issuedFrom: Self.august - 1, issuedTo: Self.august)
        _ = try await lago.creditNotes(notes).all()
        _ = try await lago.creditNote(id: Self.id)
        _ = try await lago.invoices().all()
        for kind in LagoInvoice.Kind.allCases {
            let filter = LagoInvoiceFilter(
                externalCustomerID: "c",
                statuses: LagoInvoice.Status.allCases,
                paymentStatuses: LagoInvoice.PaymentStatus.allCases,
                isPaymentOverdue: kind == .credit,
                kind: kind,
                currency: Currency("eur"),
                issuedFrom: Self.august - 1,
                issuedTo: Self.august
            )
            _ = try await lago.invoices(filter).all()
        }
        _ = try await lago.invoice(id: Self.id)
        _ = try await lago.createWalletTransaction(Self.topUp)
        _ = try await lago.walletTransaction(id: Self.id)
        try await lago.retryPayment(invoiceID: Self.id)
    }

    private static let topUp = LagoTopUpInput(
        walletID: Self.id,
        paidCredits: FixedDecimal(units: 5_050_000),
        metadata: [("sluice_id", "x")]
    )

    // MARK: - Lago's own document

    @Test(.enabled(if: OpenAPIDocument.lago.exists))
    func `every request that the client makes is in Lago's OpenAPI document`() async throws {
        let seen = Record<String>()
        try await withLago { request in
            seen.add("\(request.method) \(request.target.replacing("/api/v1", with: ""))")
            return (200, [], Self.everything())
        } during: { lago in
            try await Self.everyCall(of: lago)
        }
        #expect(seen.count >= 30)
        let findings = try await Self.findings(in: seen.all)
        #expect(LagoGaps.without(LagoGaps.requests, findings) == [])
    }

    @Test(.enabled(if: OpenAPIDocument.lago.exists))
    func `requests that Lago's document does not allow are found out`() async throws {
        let findings = try await Self.findings(in: [
            "GET /wallets?external_customer_id=c&page=x", "GET /invoices?statuses%5B%5D=paid&issuing_date_from=1.8.26",
            "GET /invoices/7", "PATCH /customers", "GET /customers/c/current_usage", "GET /subscriptions?status=active",
        ])
        #expect(
            findings == [
                "GET /customers/{external_customer_id}/current_usage: external_subscription_id is missing",
                "GET /invoices/{lago_id}: lago_id may not be 7", "GET /invoices: issuing_date_from may not be 1.8.26",
                "GET /invoices: statuses[] may not be paid", "GET /subscriptions: no parameter status",
                "GET /wallets: page may not be x", "PATCH /customers: no such call",
            ]
        )
    }

    private static func findings(in requests: [String]) async throws -> [String] {
        try await OpenAPIDocument.lago.problems(
            of: requests.map { request in
                let words = request.split(separator: " ", maxSplits: 1)
                let parts = words[1].split(separator: "?", maxSplits: 1)
                // What the bodies are is for the tests beside the sandbox.
                return LagoRequest(
                    String(words[0]),
                    String(parts[0]),
                    query: parts.count > 1 ? String(parts[1]) : "",
                    status: 422
                )
            }
        ).sorted()
    }

    // MARK: - Paths and queries

    @Test(arguments: [
        ("cust_042", "/customers/cust_042"), ("a b+c%d", "/customers/a%20b%2Bc%25d"),
        ("ü?#", "/customers/%C3%BC%3F%23"),
        ("a@b.c", "/customers?external_id=a%40b.c&page=1&per_page=100"),
        ("..", "/customers?external_id=..&page=1&per_page=100"),
        ("a/b", "/customers?external_id=a%2Fb&page=1&per_page=100"),
    ])
    func `an id that fits no path is looked up in the list`(id: String, target: String) async throws {
        let seen = Record<String>()
        let customer = Self.customer(id)
        try await withLago { request in
            seen.add(request.target)
            return (200, [], #"{"customer":\#(customer),"customers":[\#(customer)],"meta":{}}"#)
        } during: { lago in
            let customer = try await lago.customer(externalID: id)
            #expect(customer.externalID == id)
        }
        #expect(seen.all == ["/api/v1" + target])
    }

    private static func customer(_ id: String) -> String {
        #"{"lago_id":"l-\#(id)","external_id":"\#(id)","created_at":"2026-03-02T09:14:05Z"}"#
    }

    /// Before 1.49 the filter for the exact id is ignored, and all customers come.
    @Test(arguments: [(obeys: true, exists: true), (true, false), (false, true), (false, false)])
    func `the list is searched where Lago ignores the filter`(obeys: Bool, exists: Bool) async throws {
        let seen = Record<String>()
        try await withLago { request in
            let items = URLComponents(string: request.target)?.queryItems ?? []
            let isSearch = items.contains { $0.name == "search_term" }
            let isLast = items.contains { $0.name == "page" && $0.value == "2" }
            seen.add(items.first?.name ?? "")
            if obeys { return (200, [], LagoStub.page("customers", exists ? [Self.customer("a.b")] : [])) }
            let found = isSearch && isLast && exists ? ["a.b"] : [isLast ? "xa.b" : "a.bc"]
            return (200, [], LagoStub.page("customers", found.map(Self.customer), next: isLast ? "null" : "2"))
        } during: { lago in
            if exists {
                let customer = try await lago.customer(externalID: "a.b")
                #expect(customer.id == "l-a.b")
            } else {
                let error = await #expect(throws: LagoError.self) { try await lago.customer(externalID: "a.b") }
                #expect(error == .notFound(code: "customer_not_found"))
            }
        }
        #expect(seen.all == (obeys ? ["external_id"] : ["external_id", "search_term", "search_term"]))
    }

    @Test func `an empty id is unknown, and no list is asked in its place`() async throws {
        let seen = Record<String>()
        try await withLago { request in
            seen.add(request.target)
            return (200, [], Self.everything())
        } during: { lago in
            let unknown = LagoError.notFound(code: nil)
            await #expect(throws: unknown) { try await lago.customer(externalID: "") }
            await #expect(throws: unknown) { try await lago.wallets(externalCustomerID: "") }
            await #expect(throws: unknown) { try await lago.wallet(id: "") }
            await #expect(throws: unknown) { try await lago.walletTransactions(walletID: "").all() }
            await #expect(throws: unknown) { try await lago.subscriptions(externalCustomerID: "") }
            await #expect(throws: unknown) { try await lago.subscription(externalID: "") }
            await #expect(throws: unknown) {
                try await lago.currentUsage(externalCustomerID: "", externalSubscriptionID: "s")
            }
            await #expect(throws: unknown) { try await lago.plan(code: "") }
            await #expect(throws: unknown) { try await lago.invoice(id: "") }
            await #expect(throws: unknown) { try await lago.creditNote(id: "") }
        }
        #expect(seen.all.isEmpty)
    }

    @Test func `filters and dots go out as Lago reads them`() async throws {
        let seen = Record<String>()
        try await withLago { request in
            seen.add(request.target.replacing("/api/v1", with: ""))
            return (200, [], Self.everything())
        } during: { lago in
            _ = try await lago.subscriptions(externalCustomerID: "a.b", statuses: [.active, .pending])
            let usage = try await lago.currentUsage(externalCustomerID: "a.b", externalSubscriptionID: "s.1&x")
            #expect(usage.charges.map(\.units) == ["0.0000001"] && usage.taxesAmountCents == 481)
            let subscription = try await lago.subscription(externalID: "s.1/2")
            #expect(subscription.plan?.charges.map(\.isPaidInAdvance) == [true])
            _ = try await lago.invoices(LagoInvoiceFilter(paymentStatuses: [.failed], issuedFrom: Self.august)).all()
            let events = try await lago.events(from: Self.august - 1, pageSize: 500).all()
            #expect(events.map(\.timestamp) == [Self.august])
        }
        #expect(
            seen.all == [
                "/subscriptions?external_customer_id=a.b&status%5B%5D=active&status%5B%5D=pending&page=1&per_page=100",
                "/customers/a%2Eb/current_usage?external_subscription_id=s.1%26x",
                "/subscriptions/s%2E1%2F2?status=active",
                "/invoices?issuing_date_from=2026-08-01&payment_statuses%5B%5D=failed&page=1&per_page=100",
                "/events?timestamp_from=2026-07-31T23%3A59%3A59.999Z&page=1&per_page=500",
            ]
        )
    }

    @Test func `each call takes its turn and is told to the observer under its name`() async throws {
        let told = Record<String>()
        let start = ContinuousClock.now
        try await withLago(rate: 100) { operation, _, _ in
            told.add(operation)
        } respond: { _ in
            (200, [], Self.everything())
        } during: { lago in
            try await Self.everyCall(of: lago)
        }
        #expect(ContinuousClock.now - start >= .milliseconds(10 * (told.count - 1)))
        #expect(
            Set(told.all) == [
                "organization", "health", "analytics_mrr", "webhook_public_key", "webhook_endpoints",
                "create_webhook_endpoint",
                "update_webhook_endpoint", "customer", "customers", "wallets", "wallet", "wallet_transactions",
                "subscriptions", "subscription", "current_usage", "plan", "invoices", "invoice",
                "events", "credit_notes", "credit_note", "create_wallet_transaction", "wallet_transaction",
                "retry_payment",
            ]
        )
    }
}
