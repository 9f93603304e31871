import GRDB
import Jobs
import TestSupport
import Testing

@testable import Store

/// What is read by its key, on the thread of who asks.
struct KeyReaderTests {
    private let fixture: StoreFixture
    private var store: Store { self.fixture.store }

    init() throws {
        self.fixture = try StoreFixture()
    }

    private func queue(_ number: Int, customer: String? = nil, to recipient: String = "a@x.example") async throws
        -> Int64
    {
        let message = NewMessage(
            kind: "operator_alert",
            customer: customer,
            recipient: recipient,
            fact: "f/\(number)",
            arguments: "{}",
            messageID: "<\(number)@x.example>"
        )
        return try #require(try await self.store.write { try $0.queue(message, dueAt: 0, at: 1) })
    }

    @Test func `what was committed is seen at once, by every read there is`() async throws {
        for number in 0..<50 {
            let id = try await self.queue(number)
            #expect(try await self.store.message(id)?.fact == "f/\(number)")
            try await self.store.write { try $0.settle(message: id, as: MessageOutcome(.sent), at: Int64(number)) }
            #expect(try await self.store.message(id)?.state == .sent)
            let times = try await self.store.sent(["operator_alert"], to: "a@x.example", since: 0)
            #expect(times == (0...number).map(Int64.init))
            _ = try await self.store.write {
                try $0.suppress("\(number)@x.example", kind: nil, reason: .refused, detail: nil, at: 1)
            }
            #expect(try await self.store.suppression(of: "\(number)@X.example", kind: "k")?.reason == .refused)
        }
    }

    @Test func `an open transaction neither holds a read up nor shows in it`() async throws {
        let id = try await self.queue(1)
        let seen = try await self.store.write { [keys = self.store.keys] transaction in
            try transaction.settle(message: id, as: MessageOutcome(.sent), at: 7)
            let state = { (row: Row) -> String? in row["state"] }
            return try keys.first("SELECT state FROM message WHERE id = ?", [id], state)
        }
        #expect(seen == "queued")
        #expect(try await self.store.message(id)?.state == .sent)
    }

    @Test func `nothing can be written by it`() async throws {
        let id = try await self.queue(1)
        #expect(throws: (any Error).self) {
            try self.store.keys.all("DELETE FROM message WHERE id = ? RETURNING id", [id]) { _ in }
        }
        #expect(try await self.store.message(id) != nil)
    }

    @Test func `many callers at once each get the row they asked for`() async throws {
        var ids: [Int64] = []
        for number in 0..<20 { ids.append(try await self.queue(number)) }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for (number, id) in ids.enumerated() {
                group.addTask {
                    for _ in 0..<20 {
                        let message = try await self.store.message(id)
                        #expect(message?.fact == "f/\(number)")
                    }
                }
            }
            group.addTask { for number in 50..<70 { _ = try await self.queue(number) } }
            try await group.waitForAll()
        }
    }

    @Test func `what waits beside a mail is told from what somebody is at`() async throws {
        let (first, second) = (try await self.queue(1), try await self.queue(2))
        let third = try await self.queue(3)
        _ = try await self.queue(4, to: "b@x.example")
        _ = try await self.queue(5, customer: "c")
        let leases = try await self.store.write {
            try $0.claim(.mail, limit: 1, owner: "a", for: .seconds(30), at: 1)
        }
        #expect(leases.map(\.key) == ["\(first)"])
        try await self.store.write { try $0.settle(message: third, as: MessageOutcome(.sent), at: 9) }
        let message = try #require(try await self.store.message(second))
        let traffic = try await self.store.traffic(beside: message, kinds: ["operator_alert"], since: 0)
        #expect(traffic == AddressTraffic(sentAt: [9], waiting: 0, ahead: 1))
    }

    @Test func `a store that is closed is read no more, and another on its file is`() async throws {
        let id = try await self.queue(1)
        let path = self.store.path
        try await self.store.close()
        await #expect(throws: (any Error).self) { try await self.store.message(id) }
        #expect(try await Store(path: path).message(id)?.fact == "f/1")
    }
}
