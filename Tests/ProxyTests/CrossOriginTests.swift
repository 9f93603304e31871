import Foundation
import HTTPTypes
import Proxy
import Rules
import TestSupport
import Testing
import Transport

/// Which pages may call, as browsers ask for it.
@Suite(.timeLimit(.minutes(3))) struct CrossOriginTests {
    private static let origin = "https://app.test"
    private static let routes = [
        APIRoute(.get, "/things/{id}", for: .servers) { _ in APIAnswer(.null) },
        APIRoute(.put, "/things/{id}", for: .servers) { _ in APIAnswer(.null) },
        APIRoute(.post, "/things/new", for: .servers) { _ in throw APIFailure.notFound("thing_not_found") },
    ]

    private static func running(
        origins: Set<String> = [Self.origin, "http://localhost:3000"],
        _ body: (APIWorld) async throws -> Void
    ) async throws {
        try await APIWorld.running(
            doorway: Doorway(limits: CallLimits(perMinute: 2), pages: CrossOrigin(origins: origins)),
            routes: { _, _ in Self.routes },
            body: body
        )
    }

    private static func preflight(
        _ path: String,
        on world: APIWorld,
        origin: String = Self.origin,
        method: String = "PUT"
    ) async throws -> TransferResponse {
        let headers = [
            ("Origin", origin), ("Access-Control-Request-Method", method),
            ("Access-Control-Request-Headers", "authorization,content-type"),
        ]
        return try await world.call("OPTIONS", path, token: "", headers: headers)
    }

    @Test func `a page of ours is told what it may send, without a token and however often it asks`() async throws {
        try await Self.running { world in
            let cases = [
                ("/things/7", "GET, HEAD, PUT"), ("/things/new", "POST"),
                ("/nowhere", "GET, HEAD, POST, PUT, PATCH, DELETE"),
            ]
            for (path, methods) in cases + cases {
                let answer = try await Self.preflight(path, on: world)
                #expect(answer.status == 204 && answer.body.isEmpty)
                #expect(answer.header("Access-Control-Allow-Origin") == Self.origin)
                #expect(answer.header("Access-Control-Allow-Methods") == methods)
                let headers = "Authorization, Content-Type, Idempotency-Key, If-None-Match, Last-Event-ID"
                #expect(answer.header("Access-Control-Allow-Headers") == headers)
                #expect(answer.header("Access-Control-Max-Age") == "600" && answer.header("Vary") == "Origin")
                #expect(answer.header("Access-Control-Allow-Credentials") == nil)
                #expect(answer.header("Content-Length") == nil)
            }
        }
    }

    private static let strangers = [
        "https://evil.test", "null", "http://app.test", "https://app.test:8443", "https://app.test.evil.test",
        "https://APP.test", "https://app.test/", "*", "",
    ]

    @Test(arguments: strangers)
    func `a stranger's page is told nothing`(origin: String) async throws {
        try await Self.running { world in
            let asked = try await Self.preflight("/things/7", on: world, origin: origin)
            let called = try await world.call("GET", "/things/7", headers: [("Origin", origin)])
            #expect(called.status == 200)
            for answer in [asked, called] {
                #expect(answer.header("Vary") == "Origin")
                let allowed = answer.headers.filter { $0.name.lowercased().hasPrefix("access-control-") }
                #expect(allowed.isEmpty, "\(allowed)")
            }
        }
    }

    @Test func `each answer to a page of ours can be read by it, errors and all`() async throws {
        try await Self.running { world in
            let page = [("Origin", "http://localhost:3000")]
            let answers = [
                try await world.call("GET", "/things/7", headers: page),
                try await world.call("POST", "/things/new", json: "{}", headers: page),
                try await world.call("GET", "/nowhere", headers: page),
                try await world.call("PATCH", "/things/7", headers: page),
                try await world.call("OPTIONS", "/things/7", headers: page),
                try await world.call("GET", "/things/7", token: "wrong", headers: page),
                try await world.call("GET", "/things/7", token: "wrong", headers: page),
                try await world.call("GET", "/things/7", token: "wrong", headers: page),
            ]
            #expect(answers.map(\.status) == [200, 404, 404, 405, 405, 401, 401, 429])
            for answer in answers {
                #expect(answer.header("Access-Control-Allow-Origin") == "http://localhost:3000")
                #expect(answer.header("Vary") == "Origin")
                let shown =
                    "ETag, Age, Warning, Retry-After, RateLimit-Limit, RateLimit-Remaining, RateLimit-Reset, "
                    + "Idempotent-Replayed, Location, Content-Disposition"
                #expect(answer.header("Access-Control-Expose-Headers") == shown)
            }
            // No page asked, and what is kept of the answer is not for another's.
            let plain = try await world.call("GET", "/things/7")
            #expect(plain.header("Vary") == "Origin" && plain.header("Access-Control-Allow-Origin") == nil)
            let tag = try #require(plain.header("ETag"))
            let same = try await world.call("GET", "/things/7", headers: page + [("If-None-Match", tag)])
            #expect(same.status == 304 && same.header("Access-Control-Allow-Origin") == "http://localhost:3000")
        }
    }

    @Test func `where no page is allowed, nothing is said of pages`() async throws {
        try await Self.running(origins: []) { world in
            #expect(try await Self.preflight("/things/7", on: world).status == 401)
            let called = try await world.call("GET", "/things/7", headers: [("Origin", Self.origin)])
            #expect(called.status == 200 && called.header("Vary") == nil)
            #expect(called.header("Access-Control-Allow-Origin") == nil)
        }
    }

    @Test func `a page of ours may listen to the stream`() async throws {
        let doorway = Doorway(pages: CrossOrigin(origins: [Self.origin]))
        try await StreamWorld.running(doorway: doorway) { world in
            try await world.save("18")
            try await world.listening(headers: [("Origin", Self.origin)]) { reader in
                #expect(reader.status == 200 && reader.header("Access-Control-Allow-Origin") == Self.origin)
                #expect(reader.header("Vary") == "Origin" && reader.header("Cache-Control") == "no-store")
                let event = try await reader.event()
                #expect(event.data.contains("live_credits_balance"))
            }
        }
    }
}
