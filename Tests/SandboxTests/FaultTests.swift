import Sandbox
import Signatures
import TestSupport
import Testing
import Transport

struct FaultTests {
    @Test func `an API error strikes as often as asked and changes nothing`() async throws {
        try await withSandbox { sandbox, client in
            sandbox.faults.serverError = .next(2)
            let body: JSONValue = ["customer": ["external_id": "c"]]
            for _ in 1...2 {
                let answer = try await client.send("POST", "/api/v1/customers", body)
                #expect(answer.status == 500 && answer.code == nil)
            }
            #expect(try await client.get("/api/v1/customers/c").status == 404)
            #expect(try await client.send("POST", "/api/v1/customers", body).status == 200)
        }
    }

    @Test func `a connection may be closed before or after the effect`() async throws {
        try await withSandbox { sandbox, client in
            sandbox.faults.closedBeforeEffect = .next(1)
            await #expect(throws: TransferError.self) {
                try await client.send("POST", "/api/v1/customers", ["customer": ["external_id": "before"]])
            }
            sandbox.faults.closedAfterEffect = .next(1)
            await #expect(throws: TransferError.self) {
                try await client.send("POST", "/api/v1/customers", ["customer": ["external_id": "after"]])
            }
            let before = try await client.get("/api/v1/customers/before")
            let after = try await client.get("/api/v1/customers/after")
            #expect(before.status == 404 && after.status == 200)
        }
    }

    @Test func `a test meets each request, holds it up, and loses it`() async throws {
        try await withSandbox { sandbox, client in
            let met = Record<String>()
            sandbox.onRequest = { request in
                met.add("\(request.method) \(request.path) \(request.query) \(request.moment)")
                return request.moment == .beforeEffect && request.body.contains("before")
                    || request.moment == .afterEffect && request.body.contains("after") ? .lost : .goOn
            }
            for id in ["before", "after"] {
                await #expect(throws: TransferError.self) {
                    try await client.send("POST", "/api/v1/customers", ["customer": ["external_id": .string(id)]])
                }
            }
            let before = try await client.get("/api/v1/customers/before?a=b")
            sandbox.onRequest = nil
            let after = try await client.get("/api/v1/customers/after")
            #expect(before.status == 404 && after.status == 200)
            #expect(
                met.all == [
                    "POST /customers  beforeEffect", "POST /customers  beforeEffect", "POST /customers  afterEffect",
                    "GET /customers/before a=b beforeEffect",
                ]
            )
        }
    }

    @Test func `an API may ask for a pause, answer garbage, or not at all`() async throws {
        try await withSandbox { sandbox, client in
            sandbox.faults.rateLimited = .next(1)
            let body: JSONValue = ["customer": ["external_id": "c"]]
            let limited = try await client.send("POST", "/api/v1/customers", body)
            #expect(limited.status == 429 && limited.header("x-ratelimit-reset") == "1")
            sandbox.faults.garbage = .next(1)
            let garbage = try await client.send("POST", "/api/v1/customers", body)
            #expect(garbage.status == 200 && garbage.body == .null && garbage.text.hasPrefix("{"))
            sandbox.faults.hanging = .next(1)
            let error = await #expect(throws: TransferError.self) {
                try await client.send("POST", "/api/v1/customers", body, deadline: .milliseconds(100))
            }
            #expect(error?.kind == .timedOut)
            let after = try await client.get("/api/v1/customers/c")
            #expect(after.status == 404)
        }
    }

    @Test func `a held request is carried out after its client has given up`() async throws {
        try await withSandbox { sandbox, client in
            sandbox.faults.heldRequest = .next(1)
            sandbox.faults.heldFor = .milliseconds(300)
            // What changes nothing is let through.
            #expect(try await client.get("/api/v1/customers/held").status == 404)
            await #expect(throws: TransferError.self) {
                try await client.send("POST", "/api/v1/customers", ["customer": ["external_id": "held"]])
            }
            #expect(try await client.get("/api/v1/customers/held").status == 404)
            let isThere = try await eventually {
                try await client.get("/api/v1/customers/held").status == 200
            }
            #expect(isThere)
            let faults = try await client.send("PUT", "/sandbox/faults", ["held_ms": 70, "held_request": ["next": 2]])
            #expect(faults.body["held_ms"] == 70 && sandbox.faults.heldRequest == .next(2))
            #expect(sandbox.faults.heldFor == .milliseconds(70))
        }
    }

    @Test func `faults may strike some calls only, and calls are counted`() async throws {
        try await withSandbox { sandbox, client in
            sandbox.faults.only = "/wallets"
            sandbox.faults.serverError = .always
            for (path, status) in [("/wallets?page=2", 500), ("/wallets/x", 500), ("/customers", 200), ("/plans", 200)]
            {
                let answer = try await client.get("/api/v1" + path)
                #expect(answer.status == status, "\(path)")
            }
            #expect(sandbox.requestCount() == 4 && sandbox.requestCount("/wallets") == 2)
            #expect(sandbox.requestCount("/customers", method: "GET") == 1)
            #expect(sandbox.requestCount("/customers", method: "POST") == 0)
            sandbox.forgetRequests()
            let faults = try await client.send("PUT", "/sandbox/faults", ["only": "/plans"])
            #expect(faults.body["only"] == "/plans" && sandbox.faults.only == "/plans")
            #expect(try await client.send("PUT", "/sandbox/faults", ["only": "plans"]).status == 422)
            #expect(sandbox.requestCount() == 0)
        }
    }

    @Test func `latency delays the answer`() async throws {
        try await withSandbox { sandbox, client in
            sandbox.faults.latency = .milliseconds(150)
            let elapsed = try await ContinuousClock().measure { _ = try await client.get("/api/v1/organizations") }
            #expect(elapsed >= .milliseconds(150))
        }
    }

    @Test func `a duplicated webhook comes twice with one key`() async throws {
        try await withReceiver { url, received in
            try await withSandbox { sandbox, _ in
                try sandbox.addEndpoint(url: url, algorithm: .hmac)
                sandbox.faults.duplicatedWebhook = .next(1)
                try sandbox.emit(.feeCreated)
                #expect(await eventually { sandbox.deliveries.first?.state == .succeeded })
                #expect(received.count == 2)
                #expect(Set(received.all.map { $0.header("X-Lago-Unique-Key") }).count == 1)
            }
        }
    }

    @Test func `a reordered webhook comes after the one that follows it`() async throws {
        try await withReceiver { url, received in
            try await withSandbox {
                $0.webhookRetryCompression = 0.01
            } body: { sandbox, _ in
                try sandbox.addEndpoint(url: url, algorithm: .hmac)
                sandbox.faults.reorderedWebhook = .next(1)
                let keys = try sandbox.emit(.walletTransactionCreated) + sandbox.emit(.walletTransactionUpdated)
                #expect(await eventually { received.count == 2 })
                #expect(received.all.compactMap { $0.header("X-Lago-Unique-Key") } == keys.reversed())
            }
        }
    }

    @Test func `a reordered webhook that nothing follows is sent in the end`() async throws {
        try await withReceiver { url, received in
            try await withSandbox { sandbox, _ in
                try sandbox.addEndpoint(url: url, algorithm: .hmac)
                sandbox.faults.reorderedWebhook = .always
                try sandbox.emit(.feeCreated)
                #expect(await eventually { received.count == 1 })
            }
        }
    }

    @Test func `a dropped webhook is recorded and never sent`() async throws {
        try await withReceiver { url, received in
            try await withSandbox { sandbox, _ in
                try sandbox.addEndpoint(url: url, algorithm: .hmac)
                sandbox.faults.droppedWebhook = .next(1)
                try sandbox.emit(.feeCreated)
                try sandbox.emit(.walletUpdated)
                #expect(await eventually { sandbox.deliveries.last?.state == .succeeded })
                #expect(sandbox.deliveries.map(\.state) == [.dropped, .succeeded])
                #expect(received.count == 1)
            }
        }
    }

    @Test func `a foreign webhook is validly signed and names another organisation`() async throws {
        try await withReceiver { url, received in
            try await withSandbox { sandbox, _ in
                try sandbox.addEndpoint(url: url, algorithm: .hmac)
                sandbox.faults.foreignOrganization = .next(1)
                try sandbox.emit(.feeCreated)
                #expect(await eventually { received.count == 1 })
                let request = try #require(received.all.first)
                let digest = try HMACSHA256.digest(of: request.body, key: Array(sandbox.keys.hmac.utf8))
                #expect(request.header("X-Lago-Signature") == Base64.encode(digest))
                let named = try JSONValue(parsing: request.body)["organization_id"]
                #expect(named != .string(sandbox.configuration.organizationID))
            }
        }
    }

    @Test(arguments: [WebhookEndpoint.SignatureAlgorithm.hmac, .jwt])
    func `a broken signature has the right form and fits no body`(
        algorithm: WebhookEndpoint.SignatureAlgorithm
    ) async throws {
        try await withReceiver { url, received in
            try await withSandbox { sandbox, _ in
                try sandbox.addEndpoint(url: url, algorithm: algorithm)
                sandbox.faults.brokenSignature = .next(1)
                try sandbox.emit(.feeCreated)
                #expect(await eventually { received.count == 1 })
                let request = try #require(received.all.first)
                let sent = try #require(request.header("X-Lago-Signature"))
                let good = try sandbox.keys.signature(
                    of: String(decoding: request.body, as: UTF8.self),
                    algorithm: algorithm,
                    issuer: sandbox.configuration.issuer
                )
                #expect(sent != good && sent.count == good.count)
                if algorithm == .jwt {
                    let token = try CompactJWS(sent)
                    #expect(throws: SignatureError.mismatch) {
                        try RSAPublicKey(pem: sandbox.keys.rsa.publicPEM).verify(token.signature, of: token.signedBytes)
                    }
                }
            }
        }
    }
}
