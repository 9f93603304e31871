import Foundation
import HTTPTypes
import LagoEvents
import Proxy
import Rules
import Sandbox
import Store
import TestSupport
import Testing
import Transport

@Suite(.timeLimit(.minutes(2))) struct BalanceStreamTests {
    @Test func `the present balance comes at once, and each new one after it`() async throws {
        try await StreamWorld.running { world in
            try await world.save("18")
            try await world.listening { reader in
                #expect(reader.status == 200)
                #expect(reader.header("Content-Type") == "text/event-stream")
                #expect(reader.header("Cache-Control") == "no-store")
                #expect(reader.header("X-Accel-Buffering") == "no")
                #expect(try await reader.next() == .retry(3000))
                let first = try await reader.event()
                #expect(
                    first.data == #"{"external_customer_id":"c","accounts":[{"account":"EUR","currency":"EUR","#
                        + #""live_credits_balance":"18.0","live_balance_cents":1800,"status_level":"low","#
                        + #""runs_out_at":null,"balance_as_of":"1970-01-01T00:00:01.000Z"}]}"#
                )
                var last = first.id
                for credits in ["17.5", "-0.25", "100.0"] {
                    try await world.save(credits)
                    let event = try await reader.event()
                    #expect(event.id > last && event.data.contains(#""live_credits_balance":"\#(credits)""#))
                    last = event.id
                }
            }
        }
    }

    @Test func `what another process commits comes as well`() async throws {
        var pace = StreamWorld.still
        pace.poll = .milliseconds(20)
        try await StreamWorld.running(pace: pace) { world in
            try await world.save("18.0")
            let other = try Store(path: world.store.path)
            try await world.listening { reader in
                let first = try await reader.event()
                try await world.save("3.0", by: other)
                let second = try await reader.event()
                #expect(second.id > first.id && second.data.contains(#""status_level":"critical""#))
            }
            try await other.close()
        }
    }

    @Test(arguments: [false, true])
    func `a new balance is with its client within 300 ms, where the machine has the time`(isFromElsewhere: Bool)
        async throws
    {
        var pace = BalanceFeed.Pace()
        if !isFromElsewhere { pace.poll = .seconds(3600) }
        try await StreamWorld.running(pace: pace) { world in
            try await world.save("1000.0")
            let other = try Store(path: world.store.path)
            try await world.listening { reader in
                _ = try await reader.event()
                var delays: [Duration] = []
                for round in 1...9 {
                    try await world.save("\(round).0", by: isFromElsewhere ? other : nil)
                    let committed = ContinuousClock.now
                    #expect(try await reader.event().data.contains("\"\(round).0\""))
                    delays.append(.now - committed)
                }
                #expect(try #require(delays.min()) < .milliseconds(300))
            }
            try await other.close()
        }
    }

    @Test func `a balance is told among more than one read of the store brings`() async throws {
        try await StreamWorld.running { world in
            try await world.save("18.0", of: "a")
            try await world.listening(to: "a") { reader in
                _ = try await reader.event()
                // The feed now knows where it stands.
                try await world.save("17.0", of: "a")
                _ = try await reader.event()
                try await world.store.write { transaction in
                    for number in 0..<2_500 {
                        let other = CustomerID(rawValue: "other-\(number)")
                        try transaction.save(BalanceReading.of(other, "1.0"))
                    }
                    try transaction.save(BalanceReading.of(CustomerID(rawValue: "a"), "16.0"))
                }
                #expect(try await reader.event().data.contains(#""live_credits_balance":"16.0""#))
                try await world.save("15.0", of: "a")
                #expect(try await reader.event().data.contains(#""live_credits_balance":"15.0""#))
            }
        }
    }

    @Test func `a listener hears of its own customer, of changes, and of nothing else`() async throws {
        try await StreamWorld.running { world in
            for customer in ["a", "b"] { try await world.save("9.0", of: customer) }
            try await world.listening(to: "a") { a in
                try await world.listening(to: "b") { b in
                    let first = (a: try await a.event(), b: try await b.event())
                    for _ in 1...3 { try await world.save("8.0", of: "a") }
                    try await world.save("7.0", of: "b")
                    try await world.save("6.0", of: "a")
                    let heardByB = try await b.event()
                    #expect(heardByB.id > first.b.id && heardByB.data.contains(#""b","accounts""#))
                    #expect(heardByB.data.contains(#""live_credits_balance":"7.0""#))
                    // Two at most: "8.0" may have been overtaken before it went out, and never comes twice.
                    var heard: [String] = []
                    while heard.last?.contains(#""6.0""#) != true {
                        heard.append(try await a.event().data)
                    }
                    #expect(heard.count <= 2 && heard.allSatisfy { $0.contains(#""a","accounts""#) })
                }
            }
        }
    }

    @Test(arguments: ["header", "query"])
    func `a client that names the present balance is told of the next one only`(way: String) async throws {
        try await StreamWorld.running { world in
            try await world.save("18.0")
            var known: Int64 = 0
            try await world.listening { known = try await $0.event().id }
            let query = way == "query" ? "&last_event_id=\(known)" : ""
            let headers = way == "header" ? [(name: "Last-Event-ID", value: "\(known)")] : []
            try await world.listening(query: query, headers: headers) { reader in
                #expect(try await reader.next() == .retry(3000))
                try await world.save("12.0")
                let next = try await reader.event()
                #expect(next.id > known && next.data.contains(#""12.0""#))
            }
            // What is no longer the present one brings that at once.
            try await world.listening(query: query, headers: headers) { reader in
                let present = try await reader.event()
                #expect(present.id > known)
            }
        }
    }

    @Test func `ids stay over a restart`() async throws {
        let folder = try TemporaryFolder()
        let path = folder.path("sluice.db")
        var ids: [Int64] = []
        for _ in 1...2 {
            let store = try Store(path: path)
            let reading = BalanceReading.of(CustomerID(rawValue: "c"), "5.0")
            try await store.write { try $0.save(reading) }
            ids.append(try await AccountBalances(store: store, policy: .none).standing(of: reading.customer).revision)
            try await store.close()
        }
        #expect(ids[0] == ids[1] && ids[0] > 0)
    }

    @Test func `a quiet stream has heartbeats, and ends by itself as an answer ends`() async throws {
        var pace = StreamWorld.still
        (pace.heartbeat, pace.heartbeats) = (.milliseconds(200), 5)
        try await StreamWorld.running(pace: pace) { world in
            try await world.save("18.0")
            try await world.listening { reader in
                var parts: [EventReader.Part] = []
                while let part = try await reader.next() { parts.append(part) }
                #expect(parts.filter { $0 == .comment }.count >= 3)
                #expect(reader.hasEnded)
            }
            #expect(await eventually { world.feed.count == 0 })
        }
    }

    @Test func `a stream ends with the token that it was begun with`() async throws {
        var pace = StreamWorld.still
        pace.heartbeat = .milliseconds(100)
        try await StreamWorld.running(pace: pace, validity: .milliseconds(250)) { world in
            try await world.save("18.0")
            try await world.listening { reader in
                var comments = 0
                while let part = try await reader.next() { if part == .comment { comments += 1 } }
                #expect(reader.hasEnded && comments <= 2)
            }
        }
    }

    @Test func `a customer's stream ends when the token expires, and the token begins no other`() async throws {
        var pace = StreamWorld.still
        pace.heartbeat = .milliseconds(100)
        try await StreamWorld.running(pace: pace) { world in
            try await world.save("18.0")
            let token = try APIWorld.token(of: "c", lasting: .milliseconds(1500))
            let began = ContinuousClock.now
            try await world.listening(token: token) { reader in
                #expect(reader.status == 200)
                while try await reader.next() != nil {}
                #expect(reader.hasEnded)
            }
            let lasted = ContinuousClock.now - began
            #expect(lasted > .milliseconds(1000) && lasted < .seconds(10))
            let late = try APIWorld.token(of: "c", lasting: .seconds(-61))
            try await world.listening(token: late) { #expect($0.status == 401) }
            // A server key does not expire: its stream is there when the customer's has long ended.
            try await world.listening { reader in
                _ = try await reader.event()
                var comments = 0
                while comments < 20, let part = try await reader.next() { if part == .comment { comments += 1 } }
                #expect(comments == 20 && !reader.hasEnded)
            }
        }
    }

    @Test func `nothing is told after the end of a token, however late a heartbeat is`() async throws {
        try await StreamWorld.running { world in
            try await world.save("18.0")
            let token = try APIWorld.token(of: "c", lasting: .seconds(2))
            try await world.listening(token: token) { reader in
                _ = try await reader.event()
                // No heart beats here: only what there is to tell could find out that the time is over.
                let isOver = try await eventually {
                    try await world.save("\(Int64.random(in: 1...1_000_000_000)).0")
                    return world.feed.count == 0
                }
                #expect(isOver)
                while try await reader.next() != nil {}
                #expect(reader.hasEnded)
            }
        }
    }

    @Test func `a client that goes away frees its place at once`() async throws {
        try await StreamWorld.running(ofCustomer: 1, inAll: 2) { world in
            for customer in ["a", "b", "c"] { try await world.save("9.0", of: customer) }
            try await world.listening(to: "a") { first in
                _ = try await first.event()
                try await world.listening(to: "a") { second in
                    #expect(second.status == 503)
                    #expect(second.header("Retry-After") == "5")
                }
                try await world.listening(to: "b") { other in
                    #expect(other.status == 200)
                    // One of another customer, but one too many for the process.
                    try await world.listening(to: "c") { #expect($0.status == 503) }
                }
            }
            // Nothing is written meanwhile: that the client has gone is seen, not found out by writing.
            #expect(await eventually(within: .seconds(5)) { world.feed.count == 0 })
            try await world.listening(to: "a") { #expect($0.status == 200) }
        }
    }

    @Test func `nobody listens to another customer, or to one that is not there`() async throws {
        try await StreamWorld.running { world in
            try await world.save("9.0", of: "b")
            let lago = try await world.api.call("GET", "/wallets/stream?external_customer_id=nobody")
            #expect(lago.status == 404)
            #expect(try lago.object["code"] as? String == "customer_not_found")
            for query in ["", "?external_customer_id=b&customer=b"] {
                #expect(try await world.api.call("GET", "/wallets/stream\(query)").status == 422)
            }
            let stranger = APICall(
                principal: .customer(CustomerID(rawValue: "a")),
                method: .get,
                path: "/api/lago/wallets/stream",
                parameters: [:],
                query: APIQuery([("external_customer_id", "b")]),
                headers: [:],
                body: [],
                intent: ""
            )
            await #expect(throws: APIFailure.notFound("customer_not_found")) {
                try await world.stream.route.respond(stranger)
            }
            #expect(world.feed.count == 0)
        }
    }

    @Test func `a customer of Lago's without a balance is told so, and then of the first`() async throws {
        try await StreamWorld.running { world in
            let customer = try #require(world.api.sandbox.configuration.customers.first?.externalID)
            try await world.listening(to: customer) { reader in
                let none = try await reader.event()
                #expect(none.id == 0 && none.data == #"{"external_customer_id":"\#(customer)","accounts":[]}"#)
                try await world.save("4.0", of: customer)
                #expect(try await reader.event().id > 0)
            }
        }
    }

    @Test func `when the feed ends, all streams end, and none begins`() async throws {
        try await StreamWorld.running { world in
            try await world.save("9.0")
            let ended = BalanceFeed(
                store: world.store,
                balances: AccountBalances(store: world.store, policy: .none),
                logger: quietLogger
            )
            let run = Task { await ended.run() }
            run.cancel()
            await run.value
            let stream = BalanceStream(
                feed: ended,
                balances: AccountBalances(store: world.store, policy: .none),
                store: world.store,
                client: world.api.client
            )
            let call = APICall(
                principal: .customer(CustomerID(rawValue: "c")),
                method: .get,
                path: "/api/lago/wallets/stream",
                parameters: [:],
                query: APIQuery([]),
                headers: [:],
                body: [],
                intent: ""
            )
            await #expect(throws: APIFailure.self) { try await stream.route.respond(call) }
        }
    }
}
