import Sandbox
import TestSupport
import Testing

struct ControlRoutesTests {
    @Test func `webhooks are made on request, at a pace, and listed with their attempts`() async throws {
        try await withReceiver { url, received in
            try await withSandbox { sandbox, client in
                try sandbox.addEndpoint(url: url, algorithm: .hmac)
                let answer = try await client.send(
                    "POST",
                    "/sandbox/webhooks",
                    [
                        "webhook_type": "invoice.payment_status_updated", "external_customer_id": "cust_marisol",
                        "count": 5, "per_second": 200, "object": ["payment_status": "failed"],
                    ],
                    authorization: ""
                )
                #expect(answer.status == 200 && answer.body["count"] == 5)
                #expect(await eventually { received.count == 5 })
                #expect(await eventually { sandbox.deliveries.filter { $0.state == .succeeded }.count == 5 })
                let listed = try await client.get("/sandbox/deliveries?limit=2&state=succeeded", authorization: "")
                #expect(listed.body["total_count"] == 5 && listed.body["deliveries"]?.array?.count == 2)
                let latest = try #require(listed.body["deliveries"]?.array?.first)
                #expect(latest["attempts"]?.array?.map { $0["status"] } == [200])
                #expect(latest["payload"]?["invoice"]?["payment_status"] == "failed")
                #expect(latest["payload"]?["invoice"]?["customer"]?["external_id"] == "cust_marisol")
            }
        }
    }

    @Test func `a mistake in a request for webhooks is named`() async throws {
        try await withSandbox { _, client in
            let mistakes: [(JSONValue, JSONValue)] = [
                (["webhook_type": "x.y"], ["webhook_type": ["value_is_invalid"]]),
                (["webhook_type": "fee.created", "count": 0], ["count": ["value_is_invalid"]]),
                (["webhook_type": "fee.created", "per_second": 0], ["per_second": ["value_is_invalid"]]),
                (
                    ["webhook_type": "fee.created", "external_customer_id": "nobody"],
                    ["webhook": ["no customer has the external id nobody"]]
                ),
            ]
            for (body, details) in mistakes {
                let answer = try await client.send("POST", "/sandbox/webhooks", body)
                #expect(answer.status == 422 && answer.details == details)
            }
        }
    }

    @Test func `faults are set as a whole and read back`() async throws {
        try await withSandbox { sandbox, client in
            let answer = try await client.send(
                "PUT",
                "/sandbox/faults",
                ["latency_ms": 5, "dropped_webhook": ["rate": .number("0.25"), "next": 2]]
            )
            #expect(sandbox.faults.latency == .milliseconds(5))
            #expect(sandbox.faults.droppedWebhook == .init(rate: 0.25, next: 2))
            #expect(try await client.get("/sandbox/faults").body == answer.body)
            #expect(try await client.send("PUT", "/sandbox/faults", ["typo": [:]]).status == 422)
            _ = try await client.send("PUT", "/sandbox/faults", [:])
            #expect(sandbox.faults == Faults())
        }
    }
}
