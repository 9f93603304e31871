import Foundation
import Jobs
import Store
import Synchronization
import Worker

/// From the commit of a job to the start of its handler: in one process, and between two.
struct LatencyBench {
    let folder: URL

    private static let rounds = 200

    func run() async throws {
        let path = self.folder.appending(path: "sluice.db").path
        let store = try Store(path: path)
        try await self.measure("one process", writer: store, worker: store)
        // A second store on the file has no signals of the first, as in another process.
        let other = try Store(path: path)
        try await self.measure("split roles", writer: other, worker: store)
        try await other.close()
        try await store.close()
    }

    private func measure(_ name: String, writer: Store, worker: Store) async throws {
        let started = Mutex<ContinuousClock.Instant?>(nil)
        var times: [Double] = []
        try await withWorker(
            worker,
            handler: { _ in
                started.withLock { $0 = .now }
                return JobOutcome(.succeeded)
            }
        ) {
            for round in 0..<Self.rounds {
                // Off the beat of the polls.
                try await Task.sleep(for: .milliseconds(Int.random(in: 5...40)))
                let job = NewJob(kind: .look, key: "\(name) \(round)", customer: "c", lane: .balance)
                try await writer.write { try $0.enqueue(job, .keep(dueAt: 0), at: 0) }
                let committed = ContinuousClock.now
                while started.withLock({ $0 }) == nil { try await Task.sleep(for: .microseconds(100)) }
                let start = started.withLock { start in
                    defer { start = nil }
                    return start ?? committed
                }
                times.append((start - committed) / .milliseconds(1))
            }
        }
        times.sort()
        print(
            String(
                format: "commit to handler, %@: p50 %.2f ms, p99 %.2f ms",
                name,
                max(0, times[times.count / 2]),
                max(0, times[times.count * 99 / 100])
            )
        )
    }
}
