import HTTPTypes
import Hummingbird
import NIOCore
import NIOHTTP1
import NIOHTTPTypes

/// Follows the requests of one connection: stands behind the HTTP decoder and knows where each begins and ends.
///
/// `ByteGuard`, before the decoder, acts on what this one knows. Both live on the connection's event loop.
final class RequestGuard: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    /// What the connection waits for.
    enum Phase {
        /// The first byte of a request.
        case idle
        /// The end of its headers.
        case header
        /// The end of its body.
        case body
        /// Our answer.
        case answer
        /// Its end: whatever still arrives is dropped.
        case closing
    }

    private(set) var phase = Phase.idle
    /// When the phase began.
    private(set) var since = NIODeadline.now()
    /// Bytes of the requests that are not answered yet.
    private(set) var bytes = 0
    private var unanswered = 0
    private var mustClose = false
    private let inFlight: BytesInFlight
    private let refused: @Sendable (Rejection, SocketAddress?) -> Void

    init(inFlight: BytesInFlight, refused: @escaping @Sendable (Rejection, SocketAddress?) -> Void) {
        self.inFlight = inFlight
        self.refused = refused
    }

    func enter(_ phase: Phase) {
        self.phase = phase
        self.since = .now()
    }

    /// Counts bytes that arrived; false when all connections together hold too many.
    func arrived(_ count: Int) -> Bool {
        if self.phase == .idle { self.enter(.header) }
        self.bytes += count
        return self.inFlight.add(count)
    }

    private func release() {
        self.inFlight.remove(self.bytes)
        self.bytes = 0
    }

    func refuse(_ reason: Rejection, _ context: ChannelHandlerContext) {
        self.refused(reason, context.remoteAddress)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch self.unwrapInboundIn(data) {
        case .head:
            self.unanswered += 1
            self.enter(.body)
        case .body:
            break
        case .end:
            self.enter(self.unanswered > 0 ? .answer : .idle)
        }
        context.fireChannelRead(data)
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        switch self.unwrapOutboundIn(data) {
        case .head(let head):
            self.mustClose = head.headerFields[.connection] == "close"
        case .body:
            break
        case .end:
            self.answered(context)
        }
        context.write(data, promise: promise)
    }

    private func answered(_ context: ChannelHandlerContext) {
        self.unanswered -= 1
        guard self.unanswered <= 0 else { return }
        self.release()
        guard self.mustClose else { return self.enter(self.phase == .body ? .body : .idle) }
        self.enter(.closing)
    }

    func channelInactive(context: ChannelHandlerContext) {
        self.release()
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // Hummingbird answers what its decoder could not read with 400 and closes. That the rest of a request which is
        // refused already never comes is no second refusal.
        if let error = error as? HTTPParserError, self.phase != .closing {
            self.refuse(error == .headerOverflow ? .tooLarge : .malformed, context)
        }
        context.fireErrorCaught(error)
    }
}
