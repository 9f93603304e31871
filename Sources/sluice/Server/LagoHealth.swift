import Synchronization

/// How the last request to Lago ended.
final class LagoHealth: Sendable {
    private let lastFailure = Mutex<String?>(nil)

    /// Notes how a request ended: by its HTTP status, or by a word where there was none.
    func note(status: String) {
        // A request that we gave up ourselves says nothing about Lago.
        if status == "cancelled" { return }
        let failure: String? =
            switch Int(status) {
            case nil: "not reached: \(status)"
            case 401?: "does not accept LAGO_API_KEY"
            case .some(let code): code >= 500 ? "answers \(code)" : nil
            }
        self.lastFailure.withLock { $0 = failure }
    }

    /// Why Lago counts as away; nil when it answered last.
    var failure: String? { self.lastFailure.withLock { $0 } }
}
