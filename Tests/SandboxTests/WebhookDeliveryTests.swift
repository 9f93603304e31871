import Foundation
import Money
import Sandbox
import Signatures
import TestSupport
import Testing

struct WebhookDeliveryTests {
    @Test func `a webhook is signed with HMAC over the exact body`() async throws {
        try await withReceiver { url, received in
            try await withSandbox { sandbox, _ in
                try sandbox.addEndpoint(url: url, algorithm: .hmac)
                try sandbox.emit(.walletUpdated, customer: "cust_tanuki")
                #expect(await eventually { received.count == 1 })
                let request = try #require(received.all.first)
                let digest = try HMACSHA256.digest(of: request.body, key: Array(sandbox.keys.hmac.utf8))
                #expect(request.header("X-Lago-Signature") == Base64.encode(digest))
                #expect(request.header("X-Lago-Signature-Algorithm") == "hmac")
            }
        }
    }

    @Test func `a webhook is signed with a JWT that carries the body`() async throws {
        try await withReceiver { url, received in
            try await withSandbox { sandbox, client in
                try sandbox.addEndpoint(url: url)
                try sandbox.emit(.customerUpdated, customer: "cust_marisol")
                #expect(await eventually { received.count == 1 })
                let request = try #require(received.all.first)
                let token = try CompactJWS(try #require(request.header("X-Lago-Signature")))
                let served = try await client.get("/api/v1/webhooks/public_key").text
                try RSAPublicKey(lagoText: served).verify(token.signature, of: token.signedBytes)
                let claims = try JSONValue(parsing: token.claims)
                #expect(claims["data"]?.string.map { Array($0.utf8) } == request.body)
                #expect(claims["iss"] == "http://localhost:3000")
                #expect(String(decoding: request.body, as: UTF8.self).contains(#""Marisol \u0026 Søn ApS""#))
            }
        }
    }

    @Test func `the request looks as Ruby sends it`() async throws {
        try await withReceiver { url, received in
            try await withSandbox { sandbox, _ in
                try sandbox.addEndpoint(url: url, algorithm: .hmac)
                let keys = try sandbox.emit(.feeCreated)
                try sandbox.emit(.feeCreated)
                #expect(await eventually { received.count == 2 })
                let request = try #require(received.all.first { $0.header("X-Lago-Unique-Key") == keys.first })
                #expect(request.method == "POST" && request.target == "/hooks/lago?from=sandbox")
                let expected = [
                    "User-Agent": "Ruby", "Accept": "*/*", "Content-Type": "application/json", "Connection": "close",
                    "Accept-Encoding": "gzip;q=1.0,deflate;q=0.6,identity;q=0.3",
                    "Content-Length": "\(request.body.count)",
                ]
                for (name, value) in expected { #expect(request.header(name) == value) }
                #expect(request.headers.count == expected.count + 4)
                #expect(Set(received.all.map(\.connection)).count == 2)
            }
        }
    }

    @Test func `the envelope names the payload's type, its key and the organisation`() async throws {
        try await withReceiver { url, received in
            try await withSandbox { sandbox, _ in
                try sandbox.addEndpoint(url: url, algorithm: .hmac)
                for type in LagoWebhook.allCases { try sandbox.emit(type) }
                #expect(await eventually { received.count == 75 })
                for type in LagoWebhook.allCases {
                    let start =
                        #"{"webhook_type":"\#(type.payloadName)","object_type":"\#(type.objectType)","#
                        + #""organization_id":"\#(sandbox.configuration.organizationID)","\#(type.objectType)":{"#
                    let found = received.all.filter { $0.body.starts(with: start.utf8) }
                    #expect(found.count == 1, "\(type)")
                }
                #expect(await eventually { sandbox.deliveries.allSatisfy { $0.state == .succeeded } })
            }
        }
    }

    @Test func `a refused webhook is sent again with the same key and the same signature`() async throws {
        try await withReceiver(status: { $0 < 3 ? 503 : 204 }) { url, received in
            try await withSandbox { sandbox, _ in
                try sandbox.addEndpoint(url: url)
                try sandbox.emit(.invoiceCreated)
                #expect(await eventually { sandbox.deliveries.first?.state == .succeeded })
                #expect(received.count == 3)
                #expect(Set(received.all.map { $0.header("X-Lago-Unique-Key") }).count == 1)
                #expect(Set(received.all.map { $0.header("X-Lago-Signature") }).count == 1)
                #expect(sandbox.deliveries.first?.attempts.map(\.status) == [503, 503, 204])
            }
        }
    }

    @Test func `after the third refusal a webhook has failed`() async throws {
        try await withReceiver(status: { _ in 302 }) { url, received in
            try await withSandbox { sandbox, _ in
                try sandbox.addEndpoint(url: url)
                try sandbox.emit(.invoiceCreated)
                #expect(await eventually { sandbox.deliveries.first?.state == .failed })
                #expect(received.count == 3)
            }
        }
    }

    @Test func `a receiver that is not there counts as a refusal`() async throws {
        try await withSandbox { sandbox, _ in
            try sandbox.addEndpoint(url: "http://127.0.0.1:1/hooks")
            try sandbox.emit(.invoiceCreated)
            #expect(await eventually { sandbox.deliveries.first?.state == .failed })
            #expect(sandbox.deliveries.first?.attempts.allSatisfy { $0.status == nil && $0.failure != nil } == true)
        }
    }

    @Test func `an endpoint gets what its filter names`() async throws {
        try await withSandbox { sandbox, _ in
            try sandbox.addEndpoint(url: "http://127.0.0.1:1/all")
            let some = try sandbox.addEndpoint(url: "http://127.0.0.1:1/some", eventTypes: ["wallet.updated"])
            try sandbox.addEndpoint(url: "http://127.0.0.1:1/none", eventTypes: [])
            #expect(try sandbox.emit(.walletUpdated).count == 2)
            #expect(try sandbox.emit(.walletCreated).count == 1)
            #expect(sandbox.deliveries.filter { $0.endpointID == some.id }.map(\.webhookType) == ["wallet.updated"])
        }
    }

    @Test func `a filter for refund failures never matches, because the payload has another name`() async throws {
        try await withSandbox { sandbox, _ in
            try sandbox.addEndpoint(
                url: "http://127.0.0.1:1/some",
                eventTypes: ["credit_note.provider_refund_failure"]
            )
            #expect(try sandbox.emit(.creditNoteProviderRefundFailure).isEmpty)
            try sandbox.addEndpoint(url: "http://127.0.0.1:1/all")
            #expect(try sandbox.emit(.creditNoteProviderRefundFailure).count == 1)
            #expect(sandbox.deliveries.map(\.webhookType) == ["credit_note.refund_failure"])
        }
    }

    @Test func `upserting a customer sends customer.created, then customer.updated`() async throws {
        try await withReceiver { url, received in
            try await withSandbox { sandbox, client in
                try sandbox.addEndpoint(url: url, algorithm: .hmac)
                for _ in 1...2 {
                    _ = try await client.send("POST", "/api/v1/customers", ["customer": ["external_id": "new"]])
                }
                #expect(await eventually { received.count == 2 })
                #expect(sandbox.deliveries.map(\.webhookType) == ["customer.created", "customer.updated"])
                let object = try JSONValue(parsing: try #require(sandbox.deliveries.first).body.utf8)["customer"]
                #expect(object?["external_id"] == "new" && object?["integration_customers"] == [])
            }
        }
    }

    @Test func `life makes several kinds of webhooks about several customers`() async throws {
        try await withReceiver { url, received in
            try await withSandbox {
                $0.lifePerSecond = 500
            } body: { sandbox, _ in
                try sandbox.addEndpoint(url: url, algorithm: .hmac)
                #expect(await eventually { Set(sandbox.deliveries.map(\.webhookType)).count > 3 })
                #expect(await eventually { received.count > 20 })
                let wallets = try sandbox.configuration.customers.map {
                    try #require(sandbox.wallets(of: $0.externalID).first)
                }
                #expect(await eventually { wallets.contains { sandbox.wallet(id: $0.id)?.consumedCredits != .zero } })
            }
        }
    }

    @Test func `a customer or a wallet that is missing is an error`() async throws {
        try await withSandbox { sandbox, client in
            #expect(throws: SandboxError.unknownCustomer("nobody")) {
                try sandbox.emit(.walletUpdated, customer: "nobody")
            }
            _ = try await client.send("POST", "/api/v1/customers", ["customer": ["external_id": "poor"]])
            #expect(throws: SandboxError.noWallet(customer: "poor")) {
                try sandbox.emit(.walletUpdated, customer: "poor")
            }
        }
    }
}
