private import Synchronization

/// Which answers were kept a moment ago, so that what is read again and again is not written again and again.
final class RecentlyKept: Sendable {
    private struct Entry {
        let hash: Int
        let at: ContinuousClock.Instant
    }

    private static let pause = Duration.seconds(30)
    private static let most = 10_000

    private let entries = Mutex<[String: Entry]>([:])

    /// Whether an answer is to be kept: it differs from the last one, or that was kept a while ago.
    func isDue(_ request: String, _ body: [UInt8], at now: ContinuousClock.Instant) -> Bool {
        let hash = body.hashValue
        return self.entries.withLock { entries in
            if let last = entries[request], last.hash == hash, now - last.at < Self.pause { return false }
            // What is forgotten is only written once more.
            if entries.count >= Self.most { entries.removeAll(keepingCapacity: true) }
            entries[request] = Entry(hash: hash, at: now)
            return true
        }
    }
}
