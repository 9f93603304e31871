internal import Store
private import Synchronization

/// How long this process still waits before it asks for a top-up in doubt, by a clock that nobody sets.
///
/// Lago's clock says the same across restarts, but it can jump, and two of its servers can disagree. What is not known here
/// since a restart is waited for anew.
package final class DoubtWatch: Sendable {
    private struct Wait {
        /// A version of the row: each of its stages has another one.
        let version: Int64
        let until: ContinuousClock.Instant
    }

    private let waits = Mutex<[String: Wait]>([:])

    package init() {}

    /// Begins to wait for a row that was just moved into this stage.
    func begin(_ topUp: TopUp, for time: Duration) {
        let wait = Wait(version: topUp.version, until: .now + time)
        self.waits.withLock { $0[topUp.id] = wait }
    }

    /// What is left of the wait, which begins now where it did not; not positive once it is over.
    func remaining(_ topUp: TopUp, of time: Duration) -> Duration {
        self.waits.withLock { waits in
            if let known = waits[topUp.id], known.version == topUp.version {
                return ContinuousClock.now.duration(to: known.until)
            }
            waits[topUp.id] = Wait(version: topUp.version, until: .now + time)
            return time
        }
    }

    func end(_ topUp: TopUp) {
        self.waits.withLock { $0[topUp.id] = nil }
    }
}
