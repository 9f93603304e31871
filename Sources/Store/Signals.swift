private import Synchronization

/// What a commit may have made ready for somebody in this process.
package enum Topic: Hashable, Sendable {
    /// New events are in the inbox.
    case inbox
    /// A job was written, or became the first of its lane.
    case jobs
    /// A customer is to be looked at sooner than was planned.
    case looks
    /// Usage events wait for Lago.
    case usage
    /// A customer's balance is not what it was.
    case balances
    /// A top-up has moved on.
    case topUps
}

/// Tells waiting tasks of this process that a commit concerns them, so that nobody polls for it.
package final class Signals: Sendable {
    private typealias Continuation = AsyncStream<Void>.Continuation
    private let listeners = Mutex<[Topic: [Int: Continuation]]>([:])
    private let nextID = Mutex(0)

    /// A stream with one element for each time that `topic` was signalled; signals that nobody took yet are one.
    package func stream(of topic: Topic) -> AsyncStream<Void> {
        let (stream, continuation) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        let id = self.nextID.withLock { next in
            next += 1
            return next
        }
        self.listeners.withLock { $0[topic, default: [:]][id] = continuation }
        continuation.onTermination = { [weak self] _ in
            self?.listeners.withLock { $0[topic]?[id] = nil }
        }
        return stream
    }

    func raise(_ topics: Set<Topic>) {
        for topic in topics {
            let waiting = self.listeners.withLock { Array(($0[topic] ?? [:]).values) }
            for continuation in waiting { continuation.yield() }
        }
    }
}
