import NIOCore
import NIOPosix
import Synchronization

/// Sends prepared requests over kept connections, one at a time on each, and times every answer.
struct LoadGenerator {
    struct Figures {
        let perSecond: Double
        /// Milliseconds, sorted.
        let latencies: [Double]
        /// Answers that were not 2xx.
        let refused: Int

        func percentile(_ share: Double) -> Double {
            self.latencies.isEmpty
                ? 0 : self.latencies[min(self.latencies.count - 1, Int(share * Double(self.latencies.count)))]
        }
    }

    let port: Int
    let connections: Int

    /// One thread, so that the server keeps a core to itself on a machine of two.
    private static let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)

    /// Sends `requests`, each once, or the first of them `repeated` times.
    func run(_ requests: [ByteBuffer], repeated: Int? = nil) async throws -> Figures {
        let total = repeated ?? requests.count
        let shared = Shared(requests: requests, total: total)
        let began = ContinuousClock.now
        let channels = try await withThrowingTaskGroup(of: (any Channel).self) { tasks in
            for _ in 0..<self.connections {
                tasks.addTask {
                    try await ClientBootstrap(group: Self.group)
                        .channelOption(.socketOption(.tcp_nodelay), value: 1)
                        .channelInitializer { channel in
                            channel.eventLoop.makeCompletedFuture {
                                try channel.pipeline.syncOperations.addHandler(Requester(shared))
                            }
                        }
                        .connect(host: "127.0.0.1", port: self.port).get()
                }
            }
            return try await tasks.reduce(into: []) { $0.append($1) }
        }
        for channel in channels { try await channel.closeFuture.get() }
        let seconds = (ContinuousClock.now - began) / .seconds(1)
        let (latencies, refused) = shared.results.withLock { ($0.latencies.sorted(), $0.refused) }
        return Figures(perSecond: Double(latencies.count) / seconds, latencies: latencies, refused: refused)
    }

    /// What the connections share: the next request, and the answers.
    private final class Shared: Sendable {
        let requests: [ByteBuffer]
        let total: Int
        let next = Atomic(0)
        let results = Mutex((latencies: [Double](), refused: 0))

        init(requests: [ByteBuffer], total: Int) {
            self.requests = requests
            self.total = total
        }

        func take() -> ByteBuffer? {
            let index = self.next.add(1, ordering: .relaxed).oldValue
            return index < self.total ? self.requests[index % self.requests.count] : nil
        }
    }

    private final class Requester: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        typealias OutboundOut = ByteBuffer
        private let shared: Shared
        private var sentAt = ContinuousClock.now
        private var answer = ByteBuffer()
        /// Of the answer that comes in, in bytes; nil before its head.
        private var wholeLength: Int?
        private var latencies: [Double] = []
        private var refused = 0

        init(_ shared: Shared) { self.shared = shared }

        func channelActive(context: ChannelHandlerContext) { self.send(context) }

        /// Whether head and body are there, as `Content-Length` says; an answer without one has no body.
        private var isWhole: Bool {
            if self.wholeLength == nil {
                let view = self.answer.readableBytesView
                // Most answers measured here are of one read, and end with their head.
                if view.suffix(4).elementsEqual("\r\n\r\n".utf8) {
                    self.wholeLength = view.count
                } else if let head = String(decoding: view, as: UTF8.self).split(separator: "\r\n\r\n").first {
                    let length = head.lowercased().split(separator: "\r\n")
                        .first { $0.hasPrefix("content-length:") }
                        .flatMap { Int($0.dropFirst(15).drop { $0 == " " }) }
                    self.wholeLength = head.utf8.count + 4 + (length ?? 0)
                }
            }
            return self.wholeLength.map { self.answer.readableBytes >= $0 } ?? false
        }

        private func send(_ context: ChannelHandlerContext) {
            guard let request = self.shared.take() else { return context.close(promise: nil) }
            self.sentAt = .now
            context.writeAndFlush(self.wrapOutboundOut(request), promise: nil)
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            var part = self.unwrapInboundIn(data)
            self.answer.writeBuffer(&part)
            guard self.isWhole else { return }
            self.latencies.append((ContinuousClock.now - self.sentAt) / .milliseconds(1))
            if !self.answer.readableBytesView.starts(with: "HTTP/1.1 2".utf8) { self.refused += 1 }
            self.answer.clear()
            self.wholeLength = nil
            self.send(context)
        }

        func channelInactive(context: ChannelHandlerContext) {
            self.shared.results.withLock { results in
                results.latencies += self.latencies
                results.refused += self.refused
            }
        }
    }
}
