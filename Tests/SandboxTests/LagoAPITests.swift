import Foundation
import Money
import Sandbox
import Signatures
import Testing

struct LagoAPITests {
    @Test func `the second word of the header is the key, whatever the first may be`() async throws {
        try await withSandbox { _, client in
            for header in ["Bearer \(client.apiKey)", "Whatever \(client.apiKey) and more"] {
                #expect(try await client.get("/api/v1/organizations", authorization: header).status == 200)
            }
            for header in [client.apiKey, "Bearer", "Bearer wrong", ""] {
                let answer = try await client.get("/api/v1/organizations", authorization: header)
                #expect(answer.status == 401)
                #expect(answer.text == #"{"status":401,"error":"Unauthorized"}"#)
            }
        }
    }

    @Test func `what has no route is resource_not_found`() async throws {
        try await withSandbox { _, client in
            for path in ["/api/v1/nowhere", "/", "/api/v1/customers/a.b", "/api/v1/customers/a%40b.com"] {
                let answer = try await client.get(path)
                #expect(answer.text == #"{"status":404,"error":"Not Found","code":"resource_not_found"}"#, "\(path)")
            }
            #expect(try await client.get("/health", authorization: "").body["message"] == "Success")
            #expect(try await client.get("/ready", authorization: "").text == #"{"status":"ok"}"#)
        }
    }

    @Test func `the public key comes as base64 in lines of sixty over a PEM text`() async throws {
        try await withSandbox { sandbox, client in
            let answer = try await client.get("/api/v1/webhooks/json_public_key")
            let text = try #require(answer.body["webhook"]?["public_key"]?.string)
            let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
            #expect(lines.last == "" && lines.dropLast(2).allSatisfy { $0.count == 60 })
            #expect(try RSAPublicKey(lagoText: text).pem == sandbox.keys.rsa.publicPEM)
            #expect(try await client.get("/api/v1/webhooks/public_key").text == text)
        }
    }

    @Test func `rotation changes the key that is served`() async throws {
        try await withSandbox { sandbox, client in
            let before = try await client.get("/api/v1/webhooks/public_key").text
            let answer = try await client.send("POST", "/sandbox/keys/rotate", authorization: "")
            let after = try await client.get("/api/v1/webhooks/public_key").text
            #expect(after != before)
            #expect(answer.body["public_key"] == .string(after))
            #expect(answer.body["hmac_key"] == .string(sandbox.keys.hmac))
        }
    }

    @Test func `the organisation shows its endpoints, but not its HMAC key`() async throws {
        try await withSandbox { sandbox, client in
            try sandbox.addEndpoint(url: "https://rx.example/hooks")
            let answer = try await client.get("/api/v1/organizations")
            let organization = try #require(answer.body["organization"])
            #expect(organization["lago_id"] == .string(sandbox.configuration.organizationID))
            #expect(organization["webhook_urls"] == ["https://rx.example/hooks"])
            #expect(!answer.text.contains(sandbox.keys.hmac))
        }
    }

    @Test func `customers are created, then updated key by key`() async throws {
        try await withSandbox { _, client in
            let created = try await client.send(
                "POST",
                "/api/v1/customers",
                ["customer": ["external_id": "a@b.com", "name": "R&D <Søn>", "email": "x@y.example,z@y.example"]]
            )
            #expect(created.status == 200)
            #expect(created.text.contains(#""name":"R\u0026D \u003cSøn\u003e""#))
            let updated = try await client.send(
                "POST",
                "/api/v1/customers",
                ["customer": ["external_id": "a@b.com", "country": "DK"]]
            )
            #expect(updated.body["customer"]?["lago_id"] == created.body["customer"]?["lago_id"])
            #expect(updated.body["customer"]?["name"] == "R&D <Søn>")
            let found = try await client.get("/api/v1/customers?external_id=a%40b.com")
            #expect(found.body["customers"]?.array?.map { $0["country"] } == ["DK"])
            #expect(found.body["meta"]?["total_count"] == 1)
        }
    }

    @Test func `a customer that Lago would refuse is refused with every reason`() async throws {
        try await withSandbox { _, client in
            let path = "/api/v1/customers"
            #expect(
                try await client.send("POST", path, [:]).text
                    == #"{"status":400,"error":"BadRequest: param is missing or the value is empty or invalid: customer"}"#
            )
            let refused = try await client.send(
                "POST",
                path,
                ["customer": ["external_id": "c", "email": "no", "country": "Germany", "currency": "TND"]]
            )
            #expect(refused.status == 422 && refused.code == "validation_errors")
            #expect(
                refused.details == [
                    "country": ["not_a_valid_country_code"], "currency": ["value_is_invalid"],
                    "email": ["invalid_email_format"],
                ]
            )
            let nameless = try await client.send("POST", path, ["customer": ["name": "x"]])
            #expect(nameless.details == ["external_id": ["value_is_mandatory"]])
            #expect(try await client.get(path + "/c").code == "customer_not_found")
        }
    }

    @Test func `metadata is replaced by the list, and an old key without its id is a duplicate`() async throws {
        try await withSandbox { _, client in
            func post(_ metadata: JSONValue) async throws -> LagoClient.Answer {
                try await client.send(
                    "POST",
                    "/api/v1/customers",
                    ["customer": ["external_id": "c", "metadata": metadata]]
                )
            }
            let first = try await post([["key": "a", "value": "1"], ["key": "b", "value": "2"]])
            let id = try #require(first.body["customer"]?["metadata"]?.array?.first?["lago_id"])
            #expect(try await post([["key": "a", "value": "9"]]).details == ["metadata": ["value_already_exist"]])
            let replaced = try await post([["id": id, "key": "a", "value": "9"]])
            #expect(replaced.body["customer"]?["metadata"]?.array?.map { $0["value"] } == ["9"])
            let many = try await post(.array((0..<6).map { ["key": .string("k\($0)"), "value": "v"] }))
            #expect(many.details == ["metadata": ["invalid_count"]])
        }
    }

    @Test func `wallets are listed newest first, by customer, and shown by id`() async throws {
        try await withSandbox { sandbox, client in
            let all = try await client.get("/api/v1/wallets?per_page=2")
            let ids = all.body["wallets"]?.array?.compactMap { $0["external_customer_id"]?.string }
            #expect(ids == ["cust_tanuki", "cust_marisol"])
            #expect(all.body["meta"]?["next_page"] == 2)
            let listed = try await client.get("/api/v1/wallets?external_customer_id=cust_marisol")
            let wallet = try #require(listed.body["wallets"]?.array?.first)
            #expect(wallet["credits_balance"] == "12.5" && wallet["balance_cents"] == 1_250)
            #expect(wallet["applies_to"] == ["fee_types": [], "billable_metric_codes": []])
            let id = try #require(wallet["lago_id"]?.string)
            #expect(try await client.get("/api/v1/wallets/\(id)").body["wallet"] == wallet)
            sandbox.changeWallet(id: id) { $0.consume(FixedDecimal(units: 150_000), at: Date()) }
            let changed = try await client.get("/api/v1/wallets/\(id)").body["wallet"]
            #expect(changed?["credits_balance"] == "11.0" && changed?["consumed_credits"] == "1.5")
            #expect(try await client.get("/api/v1/wallets?external_customer_id=no").code == "customer_not_found")
            #expect(try await client.get("/api/v1/wallets/none").code == "wallet_not_found")
            #expect(try await client.get("/api/v1/wallets?per_page=0").status == 500)
        }
    }
}
