import LagoEvents
import Store
import Testing

@Suite struct EventTests {
    @Test func `a delivery is kept byte for byte and waits in the inbox`() async throws {
        let fixture = try StoreFixture()
        let body = StoreFixture.walletUpdated("a.b@c") + " "
        #expect(try await fixture.record("k1", body: body, at: 7) == .event(id: 1, outcome: .pending))
        let found = try #require(try await fixture.store.event(idOrKey: "k1"))
        #expect(found.body == Array(body.utf8))
        #expect(found.event.customer == "a.b@c" && found.event.receivedAt == 7 && found.event.origin == .webhook)
        let inbox = try await fixture.store.pendingEvents(limit: 10)
        #expect(inbox.map(\.id) == [1])
        try await fixture.store.write { try $0.finish(events: [1], as: .processed, at: 9) }
        #expect(try await fixture.store.pendingEvents(limit: 10).isEmpty)
        #expect(try await fixture.store.event(idOrKey: "1")?.event.outcome == .processed)
    }

    @Test func `a second delivery of a key is counted and runs nothing`() async throws {
        let fixture = try StoreFixture()
        _ = try await fixture.record("k", body: StoreFixture.walletUpdated("c"))
        #expect(try await fixture.record("k", body: StoreFixture.walletUpdated("c")) == .duplicate)
        #expect(try await fixture.record("k", body: StoreFixture.walletUpdated("c", balance: 9)) == .duplicate)
        let events = try await fixture.store.events(limit: 10)
        #expect(events.map(\.duplicates) == [2])
    }

    @Test func `one body under invented keys leaves ten rows a minute and a count`() async throws {
        let fixture = try StoreFixture()
        let body = StoreFixture.walletUpdated("c")
        _ = try await fixture.record("first", body: body)
        var kept = 0
        for index in 0..<500 {
            let recording = try await fixture.record("invented-\(index)", body: body, at: Int64(index))
            if case .event(_, .repeat) = recording { kept += 1 } else { #expect(recording == .counted) }
        }
        #expect(kept == 10)
        let next = try await fixture.record("next minute", body: body, at: 60_000)
        #expect(next == .event(id: 12, outcome: .repeat))
        #expect(try await fixture.store.event(idOrKey: "invented-0")?.body == nil)
        #expect(try await fixture.record("invented-0", body: body) == .duplicate)
    }

    @Test func `a repeat that has been worked stays a repeat`() async throws {
        let fixture = try StoreFixture()
        _ = try await fixture.record("a", body: StoreFixture.walletUpdated("c"))
        _ = try await fixture.record("b", body: StoreFixture.walletUpdated("c"))
        try await fixture.store.write { try $0.finish(events: [1, 2], as: .processed, at: 1) }
        #expect(try await fixture.store.eventCounts() == [.processed: 1, .repeat: 1])
    }

    @Test(arguments: [
        ("{", EventOutcome.unreadable), ("", .unreadable), ("[]", .unreadable), ("\u{0}", .unreadable),
        (#"{"webhook_type":7}"#, .unreadable), (#"{"webhook_type":"new.thing"}"#, .unknownType),
    ])
    func `what is signed and not understood is kept out of the inbox`(body: String, outcome: EventOutcome) async throws
    {
        let fixture = try StoreFixture()
        #expect(try await fixture.record("k", body: body) == .event(id: 1, outcome: outcome))
        #expect(try await fixture.store.pendingEvents(limit: 10).isEmpty)
        #expect(try await fixture.store.event(idOrKey: "k")?.body == Array(body.utf8))
    }
}
