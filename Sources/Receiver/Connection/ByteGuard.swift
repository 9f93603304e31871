import NIOCore

/// Bounds what one connection may take: stands before the HTTP decoder, sees every byte, and ends the connection
/// when a header or body is too slow, when it idles for too long, or when too many bytes are in flight.
///
/// Hummingbird's own idle time-out starts anew with every byte, so a peer that sends one now and then would be kept.
final class ByteGuard: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// How often deadlines are looked at while a peer sends: one timer per connection, none per request.
    private static let tick = TimeAmount.milliseconds(500)
    /// The same of connections on which nothing comes: thousands of them wait for their next request, or listen.
    private static let restfulTick = TimeAmount.seconds(5)
    /// How long a refused peer may take to read its answer before the connection is cut.
    private static let farewell = TimeAmount.seconds(2)

    private let limits: ConnectionLimits
    private let requests: RequestGuard
    private var timer: Scheduled<Void>?
    /// The timer was set for a peer that sends nothing.
    private var isResting = false
    private var isOver = false
    /// Bytes that the peer does not read, and since when it has been so many.
    private var unread: (bytes: Int, since: NIODeadline)?

    init(limits: ConnectionLimits, requests: RequestGuard) {
        self.limits = limits
        self.requests = requests
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.schedule(context)
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.end()
    }

    func channelInactive(context: ChannelHandlerContext) {
        self.end()
        context.fireChannelInactive()
    }

    private func end() {
        self.isOver = true
        self.timer?.cancel()
    }

    private func schedule(_ context: ChannelHandlerContext) {
        guard !self.isOver else { return }
        let wait = self.nextLook()
        self.isResting = wait > Self.tick
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        self.timer = context.eventLoop.scheduleTask(in: wait) {
            let (guardian, context) = bound.value
            guardian.look(context)
            guardian.schedule(context)
        }
    }

    /// When a deadline is next looked at, if nothing arrives before.
    private func nextLook() -> TimeAmount {
        let waited = NIODeadline.now() - self.requests.since
        guard waited >= Self.tick else { return Self.tick }
        switch self.requests.phase {
        case .idle: return max(Self.tick, min(Self.restfulTick, self.limits.idle - waited))
        case .answer: return max(Self.tick, min(Self.restfulTick, .nanoseconds(self.limits.unread.nanoseconds / 2)))
        case .header, .body, .closing: return Self.tick
        }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard self.requests.phase != .closing else { return }
        guard self.requests.arrived(self.unwrapInboundIn(data).readableBytes) else {
            return self.refuse(context, "HTTP/1.1 503 Service Unavailable\r\nretry-after: 5\r\n")
        }
        if self.isResting {
            self.timer?.cancel()
            self.schedule(context)
        }
        context.fireChannelRead(data)
    }

    private func look(_ context: ChannelHandlerContext) {
        let waited = NIODeadline.now() - self.requests.since
        switch self.requests.phase {
        case .idle where waited >= self.limits.idle:
            context.close(promise: nil)
        case .header where waited >= self.limits.header, .body where waited >= self.limits.body:
            self.requests.refuse(.tooSlow, context)
            self.refuse(context, "HTTP/1.1 408 Request Timeout\r\n")
        case .closing where waited >= Self.farewell:
            context.close(promise: nil)
        case .answer where self.isStuck(context.channel):
            context.close(promise: nil)
        default:
            break
        }
    }

    /// Whether the peer has stopped to read its answer. A slow one takes some bytes now and then.
    private func isStuck(_ channel: any Channel) -> Bool {
        guard !channel.isWritable, let bytes = try? channel.syncOptions?.getOption(.bufferedWritableBytes) else {
            self.unread = nil
            return false
        }
        guard let unread = self.unread, unread.bytes == bytes else {
            self.unread = (bytes, .now())
            return false
        }
        return NIODeadline.now() - unread.since >= self.limits.unread
    }

    /// Answers past the decoder, which is in the middle of a request, and takes nothing more.
    private func refuse(_ context: ChannelHandlerContext, _ head: String) {
        self.requests.enter(.closing)
        let answer = context.channel.allocator.buffer(string: head + "connection: close\r\ncontent-length: 0\r\n\r\n")
        context.writeAndFlush(self.wrapOutboundOut(answer), promise: nil)
        context.close(mode: .output, promise: nil)
    }
}
