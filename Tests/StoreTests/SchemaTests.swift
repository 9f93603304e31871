import Foundation
import GRDB
import Jobs
import TestSupport
import Testing

@testable import Store

@Suite struct SchemaTests {
    private static let next = Schema.Step(
        name: "2999-01-01 a later version",
        sql: "ALTER TABLE job ADD COLUMN colour TEXT"
    )

    @Test func `a later version copies all but bodies beside the file, as it was before it was migrated`() async throws
    {
        let folder = try TemporaryFolder()
        let path = folder.path("sluice.db")
        let store = try Store(path: path)
        _ = try await store.write {
            try $0.record(try StoreFixture.delivery("k", body: StoreFixture.walletUpdated("c")))
        }
        let snapshot = try #require(
            try Schema.migrate(store.pool, path: path, steps: Schema.steps + [Self.next])
        )
        // The service goes on before the copy is made, which does not see what comes now.
        try await store.write { try $0.enqueue(NewJob(kind: .look, key: "c"), .keep(dueAt: 0), at: 0) }
        _ = try await store.write {
            try $0.record(try StoreFixture.delivery("later", body: StoreFixture.walletUpdated("d")))
        }
        snapshot.begin()
        try #require(await eventually { FileManager.default.fileExists(atPath: snapshot.copy) })
        try await snapshot.close()
        let queue = try DatabaseQueue(path: snapshot.copy)
        let (keys, hasBodies, columns) = try await queue.read { db in
            (
                try String.fetchAll(db, sql: "SELECT key FROM event"), try db.tableExists("eventBody"),
                try db.columns(in: "job").map(\.name)
            )
        }
        #expect(keys == ["k"] && !hasBodies && !columns.contains("colour"))
        #expect(snapshot.copy == Snapshot.path(beside: path, before: try #require(Schema.steps.last).name))
        #expect(!FileManager.default.fileExists(atPath: snapshot.copy + ".partial"))
    }

    @Test func `a copy that is given up leaves nothing behind`() async throws {
        let folder = try TemporaryFolder()
        let path = folder.path("sluice.db")
        let store = try Store(path: path)
        let snapshot = try #require(
            try Schema.migrate(store.pool, path: path, steps: Schema.steps + [Self.next])
        )
        try await snapshot.close()
        #expect(
            try FileManager.default.contentsOfDirectory(atPath: folder.url.path).allSatisfy { !$0.contains(".before-") }
        )
        try await store.checkWritable()
    }

    @Test func `an older version refuses a newer file and says so`() async throws {
        let folder = try TemporaryFolder()
        let path = folder.path("sluice.db")
        let store = try Store(path: path)
        let snapshot = try Schema.migrate(store.pool, path: path, steps: Schema.steps + [Self.next])
        try await snapshot?.close()
        try await store.close()
        for access in [Store.Access.serve, .command] {
            let error = #expect(throws: StoreError.self) { try Store(path: path, access: access) }
            #expect(error == .newerSchema(path: path, migration: Self.next.name))
            #expect("\(error as Any)".contains("newer version of Sluice"))
        }
    }

    @Test func `a step that fails leaves the file as it was`() async throws {
        let folder = try TemporaryFolder()
        let path = folder.path("sluice.db")
        let store = try Store(path: path)
        let broken = Schema.Step(name: "2999-01-01 broken", sql: "CREATE TABLE x (a); INSERT INTO y VALUES (1);")
        #expect(throws: (any Error).self) {
            try Schema.migrate(store.pool, path: path, steps: Schema.steps + [broken])
        }
        #expect(try await store.pool.read { try !$0.tableExists("x") })
        try Schema.check(store.pool, path: path)
    }

    @Test func `a command does not make a file, and an unusable one is named`() throws {
        let folder = try TemporaryFolder()
        let path = folder.path("absent.db")
        #expect(throws: StoreError.missing(path: path)) { try Store(path: path, access: .command) }
        try Data("no database, but long enough to have a header".utf8).write(
            to: folder.url.appendingPathComponent("x.db")
        )
        #expect(throws: StoreError.self) { try Store(path: folder.path("x.db")) }
    }

    @Test func `a role is held by one process at a time`() throws {
        let folder = try TemporaryFolder()
        let path = folder.path("sluice.db")
        let worker = try RoleLock(.worker, storePath: path)
        #expect(throws: StoreError.roleTaken(role: .worker, path: path)) { try RoleLock(.worker, storePath: path) }
        let receiver = try RoleLock(.receiver, storePath: path)
        worker.release()
        try RoleLock(.worker, storePath: path).release()
        receiver.release()
    }

    /// Each statement that runs per delivery or per poll, and the index that must serve it.
    @Test(arguments: [
        (Transaction.dueJobs(for: .work), "job USING INDEX job_due (dueAt<?)"),
        (Transaction.dueJobs(for: .mail), "job USING INDEX job_due_mail (dueAt<?)"),
        ("SELECT id FROM event WHERE digest = :digest AND isRepeat = 0", "event USING INDEX event_digest"),
        (
            "SELECT id, webhookType, customer, outcome, receivedAt FROM event WHERE processedAt IS NULL ORDER BY id LIMIT 9",
            "event USING INDEX event_inbox"
        ),
        (
            "SELECT id FROM job WHERE customer = 'c' AND lane = 'mail' AND state = 'available' ORDER BY dueAt, id LIMIT 1",
            "job USING INDEX job_lane"
        ),
        ("SELECT id, state FROM job WHERE customer = 'c' AND lane = 'mail' AND isHead = 1", "job USING INDEX job_head"),
        (
            "SELECT id FROM job WHERE kind = 'k' AND key = 'k' AND state IN ('available', 'leased')",
            "job USING INDEX job_live"
        ),
        (Store.attemptsOfMail, "job USING INDEX job_mail (key=?)"),
        (Transaction.freshMail, "job USING INDEX job_live (kind=? AND key=?)"),
        (
            Store.others(of: "('operator_alert','operator_digest')"),
            "message USING INDEX message_waiting (recipient=? AND kind=?)"
        ),
        (Transaction.waitingDigest, "message USING INDEX message_waiting (recipient=? AND kind=?)"),
        ("SELECT id FROM job WHERE state = 'leased'", "job USING INDEX job_leased"),
        (Store.balanceChanges, "balance USING INTEGER PRIMARY KEY (rowid>?)"),
        (
            "SELECT * FROM suppression WHERE address = 'a' AND kind IN ('*', 'k') ORDER BY kind LIMIT 1",
            "suppression USING PRIMARY KEY (address=? AND kind=?)"
        ),
        (Store.dueLooks, "lookSchedule USING INDEX lookSchedule_due (pace=? AND dueAt<?)"),
        (Store.dueLooks, "job USING INDEX job_live"),
        (
            "SELECT min(dueAt) FROM lookSchedule WHERE pace = 'near' AND dueAt > 1",
            "lookSchedule USING COVERING INDEX lookSchedule_due"
        ),
        (
            "SELECT sentAt FROM message WHERE recipient = 'r' AND sentAt >= 1 AND kind IN ('k', 'l') ORDER BY sentAt",
            "message USING INDEX message_sent (recipient=? AND sentAt>?)"
        ),
        (
            "SELECT message.id, job.state FROM message \(Transaction.liveJob) WHERE message.state = 'queued' "
                + "AND recipient = 'r' AND message.customer IS NULL AND message.kind IN ('k', 'l') LIMIT 9",
            "message USING INDEX message_waiting (recipient=? AND kind=?)"
        ),
        (
            "SELECT message.id, job.state FROM message \(Transaction.liveJob) WHERE message.state = 'queued' "
                + "AND recipient = 'r' AND message.customer IS NULL AND message.kind IN ('k', 'l') LIMIT 9",
            "job USING INDEX job_live (kind=? AND key=?)"
        ),
        (
            "SELECT id FROM message WHERE customer = 'c' AND state = 'queued' AND substr(fact, 1, 2) = 'ab'",
            "message USING INDEX message_customer (customer=?)"
        ),
        ("SELECT id FROM message WHERE digest = 1 ORDER BY id LIMIT 9", "message USING"),
        (
            "SELECT * FROM message WHERE customer = 'c' AND kind = 'k' AND fact = 'f' AND recipient = 'r'",
            "message USING INDEX message_fact (customer=? AND kind=? AND fact=? AND recipient=?)"
        ),
        (
            "SELECT max(createdAt) FROM message WHERE customer = 'c' AND kind = 'k' AND substr(fact, 1, 2) = 'ab'",
            "message USING INDEX message_"
        ),
        (Transaction.usageTwin, "usageEvent USING INDEX usageEvent_key (subscription=? AND transactionId=?)"),
    ])
    func `what runs often is served by an index, without a sort`(sql: String, plan: String) async throws {
        let fixture = try StoreFixture()
        let lines = try await fixture.store.pool.read { db in
            try Row.fetchAll(db, sql: "EXPLAIN QUERY PLAN " + sql, arguments: Self.anything(for: sql))
                .map { $0["detail"] as String }
        }
        #expect(lines.contains { $0.contains(plan) }, "\(lines)")
        #expect(!lines.contains { $0.contains("TEMP B-TREE") }, "\(lines)")
    }

    private static func anything(for sql: String) -> StatementArguments {
        if sql.contains(":id") { return ["recipient": "a", "customer": nil, "id": 1] }
        if sql.contains(":recipient") { return ["recipient": "a", "customer": nil, "kind": "k"] }
        if sql.contains(":transaction") { return ["subscription": "s", "transaction": "t"] }
        if sql.contains(":key") { return ["key": "1"] }
        if sql.contains(":digest") { return ["digest": Data(count: 32)] }
        if sql.contains(":last") { return ["last": 0, "limit": 16] }
        if sql.contains(":pace") { return ["pace": "near", "now": 0, "soon": 0, "limit": 16] }
        return sql.contains(":now") ? ["now": 0, "limit": 16] : []
    }
}
