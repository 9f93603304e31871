import Foundation
import Store
import TestSupport
import Testing

/// `messages`, as scripts read it.
@Suite(.timeLimit(.minutes(5))) struct MessagesCommandTests {
    private let home: SluiceHome

    init() throws {
        self.home = try SluiceHome()
    }

    /// One message that was sent, and one that cannot be.
    private func makeMessages() async throws {
        try await self.home.store { store in
            let sent = NewMessage(
                kind: "low_balance",
                customer: "cust_1",
                recipient: "a@x.example",
                fact: "EUR/1/20",
                arguments: "{}",
                messageID: "1@x.example"
            )
            var nowhere = sent
            (nowhere.recipient, nowhere.messageID, nowhere.state) = ("", "2@x.example", .failed)
            nowhere.reason = "the customer has no address"
            let messages = [sent, nowhere]
            let now: Int64 = 1_700_000_000_123
            try await store.write { transaction in
                for message in messages { try transaction.queue(message, dueAt: now, at: now) }
            }
            var outcome = MessageOutcome(.sent, smtpReply: "250 2.0.0 ok")
            (outcome.subject, outcome.text, outcome.html) = ("Low balance", "Dear reader\nbye", "<p>Dear reader</p>")
            outcome.locale = "en"
            try await store.write { [outcome] in try $0.settle(message: 1, as: outcome, at: now + 1000) }
        }
    }

    @Test func `messages have the fields that scripts rely on`() async throws {
        try await self.makeMessages()
        let rows = try await self.home.rows("messages", "list")
        let fields: Set = [
            "id", "kind", "external_customer_id", "to", "subject", "locale", "state", "message_id", "smtp_reply",
            "created_at", "sent_at",
        ]
        #expect(rows.map { fields.isSubset(of: $0.keys) } == [true, true])
        #expect(rows[0]["state"] as? String == "failed" && rows[0]["to"] as? String == "")
        #expect(rows[0]["reason"] as? String == "the customer has no address" && rows[0]["sent_at"] is NSNull)
        #expect(rows[1]["state"] as? String == "sent" && rows[1]["smtp_reply"] as? String == "250 2.0.0 ok")
        #expect(rows[1]["sent_at"] as? String == "2023-11-14T22:13:21.123Z")
        #expect(try await self.home.rows("messages", "list", "--state", "sent").map { $0["id"] as? Int } == [1])
        #expect(try await self.home.rows("messages", "list", "--customer", "nobody").isEmpty)
        #expect(try await self.home.rows("messages", "list", "--kind", "low_balance", "--limit", "1").count == 1)
    }

    @Test func `a message is shown with its texts`() async throws {
        try await self.makeMessages()
        let shown = try #require(try await self.home.rows("messages", "show", "1").first)
        #expect(shown["text"] as? String == "Dear reader\nbye" && shown["html"] as? String == "<p>Dear reader</p>")
        let process = try self.home.start(["messages", "show", "2"])
        let ending = try await process.while { try await process.ending() }
        #expect(ending.code == 0 && ending.output.contains("reason: the customer has no address"))
        let absent = try self.home.start(["messages", "show", "9"])
        let failure = try await absent.while { try await absent.ending() }
        #expect(failure.code == 1 && failure.errors == "sluice: there is no message with the id 9\n")
    }

    @Test func `all that a customer was sent is exported, with texts and attempts`() async throws {
        try await self.makeMessages()
        let file = self.home.folder.path("export.jsonl")
        let done = try await self.home.run("messages", "export", "cust_1", "--output", file)
        #expect(done.code == 0 && done.output == "2 messages in \(file)\n", "\(done.errors)")
        let lines = try String(contentsOfFile: file, encoding: .utf8).split(separator: "\n")
        let rows = try lines.map {
            try #require(try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any])
        }
        #expect(rows.map { $0["id"] as? Int } == [1, 2], "the oldest first")
        #expect(rows[0]["text"] as? String == "Dear reader\nbye" && rows[0]["attempts"] is [Any])
        let mode = try FileManager.default.attributesOfItem(atPath: file)[.posixPermissions] as? Int
        #expect(mode == 0o600, "it has addresses in it")
        let again = try await self.home.run("messages", "export", "cust_1", "--output", file)
        #expect(again.code == 1 && again.errors.contains("is there already"))
        let printed = try await self.home.run("messages", "export", "cust_1")
        #expect(printed.output.split(separator: "\n") == lines)
        #expect(try await self.home.run("messages", "export", "nobody").output.isEmpty)
    }
}
