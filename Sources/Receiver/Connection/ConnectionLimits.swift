package import NIOCore
private import Synchronization

/// What a peer may take of a listener: time and memory.
package struct ConnectionLimits: Sendable {
    /// From the first byte of a request to the end of its headers.
    package var header: TimeAmount = .seconds(10)
    /// From the end of the headers to the end of the body.
    package var body: TimeAmount = .seconds(30)
    /// Between two requests, and before the first.
    package var idle: TimeAmount = .seconds(60)
    /// Without a single byte taken of an answer that waits to be read.
    package var unread: TimeAmount = .seconds(60)
    /// Bytes of one header field, and of all of a request.
    package var headerBytes: Int

    /// Headers as applications send them.
    package static let standard = ConnectionLimits(headerBytes: 64 << 10)
    /// Lago's JWT carries the whole payload in a header.
    package static let webhooks = ConnectionLimits(headerBytes: 4 << 20)

    package init(headerBytes: Int) {
        self.headerBytes = headerBytes
    }
}

/// Bytes of requests that have arrived and are not answered yet, over all connections.
package final class BytesInFlight: Sendable {
    private let limit: Int
    private let count = Atomic(0)

    package init(limit: Int = 128 << 20) {
        self.limit = limit
    }

    /// Counts bytes that arrived; false when they pass the limit.
    func add(_ bytes: Int) -> Bool {
        self.count.add(bytes, ordering: .relaxed).newValue <= self.limit
    }

    func remove(_ bytes: Int) {
        self.count.subtract(bytes, ordering: .relaxed)
    }

    /// What is counted now.
    package var current: Int { self.count.load(ordering: .relaxed) }
}
