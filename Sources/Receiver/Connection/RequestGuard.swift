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
    /// Of each request that is not answered yet, the one in hand first, whether it may be given up.
    private var unanswered: [Bool] = []
    private var mustClose = false
    /// The client sends nothing more: it has gone, as far as can be told.
    private var isLeft = false
    /// Told when the client has gone while a request is in hand that may be given up.
    let watch = ClientWatch()
    private let inFlight: BytesInFlight
    private let mayGiveUp: @Sendable (HTTPRequest) -> Bool
    private let refused: @Sendable (Rejection, SocketAddress?) -> Void

    init(
        inFlight: BytesInFlight,
        mayGiveUp: @escaping @Sendable (HTTPRequest) -> Bool,
        refused: @escaping @Sendable (Rejection, SocketAddress?) -> Void
    ) {
        self.inFlight = inFlight
        self.mayGiveUp = mayGiveUp
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
        case .head(let head):
            self.unanswered.append(self.mayGiveUp(head))
            self.enter(.body)
        case .body:
            break
        case .end:
            self.enter(self.unanswered.isEmpty ? .idle : .answer)
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
        if !self.unanswered.isEmpty { self.unanswered.removeFirst() }
        guard self.unanswered.isEmpty else { return self.noteAbsence() }
        self.release()
        guard self.mustClose else { return self.enter(self.phase == .body ? .body : .idle) }
        self.enter(.closing)
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case ChannelEvent.inputClosed = event { self.left() }
        context.fireUserInboundEventTriggered(event)
    }

    private func left() {
        self.isLeft = true
        self.noteAbsence()
    }

    private func noteAbsence() {
        if self.isLeft, self.unanswered.first == true { self.watch.leave() }
    }

    func channelInactive(context: ChannelHandlerContext) {
        self.left()
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
