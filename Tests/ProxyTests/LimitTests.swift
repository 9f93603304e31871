import Foundation
import HTTPTypes
import LagoEvents
import Proxy
import Settings
import TestSupport
import Testing
import Transport

/// How often the API may be called, over a socket.
@Suite(.timeLimit(.minutes(3))) struct LimitTests {
    private static let routes = [
        APIRoute(.get, "/things", for: .customers) { _ in APIAnswer(.null) },
        APIRoute(.get, "/secrets", for: .servers) { _ in APIAnswer(.null) },
    ]

    /// Three requests a minute.
    private static func running(
        proxies: [String] = [],
        time: HandTime = HandTime(),
        body: (APIWorld) async throws -> Void
    ) async throws {
        let doorway = Doorway(
            proxies: TrustedProxies(proxies.compactMap { AddressBlock($0) }),
            limits: CallLimits(perMinute: 3, now: time.now),
            pages: CrossOrigin(origins: ["https://app.test"])
        )
        try await APIWorld.running(
            doorway: doorway,
            routes: { _, _ in Self.routes },
            body: body
        )
    }

    private static func headers(_ answer: TransferResponse) -> [String?] {
        ["RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset", "Retry-After"].map { answer.header($0) }
    }

    @Test func `a customer is told how many are left, and past the limit when to come again`() async throws {
        let time = HandTime()
        try await Self.running(time: time) { world in
            let first = try await world.call("GET", "/things", token: try APIWorld.token(of: "ada"))
            #expect(first.status == 200 && Self.headers(first) == ["3", "2", "20", nil])
            // Whatever is answered.
            let second = try await world.call("GET", "/secrets", token: try APIWorld.token(of: "ada"))
            #expect(second.status == 403 && Self.headers(second) == ["3", "1", "40", nil])
            let third = try await world.call("GET", "/nowhere", token: try APIWorld.token(of: "ada"))
            #expect(third.status == 404 && Self.headers(third) == ["3", "0", "60", nil])
            let fourth = try await world.call(
                "GET",
                "/things",
                token: try APIWorld.token(of: "ada"),
                headers: [("Origin", "https://app.test")]
            )
            #expect(fourth.status == 429 && Self.headers(fourth) == ["3", "0", "60", "20"])
            #expect(
                String(decoding: fourth.body, as: UTF8.self)
                    == #"{"status":429,"error":"Too Many Requests","code":"too_many_requests"}"#
            )
            // A page must be able to read it.
            #expect(fourth.header("Access-Control-Allow-Origin") == "https://app.test")
            time.advance(by: .seconds(20))
            #expect(try await world.call("GET", "/things", token: try APIWorld.token(of: "ada")).status == 200)
            #expect(try await world.call("GET", "/things", token: try APIWorld.token(of: "ada")).status == 429)
        }
    }

    @Test func `however many ask at once, no more get in than may`() async throws {
        try await Self.running { world in
            let statuses = try await withThrowingTaskGroup(of: Int.self) { group in
                for _ in 0..<40 {
                    group.addTask {
                        try await world.call("GET", "/things", token: try APIWorld.token(of: "ada")).status
                    }
                }
                return try await group.reduce(into: [Int]()) { $0.append($1) }
            }
            #expect(statuses.count { $0 == 200 } == 3 && statuses.count { $0 == 429 } == 37)
        }
    }

    @Test func `guesses count, and past the limit are not answered`() async throws {
        try await Self.running { world in
            for number in 1...3 {
                let answer = try await world.call("GET", "/things", token: "guess-\(number)")
                #expect(answer.status == 401 && answer.header("RateLimit-Remaining") == "\(3 - number)")
            }
            for token in ["", "guess-4", try APIWorld.token(of: "ada")] {
                let answer = try await world.call("GET", "/things", token: token)
                #expect(answer.status == 429 && answer.header("Retry-After") == "20")
                #expect(answer.header("WWW-Authenticate") == nil)
            }
            #expect(try await world.call("DELETE", "/nowhere", token: "").status == 429)
        }
    }

    @Test func `server keys are not limited, even from an address that is`() async throws {
        try await Self.running { world in
            for _ in 0..<4 { _ = try await world.call("GET", "/things", token: "guess") }
            for _ in 0..<20 {
                let answer = try await world.call("GET", "/things")
                #expect(answer.status == 200 && Self.headers(answer) == [nil, nil, nil, nil])
            }
        }
    }

    @Test func `a peer that is no proxy cannot say that it is somebody else`() async throws {
        try await Self.running(proxies: ["10.0.0.0/8"]) { world in
            var statuses: [Int] = []
            for number in 1...5 {
                let claims = [("X-Forwarded-For", "198.51.100.\(number)"), ("X-Forwarded-For", "10.0.0.1")]
                statuses.append(try await world.call("GET", "/things", token: "guess", headers: claims).status)
            }
            #expect(statuses == [401, 401, 401, 429, 429])
        }
    }

    @Test func `behind a trusted proxy each client has its own limit, and cannot shake it off`() async throws {
        try await Self.running(proxies: ["127.0.0.0/8", "10.0.0.0/8"]) { world in
            func status(_ forwardedFor: String...) async throws -> Int {
                let headers = forwardedFor.map { ("X-Forwarded-For", $0) }
                return try await world.call("GET", "/things", token: "guess", headers: headers).status
            }
            // One client, by any spelling, through any of the proxies, with any forgery before it.
            let plain = try await status("203.0.113.9")
            #expect(plain == 401)
            #expect(try await status("198.51.100.1, 203.0.113.9:4711, 10.0.0.2") == 401)
            #expect(try await status("10.0.0.9", "unknown, [::ffff:203.0.113.9]:80") == 401)
            #expect(try await status("198.51.100.2, 203.0.113.9") == 429)
            #expect(try await status("198.51.100.2") == 401)
            // A home of IPv6.
            for suffix in ["1", "2", "ffff:3"] { #expect(try await status("[2001:db8:1:2::\(suffix)]:80") == 401) }
            #expect(try await status("2001:db8:1:2:9::") == 429)
            #expect(try await status("2001:db8:1:3::1") == 401)
            // What is no address counts for the proxy that passed it on.
            for garbage in ["unknown", "203.0.113.9, _hidden", "[203.0.113.77"] {
                #expect(try await status(garbage) == 401)
            }
            #expect(try await status("<script>") == 429)
        }
    }
}
