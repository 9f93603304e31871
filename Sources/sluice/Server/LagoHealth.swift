import Synchronization

/// How the last request to Lago ended.
final class LagoHealth: Sendable {
    private let lastFailure = Mutex<String?>(nil)

    /// Notes an answer: anything but a failure to answer is a sign of life.
    func note(status: String) {
        let failed = ["unreachable", "timed_out", "server_error", "5xx"].contains(status)
        self.lastFailure.withLock { $0 = failed ? status : nil }
    }

    /// Why Lago counts as away; nil when it answered last.
    var failure: String? { self.lastFailure.withLock { $0 } }
}
