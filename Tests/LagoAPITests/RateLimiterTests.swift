import LagoAPI
import TestSupport
import Testing

@Suite struct RateLimiterTests {
    /// A limiter of ten a second whose first turn is taken, and what it lets through.
    private struct Gate {
        let clock = HandClock()
        let limiter: RateLimiter
        let done = Record<String>()

        init() async throws {
            self.limiter = RateLimiter(requestsPerSecond: 10, clock: self.clock)
            try await self.limiter.turn()
        }

        /// Adds a caller, and returns once it waits.
        func join(_ name: String, _ lane: LagoLane = .prompt) async -> Task<Void, any Error> {
            let before = self.limiter.waiting(on: lane)
            let task = Task {
                try await self.limiter.turn(lane)
                self.done.add(name)
            }
            #expect(await eventually { self.limiter.waiting(on: lane) == before + 1 })
            return task
        }

        func join(_ count: Int, _ lanes: [LagoLane]) async {
            for lane in lanes { for _ in 0..<count { _ = await self.join(lane.rawValue, lane) } }
        }

        /// Lets so many turns come, each at its time.
        func turns(_ count: Int) async {
            for _ in 0..<count {
                let before = self.done.count
                self.clock.advance(by: .milliseconds(100))
                #expect(await eventually { self.done.count == before + 1 })
            }
        }

        func finish() async {
            let waiting = LagoLane.allCases.reduce(0) { $0 + self.limiter.waiting(on: $1) }
            await self.turns(waiting)
        }
    }

    @Test func `callers of one lane take turns that are evenly spaced, in order`() async throws {
        let gate = try await Gate()
        for name in ["1", "2", "3"] { _ = await gate.join(name) }
        // One of them watches the clock for all.
        #expect(await eventually { gate.clock.sleepers.all == [.milliseconds(100)] })
        gate.clock.advance(by: .milliseconds(99))
        #expect(gate.done.all.isEmpty)
        await gate.turns(1)
        #expect(gate.clock.now.offset == .milliseconds(199))
        await gate.turns(2)
        #expect(gate.done.all == ["1", "2", "3"])
    }

    @Test func `lanes share the turns by weight, and none starves`() async throws {
        let gate = try await Gate()
        await gate.join(20, LagoLane.allCases)
        #expect(LagoLane.allCases.map { gate.limiter.waiting(on: $0) } == [20, 20, 20, 20, 20])
        for round in 1...2 {
            await gate.turns(23)
            let counts = LagoLane.allCases.map { lane in gate.done.all.count { $0 == lane.rawValue } }
            #expect(counts == [8 * round, 8 * round, 4 * round, 2 * round, round])
        }
        // What the others leave is for the lightest.
        await gate.finish()
        #expect(gate.done.all.suffix(8).allSatisfy { $0 == "far" })
        #expect(LagoLane.allCases.allSatisfy { gate.limiter.waiting(on: $0) == 0 })
    }

    @Test func `a lane that comes back after a rest has saved nothing up and owes nothing`() async throws {
        let gate = try await Gate()
        await gate.join(40, [.far])
        await gate.turns(20)
        await gate.join(40, [.prompt])
        await gate.turns(18)
        // The ninth or tenth is of the lane that had all turns before.
        #expect((1...3).contains(gate.done.all.suffix(18).count { $0 == "far" }))
        await gate.join(12, [.sweep])
        await gate.turns(10)
        #expect((1...3).contains(gate.done.all.suffix(10).count { $0 == "sweep" }))
        await gate.finish()
    }

    @Test func `a caller that is cancelled leaves its turn to the others`() async throws {
        let gate = try await Gate()
        var tasks: [Task<Void, any Error>] = []
        for name in ["1", "2", "3", "4"] { tasks.append(await gate.join(name)) }
        // The first one leads the others; the third one sleeps.
        for index in [0, 2] {
            tasks[index].cancel()
            await #expect(throws: CancellationError.self) { try await tasks[index].value }
        }
        #expect(gate.limiter.waiting(on: .prompt) == 2)
        await gate.turns(2)
        #expect(gate.done.all == ["2", "4"])
        let late = Task {
            try await gate.limiter.turn(.far)
        }
        late.cancel()
        await #expect(throws: CancellationError.self) { try await late.value }
        #expect(gate.limiter.waiting(on: .far) == 0)
    }

    @Test func `time that passed unused is not made up for`() async throws {
        let gate = try await Gate()
        gate.clock.advance(by: .seconds(60))
        try await gate.limiter.turn()
        _ = await gate.join("1")
        _ = await gate.join("2")
        #expect(await eventually { gate.clock.sleepers.all == [.milliseconds(60_100)] })
        // Nor is time for which the one that leads was held up.
        gate.clock.advance(by: .seconds(60))
        #expect(await eventually { gate.clock.sleepers.all.last == .milliseconds(120_100) })
        #expect(gate.done.all == ["1"])
        await gate.finish()
    }

    @Test func `a crowd of which many give up gets through at the rate`() async throws {
        let limiter = RateLimiter(requestsPerSecond: 1000)
        let done = Record<Bool>()
        let start = ContinuousClock.now
        await withDiscardingTaskGroup { group in
            for number in 0..<400 {
                group.addTask {
                    let lane = LagoLane.allCases[number % 4]
                    let task = Task { try await limiter.turn(lane) }
                    if number % 3 == 0 { task.cancel() }
                    done.add((try? await task.value) != nil)
                }
            }
        }
        let through = done.all.count { $0 }
        #expect(through >= 266 && done.count == 400)
        #expect(ContinuousClock.now - start >= .milliseconds(through - 1))
        #expect(LagoLane.allCases.allSatisfy { limiter.waiting(on: $0) == 0 })
    }

    @Test func `a real clock lets through no more than the rate`() async throws {
        let limiter = RateLimiter(requestsPerSecond: 100)
        let start = ContinuousClock.now
        try await withThrowingDiscardingTaskGroup { group in
            for _ in 0..<21 { group.addTask { try await limiter.turn() } }
        }
        #expect(ContinuousClock.now - start >= .milliseconds(200))
    }
}
