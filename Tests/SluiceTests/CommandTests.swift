import Foundation
import GRDB
import Jobs
import LagoEvents
import Sandbox
import Signatures
import Store
import TestSupport
import Testing

/// `events` and `jobs`, as scripts read them.
@Suite(.timeLimit(.minutes(5))) struct CommandTests {
    private let home: SluiceHome

    init() throws {
        self.home = try SluiceHome()
    }

    private func record(_ key: String, _ body: [UInt8], at now: Int64 = 1_700_000_000_123) async throws {
        try await self.home.store { store in
            let delivery = Delivery(
                key: EventKey(rawValue: key),
                envelope: Envelope(body: body),
                digest: try SHA256.digest(of: body),
                body: body,
                receivedAt: now
            )
            _ = try await store.write { try $0.record(delivery) }
        }
    }

    @Test func `events have the fields that scripts rely on`() async throws {
        try await self.record("k1", Webhook.body(of: "cust_1"))
        try await self.record("k1", Webhook.body(of: "cust_1"))
        try await self.record("k2", Array("{".utf8))
        let rows = try await self.home.rows("events", "list")
        let fields: Set = [
            "id", "key", "webhook_type", "external_customer_id", "received_at", "origin", "outcome", "duplicates",
        ]
        #expect(rows.map { Set($0.keys) } == [fields, fields])
        #expect(rows.map { $0["key"] as? String } == ["k2", "k1"], "the newest first")
        #expect(rows[0]["webhook_type"] is NSNull && rows[0]["outcome"] as? String == "unreadable")
        #expect(rows[1]["received_at"] as? String == "2023-11-14T22:13:20.123Z")
        #expect(rows[1]["external_customer_id"] as? String == "cust_1" && rows[1]["duplicates"] as? Int == 1)
        #expect(rows[1]["outcome"] as? String == "pending" && rows[1]["origin"] as? String == "webhook")
        #expect(try await self.home.rows("events", "list", "--limit", "1").count == 1)
        #expect(try await self.home.rows("events", "list", "--outcome", "unreadable").count == 1)
        #expect(try await self.home.rows("events", "list", "--customer", "nobody").isEmpty)
    }

    @Test(arguments: ["1", "k1"])
    func `an event is shown by id and by key, with its payload`(name: String) async throws {
        let body = Webhook.body(of: "cust_1")
        try await self.record("k1", body)
        let shown = try #require(try await self.home.rows("events", "show", name).first)
        #expect(shown["payload"] as? String == String(decoding: body, as: UTF8.self))
        #expect(shown["key"] as? String == "k1")
    }

    @Test(arguments: [
        ["events", "show", "none"], ["jobs", "show", "77"], ["jobs", "retry", "77"], ["jobs", "discard", "77"],
    ])
    func `what is not there is told in one sentence with exit code 1`(arguments: [String]) async throws {
        try await self.record("k1", Webhook.body())
        let process = try self.home.start(arguments)
        let ending = try await process.while { try await process.ending() }
        #expect(ending.code == 1 && ending.output.isEmpty)
        #expect(ending.errors.hasPrefix("sluice: ") && ending.errors.split(separator: "\n").count == 1)
    }

    @Test func `without a store the commands say so and make none`() async throws {
        let ending = try await self.home.run("events", "list", "--json")
        #expect(ending.code == 1 && ending.errors.contains("there is no store at"))
        #expect(!FileManager.default.fileExists(atPath: self.home.storePath))
    }

    /// A dead job with a failed attempt, and a waiting one.
    private func makeJobs() async throws {
        try await self.home.store { store in
            try await store.write { transaction in
                let dead = NewJob(kind: .look, key: "cust_1", customer: "cust_1", lane: .balance)
                try transaction.enqueue(dead, .replace(dueAt: 0), at: 0)
                let lease = try transaction.claim(limit: 1, owner: "w", for: .seconds(9), at: 1_700_000_000_000)[0]
                _ = try transaction.settle(lease, as: .deadLetter(reason: "no such customer"), at: 1_700_000_001_000)
                let waiting = NewJob(kind: .look, key: "cust_2", customer: "cust_2", lane: .balance)
                try transaction.enqueue(waiting, .replace(dueAt: 1_700_000_000_000), at: 0)
            }
        }
    }

    @Test func `jobs have the fields that scripts rely on`() async throws {
        try await self.makeJobs()
        let rows = try await self.home.rows("jobs", "list")
        let fields: Set = [
            "id", "kind", "key", "external_customer_id", "state", "attempt", "due_at", "last_error",
        ]
        #expect(rows.map { Set($0.keys) } == [fields, fields])
        #expect(rows.map { $0["state"] as? String } == ["available", "dead"])
        #expect(rows[1]["last_error"] as? String == "no such customer" && rows[0]["last_error"] is NSNull)
        #expect(rows[0]["due_at"] as? String == "2023-11-14T22:13:20.000Z")
        #expect(try await self.home.rows("jobs", "list", "--state", "dead").count == 1)
        let shown = try #require(try await self.home.rows("jobs", "show", "1").first)
        #expect(Set(shown.keys) == fields.union(["attempts"]))
        let attempt = try #require((shown["attempts"] as? [[String: Any]])?.first)
        #expect(Set(attempt.keys) == ["attempt", "begun_at", "ended_at", "result", "error"])
        #expect(attempt["result"] as? String == "dead" && attempt["attempt"] as? Int == 1)
    }

    @Test func `retry and discard change jobs and leave audit entries, a dry run does not`() async throws {
        try await self.makeJobs()
        _ = try await self.home.rows("jobs", "retry", "1", "--dry-run")
        #expect(try await self.home.rows("jobs", "list").map { $0["state"] as? String } == ["available", "dead"])
        let retried = try #require(try await self.home.rows("jobs", "retry", "1").first)
        #expect(retried["state"] as? String == "available" && retried["attempt"] as? Int == 0)
        #expect(try await self.home.run("jobs", "retry", "1").code == 1, "it is live already")
        let discarded = try await self.home.rows("jobs", "discard", "1", "2")
        #expect(discarded.map { $0["state"] as? String } == ["discarded", "discarded"])
        #expect(try await self.home.run("jobs", "discard", "2").code == 1)
        let file = try DatabaseQueue(path: self.home.storePath)
        let entries = try await file.read { db in
            try Row.fetchAll(db, sql: "SELECT actor, action, subject FROM auditEntry ORDER BY id").map {
                "\($0["actor"] as String) \($0["action"] as String) \($0["subject"] as String)"
            }
        }
        #expect(entries == ["cli jobs.retry job 1", "cli jobs.discard job 1", "cli jobs.discard job 2"])
    }

    @Test func `a job that was retried by hand runs in a server that is running`() async throws {
        try await SandboxPeer.running {
            $0.customers = []  // whom Lago does not know, only a person looks at
        } body: { lago in
            try await self.makeJobs()
            var home = self.home
            home.settings.merge(lago.settings) { $1 }
            try await home.serving { _ in
                let retried = try await self.home.rows("jobs", "retry", "1")
                #expect(retried.first?["last_error"] as? String == "no such customer")
                let hasRun = try await eventually {
                    let done = try await self.home.rows("jobs", "list", "--state", "done")
                    return Set(done.compactMap { $0["id"] as? Int }).isSuperset(of: [1, 2])
                }
                #expect(hasRun)
            }
        }
    }

    @Test func `a key that moves the cursor is not printed as it is`() async throws {
        try await self.record("k\u{1B}[2J", Webhook.body(of: "c\u{7}"))
        let ending = try await self.home.run("events", "list")
        #expect(ending.code == 0 && !ending.output.contains("\u{1B}"))
    }

    @Test(arguments: [["nonsense"], ["events"], ["serve", "--role", "king"], ["jobs", "list", "--limit", "0"]])
    func `a command line that cannot be read ends with 64 or a usage text`(arguments: [String]) async throws {
        let process = try self.home.start(arguments)
        let ending = try await process.while { try await process.ending() }
        #expect(ending.code == 64 || (ending.code == 0 && ending.output.contains("USAGE")))
    }
}
