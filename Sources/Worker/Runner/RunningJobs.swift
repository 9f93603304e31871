internal import Jobs
private import Synchronization

/// The leases of the jobs that run in this process.
final class RunningJobs: Sendable {
    private let leases = Mutex<[JobID: Lease]>([:])

    var all: [Lease] { self.leases.withLock { Array($0.values) } }
    var count: Int { self.leases.withLock { $0.count } }

    func count(_ hand: Hand) -> Int {
        self.leases.withLock { leases in leases.values.count { $0.kind.hand == hand } }
    }

    func add(_ lease: Lease) {
        self.leases.withLock { $0[lease.jobID] = lease }
    }

    func remove(_ lease: Lease) {
        self.leases.withLock { leases in
            // After a lost lease the same job may run here anew.
            if leases[lease.jobID]?.claim == lease.claim { leases[lease.jobID] = nil }
        }
    }
}
