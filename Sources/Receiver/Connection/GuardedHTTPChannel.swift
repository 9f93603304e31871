private import Hummingbird
package import HummingbirdCore
package import Logging
package import NIOCore
package import NIOHTTPTypes

/// HTTP/1.1 connections that are bounded in time and memory.
package struct GuardedHTTPChannel: ServerChildChannel {
    package typealias Value = NIOAsyncChannel<HTTPRequestPart, HTTPResponsePart>

    private let responder: HTTPChannelHandler.Responder
    private let limits: ConnectionLimits
    private let inFlight: BytesInFlight
    private let refused: @Sendable (Rejection, SocketAddress?) -> Void

    /// A server of such connections.
    ///
    /// - Parameter refused: told of requests that never reached a route: too slow, too large, not HTTP.
    package static func server(
        limits: ConnectionLimits,
        inFlight: BytesInFlight,
        refused: @escaping @Sendable (Rejection, SocketAddress?) -> Void
    ) -> HTTPServerBuilder {
        HTTPServerBuilder { responder in
            GuardedHTTPChannel(responder: responder, limits: limits, inFlight: inFlight, refused: refused)
        }
    }

    private var http: HTTP1Channel {
        HTTP1Channel(
            responder: self.responder,
            configuration: .init(
                additionalChannelHandlers: [RequestGuard(inFlight: self.inFlight, refused: self.refused)],
                httpDecoderConfiguration: .init(
                    maxHeaderFieldSize: self.limits.headerBytes,
                    maxHeaderListSize: self.limits.headerBytes + 64 << 10
                )
            )
        )
    }

    package func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
        self.http.setup(channel: channel, logger: logger).flatMapThrowing { value in
            let pipeline = channel.pipeline.syncOperations
            let requests = try pipeline.handler(type: RequestGuard.self)
            try pipeline.addHandler(ByteGuard(limits: self.limits, requests: requests), position: .first)
            return value
        }
    }

    package func handle(value: Value, logger: Logger) async {
        await self.http.handle(value: value, logger: logger)
    }
}
