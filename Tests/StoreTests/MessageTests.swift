import Foundation
import Jobs
import Store
import Testing

/// Mails to be sent and the proof of those that were.
struct MessageTests {
    private let fixture: StoreFixture
    private var store: Store { self.fixture.store }

    init() throws {
        self.fixture = try StoreFixture()
    }

    private func mail(_ recipient: String, fact: String, customer: String? = "c") -> NewMessage {
        NewMessage(
            kind: "low_balance",
            customer: customer,
            recipient: recipient,
            fact: fact,
            arguments: "{}",
            messageID: "\(UUID())@x.example"
        )
    }

    @Test func `one fact makes one mail to an address, and one job sends it`() async throws {
        let (first, again, other) = (
            self.mail("a@x.example", fact: "1"), self.mail("a@x.example", fact: "1"),
            self.mail("b@x.example", fact: "1")
        )
        let ids = try await self.store.write { transaction in
            try [first, again, other].map { try transaction.queue($0, dueAt: 7, at: 5) }
        }
        #expect(ids.map { $0 != nil } == [true, false, true])
        let messages = try await self.store.messages(limit: 10)
        #expect(messages.map(\.recipient) == ["b@x.example", "a@x.example"])
        #expect(messages.last?.messageID == first.messageID)
        let leases = try await self.store.write { try $0.claim(.mail, limit: 9, owner: "w", for: .seconds(9), at: 7) }
        // The second waits: of one customer's mails never two are on their way.
        #expect(leases.map(\.key) == ["\(messages[1].id)"])
        #expect(leases.map(\.kind) == [.mail])
    }

    @Test func `a message that can never be sent is on record without a job`() async throws {
        var nowhere = self.mail("", fact: "1")
        (nowhere.state, nowhere.reason) = (.failed, "the customer has no address")
        let message = nowhere
        _ = try await self.store.write { try $0.queue(message, dueAt: 0, at: 0) }
        #expect(
            try await self.store.messages(MessageFilter(state: .failed), limit: 9).map(\.reason) == [message.reason]
        )
        #expect(try await self.store.jobs(limit: 9).isEmpty)
    }

    @Test func `an outcome is kept once, and leaves what it does not know as it was`() async throws {
        let message = self.mail("a@x.example", fact: "1")
        let id = try #require(try await self.store.write { try $0.queue(message, dueAt: 0, at: 0) })
        var tried = MessageOutcome(.queued, smtpReply: "451 later")
        (tried.subject, tried.text) = ("Low", "Your balance …")
        try await self.store.write { [tried] in try $0.settle(message: id, as: tried, at: 1) }
        try await self.store.write { try $0.settle(message: id, as: MessageOutcome(.sent, smtpReply: "250 ok"), at: 2) }
        try await self.store.write { try $0.settle(message: id, as: MessageOutcome(.failed, reason: "late"), at: 3) }
        let kept = try #require(try await self.store.message(id))
        #expect(kept.state == .sent && kept.sentAt == 2 && kept.reason == nil)
        #expect(kept.subject == "Low" && kept.text == "Your balance …" && kept.smtpReply == "250 ok")
        #expect(kept.messageID == message.messageID)
    }
}
