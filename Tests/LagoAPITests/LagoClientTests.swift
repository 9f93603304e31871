import Foundation
import LagoAPI
import Logging
import Money
import Settings
import TestSupport
import Testing
import Transport

@Suite struct LagoClientTests {
    private static func wallet(_ id: String, extra: String = "") -> String {
        """
        {"lago_id":"\(id)", "external_customer_id":"c,]}\\"ü", "status":"active","currency":"EUR" ,\
        "balance_cents":1050,"ongoing_balance_cents":-20,"credits_balance":"10.50000","name":null,\
        "rate_amount":"1.0","created_at":"2026-03-02T09:20:00Z"\(extra)}
        """
    }

    @Test func `the organisation is read, with fields that are new and fields that are missing`() async throws {
        let seen = Record<ReceivedRequest>()
        try await withLago { request in
            seen.add(request)
            return (200, [], #"{"organization":{"lago_id":"o1","name":"Acme","new":{"a":[1]},"timezone":null}}"#)
        } during: { lago in
            let organization = try await lago.organization()
            #expect(organization.id == "o1")
            #expect(organization.name == "Acme")
            #expect(organization.defaultCurrency == nil)
        }
        #expect(seen.all.map(\.target) == ["/api/v1/organizations"])
        #expect(seen.all.first?.header("Authorization") == "Bearer \(LagoStub.key)")
    }

    @Test func `the public key is given as served, line breaks and all`() async throws {
        try await withLago { _ in
            (200, [], #"{"webhook":{"public_key":"LS0t\nLS0=\n"}}"#)
        } during: { lago in
            let key = try await lago.webhookPublicKey()
            #expect(key == "LS0t\nLS0=\n")
        }
    }

    @Test func `health is asked at the root, without the key`() async throws {
        let seen = Record<ReceivedRequest>()
        try await withLago { request in
            seen.add(request)
            return (200, [], #"{"version":"v1.50.0","message":"Success"}"#)
        } during: { lago in
            let version = try await lago.health()
            #expect(version == "v1.50.0")
        }
        #expect(seen.all.map(\.target) == ["/health"])
        #expect(seen.all.first?.header("Authorization") == nil)
    }

    @Test func `an endpoint is registered and changed with a JSON body, each over a connection of its own`()
        async throws
    {
        let seen = Record<ReceivedRequest>()
        let answer = #"{"webhook_endpoint":{"lago_id":"e/1","webhook_url":"https://rx.test/","signature_algo":"hmac"}}"#
        try await withLago { request in
            seen.add(request)
            return (200, [], answer)
        } during: { lago in
            var input = LagoWebhookEndpointInput(url: "https://rx.test/", signatureAlgorithm: "hmac", name: "sluice")
            let created = try await lago.createWebhookEndpoint(input)
            #expect(created.id == "e/1")
            #expect(created.eventTypes == nil)
            input.eventTypes = ["*"]
            _ = try await lago.updateWebhookEndpoint(id: created.id, input)
        }
        #expect(seen.all.map(\.method) == ["POST", "PUT"])
        #expect(seen.all.map(\.target) == ["/api/v1/webhook_endpoints", "/api/v1/webhook_endpoints/e%2F1"])
        #expect(seen.all.map(\.connection) == [1, 2])
        let bodies = try seen.all.map {
            try #require(try JSONSerialization.jsonObject(with: Data($0.body)) as? [String: NSDictionary])
        }
        #expect(
            bodies == [
                ["webhook_endpoint": ["webhook_url": "https://rx.test/", "signature_algo": "hmac", "name": "sluice"]],
                [
                    "webhook_endpoint": [
                        "webhook_url": "https://rx.test/", "signature_algo": "hmac", "name": "sluice",
                        "event_types": ["*"],
                    ]
                ],
            ]
        )
    }

    @Test func `pages that shift while they are read give each wallet once, with its own bytes`() async throws {
        let seen = Record<String>()
        let texts = (0...3).map { Self.wallet("w\($0)", extra: #","x":{"y":[1,{"z":"]"}]},"n":1.10"#) }
        try await withLago { request in
            seen.add(request.target)
            switch seen.count {
            case 1: return (200, [], LagoStub.page("wallets", [texts[0], texts[1]], next: "2"))
            case 2: return (200, [], LagoStub.page("wallets", [texts[1], texts[2]], next: "3"))
            case 3: return (200, [], LagoStub.page("wallets", [texts[2], texts[3]], next: "4"))
            default: return (200, [], LagoStub.page("wallets", [], next: "5"))
            }
        } during: { lago in
            let wallets = try await lago.wallets(externalCustomerID: "a b&c=d+ü/é@f.g")
            #expect(wallets.map(\.id) == ["w0", "w1", "w2", "w3"])
            #expect(wallets.map { String(decoding: $0.json, as: UTF8.self) } == texts)
            #expect(wallets.first?.externalCustomerID == #"c,]}"ü"#)
            #expect(wallets.first?.balanceCents == 1050)
            #expect(wallets.first?.ongoingBalanceCents == -20)
            #expect(wallets.first?.credits.balance == FixedDecimal("10.5"))
        }
        let customer = "a%20b%26c%3Dd%2B%C3%BC%2F%C3%A9%40f.g"
        #expect(
            seen.all == (1...4).map { "/api/v1/wallets?external_customer_id=\(customer)&page=\($0)&per_page=100" }
        )
    }

    @Test func `a list ends where there is no next page`() async throws {
        let seen = Record<String>()
        try await withLago { request in
            seen.add(request.target)
            return (200, [], LagoStub.page("webhook_endpoints", [#"{"lago_id":"e","webhook_url":"https://a.test"}"#]))
        } during: { lago in
            let urls = try await lago.webhookEndpoints().map(\.url)
            #expect(urls == ["https://a.test"])
        }
        #expect(seen.all == ["/api/v1/webhook_endpoints?page=1&per_page=100"])
    }

    @Test(arguments: [
        (400, #"{"status":400,"error":"BadRequest: param is missing"}"#, LagoError.badRequest),
        (401, #"{"status":401,"error":"Unauthorized"}"#, .unauthorized),
        (403, #"{"status":403,"code":"feature_unavailable"}"#, .forbidden(code: "feature_unavailable")),
        (404, #"{"status":404,"code":"customer_not_found"}"#, .notFound(code: "customer_not_found")),
        (404, #"{"code":"resource_not_found"}"#, .noRoute), (404, "<html>", .unexpected(status: 404)),
        (405, #"{"code":"no_active_subscription"}"#, .conflict(code: "no_active_subscription")),
        (405, "<html>", .unexpected(status: 405)), (403, "<html>", .forbidden(code: nil)),
        (
            422, #"{"code":"validation_errors","error_details":{"url":["url_is_invalid","b"],"0":{"a":["x"]},"n":7}}"#,
            .validation(code: "validation_errors", details: ["url": ["url_is_invalid", "b"], "0.a": ["x"]])
        ),
        (422, #"{"code":"c","error_details":"words"}"#, .validation(code: "c", details: ["base": ["words"]])),
        (422, #"{"code":7}"#, .validation(code: nil, details: [:])),
        (429, "{}", .rateLimited(resetSeconds: 7)), (500, "", .server(status: 500)), (503, "x", .server(status: 503)),
        (302, "", .unexpected(status: 302)),
    ])
    func `a refusal is typed by what Lago answers`(status: Int, body: String, expected: LagoError) async throws {
        let requests = Record<Int>()
        try await withLago { _ in
            requests.add(1)
            return (status, [("X-RateLimit-Reset", "7"), ("Location", "/elsewhere")], body)
        } during: { lago in
            let error = await #expect(throws: LagoError.self) { try await lago.wallets(externalCustomerID: "c") }
            #expect(error == expected)
            #expect(error.map { !"\($0)".contains(LagoStub.key) } ?? false)
        }
        #expect(requests.count == 1)
    }

    @Test(arguments: [
        "", "null", "[]", "{", "not JSON", #"{"wallets":null,"meta":{}}"#, #"{"wallets":[{"lago_id":5}],"meta":{}}"#,
        #"{"wallets":[]}"#,
    ])
    func `an answer that cannot be read says where, and nothing that stood there`(body: String) async throws {
        try await withLago { _ in
            (200, [], body)
        } during: { lago in
            let error = await #expect(throws: LagoError.self) { try await lago.wallets(externalCustomerID: "c") }
            #expect(error?.label == "unreadable")
            #expect(error?.canRetryHelp == true)
        }
    }

    @Test func `each request is told to the observer, with its operation and status`() async throws {
        let told = Record<String>()
        try await withLago { operation, status, seconds in
            told.add("\(operation) \(status) \((0..<60).contains(seconds))")
        } respond: { request in
            request.target == "/health" ? (500, [], "") : (200, [], LagoStub.page("wallets", []))
        } during: { lago in
            _ = try await lago.wallets(externalCustomerID: "c")
            _ = try? await lago.health()
        }
        #expect(told.all == ["wallets 200 true", "health 500 true"])
    }

    @Test func `a Lago that is not there is a transport error`() async throws {
        let told = Record<String>()
        let port = try await TCPPeer.serving { _ in
        } during: {
            $0.port
        }
        let lago = LagoClient(
            address: try #require(LagoAddress("http://127.0.0.1:\(port)")),
            key: LagoStub.key,
            engine: try TransferEngine(),
            limiter: RateLimiter(requestsPerSecond: 10),
            logger: Logger(label: "test"),
            observe: { told.add("\($0) \($1) \($2 >= 0)") }
        )
        let error = await #expect(throws: LagoError.self) { try await lago.organization() }
        #expect(error?.label == "connect")
        #expect(error?.canRetryHelp == true)
        #expect(told.all == ["organization connect true"])
    }

    @Test func `calls wait in the lane that was chosen for them`() async throws {
        let limiter = RateLimiter(requestsPerSecond: 1, clock: HandClock())
        let lago = LagoClient(
            address: try #require(LagoAddress("http://127.0.0.1:1")),
            key: LagoStub.key,
            engine: try TransferEngine(),
            limiter: limiter,
            logger: Logger(label: "test")
        )
        try await limiter.turn()
        let calls = ([lago] + LagoLane.allCases.filter { $0 != .prompt }.map(lago.on)).map { lago in
            Task { try await lago.health() }
        }
        #expect(await eventually { LagoLane.allCases.allSatisfy { limiter.waiting(on: $0) == 1 } })
        for call in calls {
            call.cancel()
            await #expect(throws: CancellationError.self) { try await call.value }
        }
        #expect(LagoLane.allCases.allSatisfy { limiter.waiting(on: $0) == 0 })
    }

    @Test func `a call that is cancelled ends at once`() async throws {
        let came = Record<Int>()
        try await withLago { _ in
            came.add(1)
            try await Task.sleep(for: .seconds(3600))
            return (200, [], "")
        } during: { lago in
            let call = Task { try await lago.organization() }
            #expect(await eventually { came.count == 1 })
            call.cancel()
            let error = await #expect(throws: LagoError.self) { try await call.value }
            #expect(error?.label == "cancelled")
        }
    }

    @Test(arguments: [
        ("https://lago.test", "https://lago.test/api/v1", "https://lago.test"),
        ("https://lago.test/", "https://lago.test/api/v1", "https://lago.test"),
        ("https://lago.test/api", "https://lago.test/api/v1", "https://lago.test"),
        ("https://lago.test/api/v1/", "https://lago.test/api/v1", "https://lago.test"),
        ("http://api", "http://api/api/v1", "http://api"),
        ("http://localhost:3000/lago", "http://localhost:3000/lago/api/v1", "http://localhost:3000/lago"),
    ])
    func `the base follows from the setting`(text: String, base: String, root: String) throws {
        let address = try #require(LagoAddress(text))
        #expect(address.base == base)
        #expect(address.root == root)
    }

    @Test(arguments: [
        "", "lago.test", "http://lago test", "http://lago.test/\n", "ftp://lago.test", "https://",
        "https://a:b@lago.test", "https://lago.test?a=b",
        "https://lago.test#a",
    ])
    func `what is no plain URL is no address`(text: String) {
        #expect(LagoAddress(text) == nil)
    }
}
