import GRDB
import Jobs
import LagoEvents
import Synchronization
import TestSupport
import Testing

@testable import Store

@Suite struct GroupCommitTests {
    @Test func `the file is written through to the disk at each commit`() async throws {
        let fixture = try StoreFixture()
        let (synchronous, journal) = try await fixture.store.pool.writeWithoutTransaction { db in
            (
                try Int.fetchOne(db, sql: "PRAGMA synchronous"), try String.fetchOne(db, sql: "PRAGMA journal_mode")
            )
        }
        #expect(synchronous == 2)
        #expect(journal == "wal")
    }

    @Test func `concurrent writes share commits, and each learns its own outcome`() async throws {
        let folder = try TemporaryFolder()
        let commits = Mutex(0)
        let store = try Store(path: folder.path("sluice.db")) { _ in commits.withLock { $0 += 1 } }
        struct Refused: Error {}
        let failures = await withTaskGroup(of: Bool.self) { group in
            for index in 0..<1000 {
                group.addTask {
                    do {
                        try await store.write { transaction in
                            try transaction.enqueue(.plain("\(index)"), .keep(dueAt: 0), at: 0)
                            if index.isMultiple(of: 100) { throw Refused() }
                        }
                        return false
                    } catch {
                        return error is Refused
                    }
                }
            }
            return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        #expect(failures == 10)
        #expect(try await store.jobs(limit: 2000).count == 990)
        #expect(commits.withLock { $0 } < 900, "1000 writes made \(commits.withLock { $0 }) commits")
    }

    @Test func `a write is not undone when its task is cancelled`() async throws {
        let fixture = try StoreFixture()
        let task = Task { [store = fixture.store] in
            try await store.write { try $0.enqueue(.plain("k"), .keep(dueAt: 0), at: 0) }
        }
        task.cancel()
        try await task.value
        #expect(try await fixture.store.jobs(limit: 1).count == 1)
    }

    @Test func `a closed store refuses writes and has kept the earlier ones`() async throws {
        let fixture = try StoreFixture()
        let path = fixture.store.path
        try await fixture.enqueue(.plain("k"))
        try await fixture.store.close()
        await #expect(throws: StoreError.closed) { try await fixture.enqueue(.plain("l")) }
        #expect(try await Store(path: path).jobs(limit: 9).map(\.key) == ["k"])
    }

    @Test func `a commit wakes those who wait for what it brought`() async throws {
        let fixture = try StoreFixture()
        let stream = fixture.store.signals.stream(of: .inbox)
        _ = try await fixture.record("k", body: StoreFixture.walletUpdated("c"))
        var iterator = stream.makeAsyncIterator()
        #expect(await iterator.next() != nil)
    }
}
