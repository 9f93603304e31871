import Foundation
import Sandbox
import TestSupport
import Testing

/// The answers of the sandbox beside Lago's own OpenAPI document.
struct OpenAPITests {
    @Test func `answers have the fields and types of Lago's document`() async throws {
        let answers = try await withSandbox { sandbox, client in
            let wallet = try #require(sandbox.wallets(of: "cust_borealis").first).id
            try sandbox.recordUsage(customer: "cust_borealis", units: "10")
            try sandbox.recordUsage(customer: "cust_borealis", units: "1", code: "exports")
            let topUp = try sandbox.purchase("20.0", wallet: wallet)
            try sandbox.settle(topUp)
            sandbox.advanceToBilling()
            let sub = "external_subscription_id=sub_cust_borealis"
            let invoices = try await client.get("/api/v1/invoices")
            let ids = invoices.body["invoices"]?.array?.compactMap { $0["lago_id"]?.string } ?? []
            #expect(ids.count == 5)
            let event = try #require(try await client.get("/api/v1/events").body["events"]?.array?.first)
            let note = try sandbox.issueCreditNote(invoice: try #require(ids.last), cents: 1)
            var calls = [
                ("CreditNotesPaginated", "credit_notes"), ("CreditNote", "credit_notes/" + note),
                ("CustomerUsage", "customers/cust_borealis/current_usage?" + sub),
                ("CustomerPastUsage", "customers/cust_borealis/past_usage?" + sub),
                ("WalletsPaginated", "wallets"), ("WalletsPaginated", "customers/cust_borealis/wallets"),
                ("Wallet", "wallets/" + wallet),
                ("WalletTransactionsPaginated", "wallets/\(wallet)/wallet_transactions"),
                ("SubscriptionsPaginated", "subscriptions"),
                ("SubscriptionExtended", "subscriptions/sub_cust_borealis"), ("PlansPaginated", "plans"),
                ("InvoicesPaginated", "invoices"), ("EventsPaginated", "events"),
                ("Event", "events/" + (event["transaction_id"]?.string ?? "")),
                ("BillableMetricsPaginated", "billable_metrics"), ("CustomersPaginated", "customers"),
                ("PaymentsPaginated", "payments"),
            ]
            calls += ids.map { ("Invoice", "invoices/" + $0) }
            var answers: [JSONValue] = []
            for (schema, path) in calls {
                let answer = try await client.get("/api/v1/" + path)
                #expect(answer.status == 200, "\(path)")
                answers.append(["schema": .string(schema), "body": answer.body])
            }
            return answers
        }
        #expect(LagoGaps.without(LagoGaps.answers, try await self.check(answers)) == [])
    }

    @Test(
        .enabled(if: OpenAPIDocument.lago.exists),
        arguments: [
            (
                body: #"{"wallet_transaction":{"wallet_id":"WALLET","paid_credits":5}}"#,
                problem: "5 is not of type 'string'"
            ),
            (#"{"wallet_transaction":{"paid_credits":"5.0"}}"#, "'wallet_id' is a required property"),
            (#"{"wallet_id":"WALLET"}"#, "'wallet_transaction' is a required property"),
            ("", "the body is missing"),
        ]
    )
    func `a body that Lago's document does not allow is found out`(body: String, problem: String) async throws {
        let body = body.replacing("WALLET", with: "9a4e1c57-2d3b-4b8e-a1f6-5c7d8e9f0a31")
        let request = LagoRequest("POST", "/wallet_transactions", body: body, status: nil)
        let problems = try await OpenAPIDocument.lago.problems(of: [request])
        #expect(problems.count == 1 && problems.first?.contains(problem) == true, "\(problems)")
        // What Lago refused was somebody's own, who is told.
        let refused = LagoRequest("POST", "/wallet_transactions", body: body, status: 422)
        #expect(try await OpenAPIDocument.lago.problems(of: [refused]) == [])
    }

    @Test(.enabled(if: OpenAPIDocument.lago.exists))
    func `no test passes that asks Lago for what its document does not have`() async throws {
        let failure = await #expect(throws: HelperFailure.self) {
            try await SandboxPeer.running { lago in
                let client = try LagoClient(port: lago.port, apiKey: lago.sandbox.configuration.apiKey)
                #expect(try await client.get("/api/v1/customers?colour=red").status == 200)
            }
        }
        #expect(failure?.description.contains("GET /customers: no parameter colour") == true)
    }

    /// What the document finds wrong with the answers.
    private func check(_ answers: [JSONValue]) async throws -> [String] {
        let folder = try TemporaryFolder()
        let (input, report) = (folder.path("answers.json"), folder.path("report.txt"))
        try JSONValue.array(answers).railsText.write(toFile: input, atomically: true, encoding: .utf8)
        let script = URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "../TestSupport/Python/openapi_check.py").standardizedFileURL
        try await HelperServer.run([
            "python3", script.path(percentEncoded: false), OpenAPIDocument.lago.path, input, report,
        ])
        return try String(contentsOfFile: report, encoding: .utf8).split(separator: "\n").map { String($0) }
    }
}
