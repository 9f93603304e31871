/// A request on its way through the API, as a test in the same process meets it: it may hold it up, or lose it.
package struct PassingRequest: Sendable {
    package enum Moment: Sendable {
        /// It has come whole, and nothing is done yet.
        case beforeEffect
        /// It is done, and nothing of the answer has left.
        case afterEffect
    }

    /// What becomes of it.
    package enum Fate: Sendable {
        case goOn
        /// The connection is closed: before the effect there is none, after it there is no answer.
        case lost
        /// A proxy swallows it: the connection is closed at once, and it is done so much later. Only before the effect.
        case held(Duration)
        /// A proxy answers this status, with nothing else; before the effect there is none.
        case answered(Int)
    }

    /// Called at each moment; the request waits for it to return.
    package typealias Watcher = @Sendable (PassingRequest) async -> Fate

    package let moment: Moment
    package let method: String
    /// After `/api/v1`, without the query.
    package let path: String
    /// As it was sent, without the question mark; empty where there is none.
    package let query: String
    /// As it was sent; empty for a `GET`.
    package let body: String
}

/// A request to the API that is over, however it ended.
package struct AnsweredRequest: Sendable {
    package let method: String
    /// After `/api/v1`, as it was sent, without the query.
    package let path: String
    /// As it was sent, without the question mark; empty where there is none.
    package let query: String
    /// As it was sent; empty for a `GET`.
    package let body: String
    /// Nil where the connection was closed in place of an answer.
    package let status: Int?
}

extension Sandbox {
    /// Told of each request to the API that carries the key, once it is over.
    package var onAnswer: (@Sendable (AnsweredRequest) -> Void)? {
        get { self.model.withLock { $0.listener } }
        set { self.model.withLock { $0.listener = newValue } }
    }

    /// Meets each request to the API that carries the key, before all faults; nil lets them pass.
    package var onRequest: PassingRequest.Watcher? {
        get { self.model.withLock { $0.watcher } }
        set { self.model.withLock { $0.watcher = newValue } }
    }
}
