import Sandbox
import Testing

struct WebhookEndpointTests {
    private let path = "/api/v1/webhook_endpoints"

    private func create(_ body: JSONValue, with client: LagoClient) async throws -> LagoClient.Answer {
        try await client.send("POST", self.path, ["webhook_endpoint": body])
    }

    @Test func `an endpoint is created, shown, changed and deleted`() async throws {
        try await withSandbox { sandbox, client in
            let created = try await self.create(
                ["webhook_url": "https://rx.example/b", "name": "worker"],
                with: client
            )
            let endpoint = try #require(created.body["webhook_endpoint"])
            #expect(created.status == 200 && endpoint["signature_algo"] == "jwt" && endpoint["event_types"] == .null)
            #expect(endpoint["lago_organization_id"] == .string(sandbox.configuration.organizationID))
            let item = self.path + "/" + (endpoint["lago_id"]?.string ?? "")
            #expect(try await client.get(item).body["webhook_endpoint"] == endpoint)
            let changed = try await client.send("PUT", item, ["webhook_endpoint": ["signature_algo": "hmac"]])
            #expect(changed.body["webhook_endpoint"]?["signature_algo"] == "hmac")
            #expect(changed.body["webhook_endpoint"]?["name"] == "worker")
            _ = try await self.create(["webhook_url": "https://rx.example/a"], with: client)
            let urls = try await client.get(self.path).body["webhook_endpoints"]?.array?.map { $0["webhook_url"] }
            #expect(urls == ["https://rx.example/a", "https://rx.example/b"])
            #expect(try await client.send("DELETE", item).body["webhook_endpoint"]?["name"] == "worker")
            #expect(try await client.get(item).code == "webhook_endpoint_not_found")
        }
    }

    @Test func `a URL must be http with a host, and is taken once`() async throws {
        try await withSandbox { _, client in
            for url in ["ftp://rx.example", "rx.example/hook", "http://", "http:///hook"] {
                let answer = try await self.create(["webhook_url": .string(url)], with: client)
                #expect(answer.details == ["webhook_url": ["url_is_invalid"]], "\(url)")
            }
            let without = try await self.create(["name": "x"], with: client)
            #expect(without.details?["webhook_url"]?.array?.first == "value_is_mandatory")
            #expect(try await self.create(["webhook_url": "http://rx.example"], with: client).status == 200)
            let again = try await self.create(["webhook_url": "http://rx.example"], with: client)
            #expect(again.details == ["webhook_url": ["value_already_exist"]])
            #expect(try await client.send("POST", self.path, ["url": "x"]).status == 400)
        }
    }

    @Test func `an unknown algorithm is an unforeseen error`() async throws {
        try await withSandbox { _, client in
            let answer = try await self.create(
                ["webhook_url": "http://rx.example", "signature_algo": "rsa"],
                with: client
            )
            #expect(answer.status == 500 && answer.code == nil)
        }
    }

    @Test func `ten endpoints are the most`() async throws {
        try await withSandbox { sandbox, client in
            for number in 1...10 { try sandbox.addEndpoint(url: "http://rx\(number).example") }
            let answer = try await self.create(["webhook_url": "http://rx11.example"], with: client)
            #expect(answer.details == ["base": ["Maximum number of webhook endpoints was reached"]])
        }
    }

    @Test(
        arguments: [
            (nil, nil), (["*"], nil), ([], []), ([" Wallet.Updated ", "wallet.updated"], ["wallet.updated"]),
            (["credit_note.provider_refund_failure"], ["credit_note.provider_refund_failure"]),
        ] as [([String]?, [String]?)]
    )
    func `a filter is trimmed, lower-cased and kept once`(sent: [String]?, kept: [String]?) async throws {
        try await withSandbox { sandbox, _ in
            let endpoint = try sandbox.addEndpoint(url: "http://rx.example", eventTypes: sent)
            #expect(endpoint.eventTypes == kept)
        }
    }

    @Test func `a filter of unknown names is refused in a sentence`() async throws {
        try await withSandbox { _, client in
            func details(_ filter: JSONValue) async throws -> JSONValue? {
                try await self.create(["webhook_url": "http://rx.example", "event_types": filter], with: client).details
            }
            let text = try await details("wallet.updated")
            #expect(text == ["event_types": ["must_be_array"]])
            let unknown = try await details(["wallet.updated", "x.y", "credit_note.refund_failure"])
            #expect(
                unknown == [
                    "event_types": [#"contains invalid types: ["x.y", "credit_note.refund_failure"]"#]
                ]
            )
        }
    }
}
