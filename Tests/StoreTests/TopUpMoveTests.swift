import LagoEvents
import Store
import Testing

/// Who moves a top-up, and who comes too late.
struct TopUpMoveTests {
    private func planned(_ fixture: StoreFixture) async throws -> TopUp {
        let topUp = TopUp(
            id: "t",
            customer: CustomerID(rawValue: "c"),
            account: "EUR",
            wallet: "w",
            origin: "automatic",
            state: "planned",
            credits: "50.0",
            cents: 5000,
            at: 1
        )
        #expect(try await fixture.store.write { try $0.plan(topUp) })
        return try #require(try await fixture.store.topUp("t"))
    }

    private func move(_ topUp: TopUp, to state: String, _ fixture: StoreFixture) async throws -> Bool {
        var moved = topUp
        moved.state = state
        let next = moved
        return try await fixture.store.write { try $0.move(next, from: topUp.state) }
    }

    @Test func `a copy from before the last move moves nothing, even where the state came back`() async throws {
        let fixture = try StoreFixture()
        var own = try await self.planned(fixture)
        #expect(try await self.move(own, to: "submitting", fixture))
        own.state = "submitting"
        own = own.onceMoved
        // Another worker finds it in doubt, and sends it again.
        for state in ["unknown", "planned", "submitting"] {
            let found = try #require(try await fixture.store.topUp("t"))
            #expect(try await self.move(found, to: state, fixture))
        }
        #expect(try await !self.move(own, to: "planned", fixture))
        #expect(try await fixture.store.topUp("t")?.state == "submitting")
    }

    @Test func `who goes on with what it moved can move it again`() async throws {
        let fixture = try StoreFixture()
        var own = try await self.planned(fixture)
        for state in ["submitting", "unknown", "planned", "submitting", "submitted"] {
            #expect(try await self.move(own, to: state, fixture))
            own.state = state
            own = own.onceMoved
            #expect(try await fixture.store.topUp("t") == own)
        }
    }

    @Test func `a time that was found to lie ahead is kept, and keeps nobody from moving on`() async throws {
        let fixture = try StoreFixture()
        let read = try await self.planned(fixture)
        var noticed = read
        noticed.created = KeptTime(read.created.at, aheadAt: 0)
        let kept = noticed
        try await fixture.store.write { try $0.keepTimes(of: kept) }
        #expect(try await fixture.store.topUp("t") == kept)
        #expect(try await self.move(read, to: "submitting", fixture))
    }

    @Test func `of many who read the same state, one moves it`() async throws {
        let fixture = try StoreFixture()
        let read = try await self.planned(fixture)
        let moved = try await withThrowingTaskGroup(of: Bool.self) { group in
            for _ in 0..<16 { group.addTask { try await self.move(read, to: "planned", fixture) } }
            return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        #expect(moved == 1)
    }
}
