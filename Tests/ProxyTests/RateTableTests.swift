import LagoEvents
import Proxy
import Settings
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(3))) struct RateTableTests {
    private static func standing(_ limit: Int, _ remaining: Int, reset: Int, retry: Int? = nil) -> RateStanding {
        RateStanding(limit: limit, remaining: remaining, reset: reset, retryAfter: retry)
    }

    @Test func `a minute's worth goes at once, and comes back one by one`() {
        let time = HandTime()
        let table = RateTable(perMinute: 3, now: time.now)
        #expect(table.take("a") == Self.standing(3, 2, reset: 20))
        #expect(table.take("a") == Self.standing(3, 1, reset: 40))
        #expect(table.take("a") == Self.standing(3, 0, reset: 60))
        for _ in 0..<5 { #expect(table.take("a") == Self.standing(3, 0, reset: 60, retry: 20)) }
        // Somebody else's is somebody else's.
        #expect(table.take("b") == Self.standing(3, 2, reset: 20))
        time.advance(by: .milliseconds(19_999))
        #expect(table.take("a") == Self.standing(3, 0, reset: 41, retry: 1))
        time.advance(by: .milliseconds(1))
        #expect(table.take("a") == Self.standing(3, 0, reset: 60))
        time.advance(by: .seconds(30))
        #expect(table.take("a") == Self.standing(3, 0, reset: 50))
        #expect(table.take("a") == Self.standing(3, 0, reset: 50, retry: 10))
        time.advance(by: .seconds(3600))
        #expect(table.take("a") == Self.standing(3, 2, reset: 20))
    }

    @Test(arguments: [1, 2, 7, 59, 300, 999, 1_000_000])
    func `who waits as long as told gets in, and over hours nobody has more than the limit`(perMinute: Int) {
        let time = HandTime()
        let table = RateTable(perMinute: perMinute, now: time.now)
        var random = SplitMix64(seed: UInt64(perMinute))
        var (taken, waited) = (0, Duration.zero)
        for _ in 0..<min(perMinute * 3, 5_000) {
            let standing = table.take("a")
            #expect(standing.remaining <= perMinute && standing.reset <= 60)
            if let wait = standing.retryAfter {
                #expect(standing.remaining == 0 && (1...60).contains(wait))
                time.advance(by: .seconds(wait))
                waited += .seconds(wait)
                #expect(table.take("a").retryAfter == nil)
            } else if Bool.random(using: &random) {
                let pause = Duration.milliseconds(Int.random(in: 0...1000, using: &random))
                time.advance(by: pause)
                waited += pause
            }
            taken += 1
        }
        // A bucket's worth at the beginning, and the minute's share of the time since; a nanosecond is lost to rounding.
        let share = Double(perMinute) * (waited / .seconds(60))
        #expect(Double(taken) <= (Double(perMinute) + share) * 1.001 + 1)
    }

    @Test func `a million addresses stay within bounds, and who is at the limit is not forgotten`() {
        let time = HandTime()
        let table = RateTable(perMinute: 10, capacity: 4_096, now: time.now)
        for _ in 0..<10 { #expect(table.take("hammer").retryAfter == nil) }
        var most = 0
        for number in 0..<1_000_000 {
            #expect(table.take(number).retryAfter == nil)
            if number.isMultiple(of: 1_000) {
                most = max(most, table.count)
                time.advance(by: .microseconds(5))
            }
        }
        #expect(most <= 4_096 && table.count <= 4_096 && table.count > 2_000)
        #expect(table.take("hammer").retryAfter != nil)
        // A minute later all have their permits back, and are let go as others come.
        time.advance(by: .seconds(60))
        for number in 0..<20_000 { _ = table.take(-1 - number) }
        #expect(table.count <= 4_096)
        #expect(table.take("hammer").remaining == 9)
    }

    @Test func `many at once get no more than there is`() async {
        let time = HandTime()
        let table = RateTable(perMinute: 500, now: time.now)
        let admitted = await withTaskGroup(of: Int.self) { group in
            for _ in 0..<8 {
                group.addTask { (0..<250).count { _ in table.take("a").retryAfter == nil } }
            }
            return await group.reduce(0, +)
        }
        #expect(admitted == 500)
    }

    @Test func `a customer has a limit wherever, an address whoever asks, and a server key none`() throws {
        let time = HandTime()
        let limits = CallLimits(perMinute: 4, now: time.now)
        func address(_ number: Int) throws -> ClientAddress { .ip(try #require(IPAddress("192.0.2.\(number)"))) }
        let ada = Principal.customer(CustomerID(rawValue: "ada"))
        // From four addresses, then from a fifth.
        for number in 1...4 { #expect(limits.count(ada, from: try address(number))?.retryAfter == nil) }
        #expect(limits.count(ada, from: try address(5))?.retryAfter == 15)
        // What was refused did not count for its address: four others get in from there, a fifth does not.
        for number in 1...4 {
            let other = Principal.customer(CustomerID(rawValue: "other-\(number)"))
            #expect(limits.count(other, from: try address(5))?.remaining == 4 - number)
        }
        let last = Principal.customer(CustomerID(rawValue: "last"))
        #expect(limits.count(last, from: try address(5))?.retryAfter == 15)
        #expect(limits.count(nil, from: try address(5))?.retryAfter == 15)
        for _ in 0..<100 { #expect(limits.count(.server(name: "key-1"), from: try address(5)) == nil) }
    }
}
