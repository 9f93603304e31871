internal import LagoEvents
private import Synchronization

/// Looks that were taken a moment ago, each for the one job that follows from it: it need not ask Lago all of that again.
final class LatestLooks: Sendable {
    /// How long a look is as good as a new one.
    private static let limit = Duration.seconds(2)
    /// Beyond so many customers, old ones are dropped.
    private static let capacity = 256

    private struct Entry {
        let result: Looks.Result
        let until: ContinuousClock.Instant
    }

    private let entries = Mutex<[CustomerID: Entry]>([:])

    func keep(_ result: Looks.Result) {
        let now = ContinuousClock.now
        self.entries.withLock { entries in
            entries[result.look.customer] = Entry(result: result, until: now + Self.limit)
            if entries.count > Self.capacity { entries = entries.filter { $0.value.until > now } }
        }
    }

    /// A customer's, once.
    func take(_ customer: CustomerID) -> Looks.Result? {
        let entry = self.entries.withLock { $0.removeValue(forKey: customer) }
        guard let entry, entry.until > .now else { return nil }
        return entry.result
    }
}
