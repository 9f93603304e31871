package import HTTPTypes
private import Hummingbird
package import HummingbirdCore
package import Logging
package import NIOCore
package import NIOHTTPTypes

/// HTTP/1.1 connections that are bounded in time and memory.
package struct GuardedHTTPChannel: ServerChildChannel {
    /// A connection, and whether its client is still there.
    package struct Value: ServerChildChannelValue {
        fileprivate let http: NIOAsyncChannel<HTTPRequestPart, HTTPResponsePart>
        fileprivate let watch: ClientWatch

        package var channel: any Channel { self.http.channel }
    }

    private let responder: HTTPChannelHandler.Responder
    private let limits: ConnectionLimits
    private let inFlight: BytesInFlight
    private let mayGiveUp: @Sendable (HTTPRequest) -> Bool
    private let refused: @Sendable (Rejection, SocketAddress?) -> Void

    /// A server of such connections.
    ///
    /// - Parameters:
    ///   - mayGiveUp: whether the task that answers a request is cancelled when its client goes away before the answer.
    ///   - refused: told of requests that never reached a route: too slow, too large, not HTTP.
    package static func server(
        limits: ConnectionLimits,
        inFlight: BytesInFlight,
        mayGiveUp: @escaping @Sendable (HTTPRequest) -> Bool = { _ in false },
        refused: @escaping @Sendable (Rejection, SocketAddress?) -> Void
    ) -> HTTPServerBuilder {
        HTTPServerBuilder { responder in
            GuardedHTTPChannel(
                responder: responder,
                limits: limits,
                inFlight: inFlight,
                mayGiveUp: mayGiveUp,
                refused: refused
            )
        }
    }

    private var http: HTTP1Channel {
        HTTP1Channel(
            responder: self.responder,
            configuration: .init(
                additionalChannelHandlers: [
                    RequestGuard(inFlight: self.inFlight, mayGiveUp: self.mayGiveUp, refused: self.refused)
                ],
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
            return Value(http: value, watch: requests.watch)
        }
    }

    package func handle(value: Value, logger: Logger) async {
        await withTaskGroup(of: Void.self) { connection in
            connection.addTask {
                await self.http.handle(value: value.http, logger: logger)
                value.watch.end()
            }
            if await value.watch.isLeft() { connection.cancelAll() }
        }
    }
}
