import Foundation
import HTTPTypes
import Jobs
import LagoEvents
import Proxy
import Store
import Synchronization
import TestSupport
import Testing
import Transport

/// A request that is sent again.
@Suite(.timeLimit(.minutes(1))) struct IdempotencyTests {
    /// What a route does each time that it is carried out.
    private final class Work: Sendable {
        let intents = Record<String>()
        let answers = Mutex<[APIAnswer]>([])
        let gate = Gate()

        func answer(_ call: APICall) async throws -> APIAnswer {
            self.intents.add(call.intent)
            await self.gate.wait()
            let next = self.answers.withLock { $0.isEmpty ? nil : $0.removeFirst() }
            var answer = next ?? APIAnswer(.object([("number", .integer(Int64(self.intents.count)))]))
            answer.headers[.location] = "/things/1"
            return answer
        }
    }

    private static func running(
        answering answers: [APIAnswer] = [],
        isHeld: Bool = false,
        body: (APIWorld, Work) async throws -> Void
    ) async throws {
        let work = Work()
        work.answers.withLock { $0 = answers }
        if !isHeld { work.gate.open() }
        let routes = [HTTPRequest.Method.post, .put, .patch].map { method in
            APIRoute(method, "/things", for: .servers, respond: work.answer)
        }
        let bought = APIRoute(.post, "/bought", for: .servers) { call in
            String(decoding: call.body, as: UTF8.self)
        } respond: {
            try await work.answer($0)
        }
        try await APIWorld.running(documented: false, routes: { _, _ in routes + [bought] }) {
            try await body($0, work)
        }
    }

    private static func key(_ key: String) -> [(String, String)] { [("Idempotency-Key", key)] }

    @Test(arguments: ["POST", "PUT", "PATCH"])
    func `a request of the same key is answered as the first was, and done once`(method: String) async throws {
        try await Self.running { world, work in
            let first = try await world.call(method, "/things", json: "{}", headers: Self.key("k"))
            #expect(first.header("Idempotent-Replayed") == nil)
            let again = try await world.call(method, "/things", json: "{}", headers: Self.key("k"))
            #expect(again.status == 200 && again.body == first.body && again.header("Idempotent-Replayed") == "true")
            #expect(again.header("Location") == "/things/1")
            #expect(again.header("Content-Type") == first.header("Content-Type"))
            #expect(work.intents.count == 1)
            _ = try await world.call(method, "/things", json: "{}", headers: Self.key("other"))
            _ = try await world.call(method, "/things", json: "{}")
            #expect(Set(work.intents.all).count == 3)
        }
    }

    @Test func `a key is its principal's own`() async throws {
        try await Self.running { world, work in
            _ = try await world.call("POST", "/things", json: "{}", headers: Self.key("k"))
            _ = try await world.call("POST", "/things", token: APIWorld.otherKey, json: "{}", headers: Self.key("k"))
            #expect(work.intents.count == 2)
        }
    }

    @Test(arguments: [("POST", "/things", #"{"a":1}"#), ("PATCH", "/things", "{}"), ("POST", "/things?x=1", "{}")])
    func `a key of another request is refused`(method: String, path: String, json: String) async throws {
        try await Self.running { world, work in
            _ = try await world.call("POST", "/things", json: "{}", headers: Self.key("k"))
            let other = try await world.call(method, path, json: json, headers: Self.key("k"))
            #expect(other.status == 422 && other.text.contains("idempotency_key_reused"))
            #expect(work.intents.count == 1)
        }
    }

    @Test(arguments: ["", "a b", "é", String(repeating: "x", count: 256)])
    func `a key that is none is refused`(key: String) async throws {
        try await Self.running { world, work in
            let answer = try await world.call("POST", "/things", json: "{}", headers: Self.key(key))
            #expect(answer.status == 400 && answer.text.contains("invalid_idempotency_key"))
            #expect(work.intents.count == 0)
        }
    }

    @Test func `while the first is under way, a second of its key is told so`() async throws {
        try await Self.running(isHeld: true) { world, work in
            async let first = world.call("POST", "/things", json: "{}", headers: Self.key("k"))
            try #require(await eventually { work.intents.count == 1 })
            let second = try await world.call("POST", "/things", json: "{}", headers: Self.key("k"))
            #expect(second.status == 409 && second.text.contains("idempotency_key_in_use"))
            let other = try await world.call("POST", "/things", json: "[]", headers: Self.key("k"))
            #expect(other.status == 422)
            work.gate.open()
            #expect(try await first.status == 200)
            #expect(work.intents.count == 1)
        }
    }

    @Test(arguments: [401, 403, 408, 409, 425, 429, 500, 502, 503, 504])
    func `what is not the last word is tried again under the same intent`(status: Int) async throws {
        try await Self.running(answering: [APIAnswer(json: [], status: .init(code: status))]) { world, work in
            let first = try await world.call("POST", "/things", json: "{}", headers: Self.key("k"))
            #expect(first.status == status)
            let again = try await world.call("POST", "/things", json: "{}", headers: Self.key("k"))
            #expect(again.status == 200 && again.header("Idempotent-Replayed") == nil)
            #expect(work.intents.count == 2 && Set(work.intents.all).count == 1)
        }
    }

    @Test(arguments: [201, 202, 204, 400, 404, 405, 422])
    func `what is the last word is given again`(status: Int) async throws {
        try await Self.running(answering: [APIAnswer(json: Array("{}".utf8), status: .init(code: status))]) {
            world,
            work in
            for _ in 0..<3 {
                let answer = try await world.call("POST", "/things", json: "{}", headers: Self.key("k"))
                #expect(answer.status == status)
            }
            #expect(work.intents.count == 1)
        }
    }

    @Test func `a caller that goes away is answered when it comes again`() async throws {
        try await Self.running(isHeld: true) { world, work in
            let gone = Task { try await world.call("POST", "/things", json: "{}", headers: Self.key("k")) }
            try #require(await eventually { work.intents.count == 1 })
            gone.cancel()
            _ = await gone.result
            work.gate.open()
            let isAnswered = try await eventually {
                let again = try await world.call("POST", "/things", json: "{}", headers: Self.key("k"))
                return again.status == 200 && again.header("Idempotent-Replayed") == "true"
            }
            #expect(isAnswered && work.intents.count == 1)
        }
    }

    @Test func `the same purchase without a key waits for the first, and is one`() async throws {
        try await Self.running(isHeld: true) { world, work in
            try await withThrowingTaskGroup(of: TransferResponse.self) { group in
                for _ in 0..<10 { group.addTask { try await world.call("POST", "/bought", json: "5") } }
                try #require(await eventually { work.intents.count == 1 })
                work.gate.open()
                var replayed = 0
                for try await answer in group {
                    #expect(answer.text == #"{"number":1}"#)
                    if answer.header("Idempotent-Replayed") == "true" { replayed += 1 }
                }
                #expect(replayed == 9)
            }
            let later = try await world.call("POST", "/bought", json: "5")
            #expect(later.header("Idempotent-Replayed") == "true")
            // Another purchase, and the same on purpose.
            _ = try await world.call("POST", "/bought", json: "6")
            _ = try await world.call("POST", "/bought", json: "5", headers: Self.key("k"))
            #expect(work.intents.count == 3)
        }
    }

    @Test func `a mistake without a key is not kept, and a failure is gone on with`() async throws {
        let answers = [400, 422, 502].map { APIAnswer(json: [], status: .init(code: $0)) }
        try await Self.running(answering: answers) { world, work in
            for status in [400, 422, 502, 200, 200] {
                let answer = try await world.call("POST", "/bought", json: "5")
                #expect(answer.status == status)
            }
            let intents = work.intents.all
            #expect(intents.count == 4 && Set(intents).count == 3 && intents[2] == intents[3])
        }
    }

    // MARK: - With a clock by hand

    /// A desk without a socket before it.
    private final class Hand: Sendable {
        let store: Store
        private let folder: TemporaryFolder
        private let time = Mutex<Int64>(1_800_000_000_000)
        let intents = Record<String>()
        private let desk = Mutex<IdempotencyDesk?>(nil)

        init() throws {
            self.folder = try TemporaryFolder()
            self.store = try Store(path: self.folder.path("sluice.db"))
            self.restart()
        }

        /// Another process on the same file.
        func restart() {
            let desk = IdempotencyDesk(store: self.store, logger: quietLogger) { [weak self] in self?.now ?? 0 }
            self.desk.withLock { $0 = desk }
        }

        var now: Int64 { self.time.withLock { $0 } }

        func pass(_ time: Duration) { self.time.withLock { $0 += Int64(time / .milliseconds(1)) } }

        /// Buys, with a status for an answer; returns whether it was carried out.
        func buy(key: String? = nil, answering status: Int = 200) async throws -> Bool {
            let call = APICall(
                principal: .customer(CustomerID(rawValue: "c")),
                method: .post,
                path: "/api/lago/wallets",
                parameters: [:],
                query: APIQuery([]),
                headers: key.flatMap { key in HTTPField.Name("Idempotency-Key").map { [$0: key] } } ?? [:],
                body: [],
                intent: UUID().uuidString.lowercased()
            )
            let before = self.intents.count
            let desk = try #require(self.desk.withLock { $0 })
            _ = try await desk.answer(call, buying: "5") { [intents] call in
                intents.add(call.intent)
                return APIAnswer(json: [], status: .init(code: status))
            }
            return self.intents.count > before
        }
    }

    @Test func `a minute makes it another purchase, a day another request`() async throws {
        let hand = try Hand()
        #expect(try await hand.buy())
        hand.pass(.seconds(59))
        #expect(try await !hand.buy())
        hand.pass(.seconds(2))
        #expect(try await hand.buy())
        #expect(try await hand.buy(key: "k"))
        hand.pass(.seconds(86_399))
        #expect(try await !hand.buy(key: "k"))
        hand.pass(.seconds(2))
        #expect(try await hand.buy(key: "k"))
        #expect(Set(hand.intents.all).count == 4)
    }

    @Test func `a process that died goes on under the same intent`() async throws {
        let hand = try Hand()
        for key in [nil, "k"] {
            #expect(try await hand.buy(key: key, answering: 502))
            hand.restart()
            hand.pass(.seconds(30))
            #expect(try await hand.buy(key: key))
            #expect(Set(hand.intents.all.suffix(2)).count == 1)
            hand.restart()
            #expect(try await !hand.buy(key: key))
        }
    }

    @Test func `a purchase in doubt is gone on with however late, one that is resolved is not`() async throws {
        let hand = try Hand()
        #expect(try await hand.buy(answering: 504))
        let id = try #require(hand.intents.all.first)
        let topUp = TopUp(
            id: id,
            customer: CustomerID(rawValue: "c"),
            account: "EUR",
            wallet: "w",
            origin: "purchase",
            state: "unknown",
            credits: "5.0",
            cents: 500,
            at: hand.now
        )
        _ = try await hand.store.write { try $0.plan(topUp) }
        hand.pass(.seconds(3600))
        #expect(try await hand.buy(answering: 504))
        #expect(hand.intents.all == [id, id])
        var resolved = topUp
        resolved.state = "submitted"
        let moved = resolved
        _ = try await hand.store.write { try $0.move(moved, from: "unknown") }
        #expect(try await hand.buy())
        #expect(Set(hand.intents.all).count == 2)
    }

    @Test func `a clock that was set back keeps nobody from buying again`() async throws {
        let hand = try Hand()
        #expect(try await hand.buy())
        hand.pass(.seconds(-3600))
        #expect(try await hand.buy())
        #expect(Set(hand.intents.all).count == 2)
    }

    @Test func `old requests are cleared away as new ones come`() async throws {
        let hand = try Hand()
        for number in 0..<50 { _ = try await hand.buy(key: "\(number)") }
        hand.pass(.seconds(86_401))
        for number in 0..<3 { _ = try await hand.buy(key: "later-\(number)") }
        let left = try await hand.store.write { transaction in
            try (0..<50).filter { try transaction.apiRequest("\($0)", of: "customer/c") != nil }
        }
        #expect(left.isEmpty)
    }
}
