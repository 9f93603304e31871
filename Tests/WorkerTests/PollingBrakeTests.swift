import Testing

@testable import Worker

/// How scheduled looks slow down while Lago does not answer.
struct PollingBrakeTests {
    private let brake = PollingBrake(base: .seconds(1), limit: .seconds(60))

    @Test func `a few failures are accidents`() {
        #expect(!self.brake.failed(at: 0) && !self.brake.failed(at: 0))
        #expect(self.brake.room(4, running: 2, at: 0) == 4)
        #expect(!self.brake.succeeded())
        #expect(!self.brake.failed(at: 0) && !self.brake.failed(at: 0), "they are counted anew")
    }

    @Test func `many in a row leave one look at a time, further and further apart`() {
        var times: [Int64] = []
        var now: Int64 = 0
        for count in 1...12 {
            #expect(self.brake.failed(at: now) == (count == 3), "told once")
            guard count >= 3 else { continue }
            #expect(self.brake.room(4, running: 0, at: now) == 0)
            let began = now
            while self.brake.room(4, running: 0, at: now) == 0 { now += 500 }
            #expect(self.brake.room(4, running: 0, at: now) == 1 && self.brake.room(4, running: 1, at: now) == 0)
            #expect(self.brake.room(0, running: 0, at: now) == 0)
            times.append((now - began) / 1000)
        }
        #expect(times == [1, 2, 4, 8, 16, 32, 60, 60, 60, 60])
        #expect(self.brake.succeeded())
        #expect(self.brake.room(4, running: 3, at: now) == 4)
    }

    @Test func `a pause that Lago asks for holds at once`() {
        #expect(self.brake.failed(at: 0, pause: 30_000))
        #expect(self.brake.room(4, running: 0, at: 29_999) == 0)
        #expect(self.brake.room(4, running: 0, at: 30_000) == 1)
    }
}
