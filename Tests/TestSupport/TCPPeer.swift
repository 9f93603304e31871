package import NIOCore
import NIOPosix

/// A server on 127.0.0.1 that does to its clients exactly what a test says, for as long as the test's body runs.
package struct TCPPeer: Sendable {
    /// Picked by the system.
    package let port: Int

    /// Runs `handle` for each connection while `body` runs; a connection is closed when its `handle` returns.
    package static func serving<Result>(
        _ handle: @escaping @Sendable (TCPConnection) async throws -> Void,
        during body: (TCPPeer) async throws -> Result
    ) async throws -> Result {
        let server = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .serverChannelOption(.backlog, value: 1024)
            .childChannelOption(.allowRemoteHalfClosure, value: true)
            .bind(host: "127.0.0.1", port: 0) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
                }
            }
        let port = server.channel.localAddress?.port ?? 0
        return try await withThrowingTaskGroup(of: Void.self) { group in
            defer {
                // Cancelling would drop connections that were accepted and not yet taken up, at which NIO traps. After
                // the close they still come out, one by one, and then the end.
                server.channel.close(promise: nil)
            }
            group.addTask {
                try await server.executeThenClose { clients in
                    try await withThrowingDiscardingTaskGroup { connections in
                        var number = 0
                        for try await client in clients {
                            number += 1
                            connections.addTask { [number] in
                                // What goes wrong with one connection is for the test to see at the other end.
                                try? await client.executeThenClose { inbound, outbound in
                                    try await handle(
                                        TCPConnection(number: number, inbound: inbound, outbound: outbound)
                                    )
                                }
                            }
                        }
                        connections.cancelAll()
                    }
                }
            }
            return try await body(TCPPeer(port: port))
        }
    }
}

/// One accepted connection.
package final class TCPConnection {
    /// Counted from 1, in the order of arrival.
    package let number: Int
    private var inbound: NIOAsyncChannelInboundStream<ByteBuffer>.AsyncIterator
    let outbound: NIOAsyncChannelOutboundWriter<ByteBuffer>
    private var unread: [UInt8] = []

    package init(
        number: Int,
        inbound: NIOAsyncChannelInboundStream<ByteBuffer>,
        outbound: NIOAsyncChannelOutboundWriter<ByteBuffer>
    ) {
        self.number = number
        self.inbound = inbound.makeAsyncIterator()
        self.outbound = outbound
    }

    /// Returns what arrived, at least a byte; nil at the end.
    package func read() async throws -> [UInt8]? {
        if !self.unread.isEmpty {
            defer { self.unread = [] }
            return self.unread
        }
        while let buffer = try await self.inbound.next() {
            if buffer.readableBytes > 0 { return Array(buffer.readableBytesView) }
        }
        return nil
    }

    /// Reads until the other side closes.
    package func readToEnd() async throws {
        while try await self.read() != nil {}
    }

    package func write(_ bytes: [UInt8]) async throws {
        try await self.outbound.write(ByteBuffer(bytes: bytes))
    }

    package func write(_ text: String) async throws {
        try await self.write(Array(text.utf8))
    }

    /// Reads one request with its body; nil when the connection ends first.
    package func readRequest() async throws -> ReceivedRequest? {
        var bytes: [UInt8] = []
        var end: Int?
        while end == nil {
            guard let more = try await self.read() else { return nil }
            bytes += more
            end = bytes.endOfHead()
        }
        guard let end else { return nil }
        var request = ReceivedRequest(head: String(decoding: bytes[..<end], as: UTF8.self), connection: self.number)
        let length = request.header("Content-Length").flatMap { Int($0) } ?? 0
        while bytes.count < end + length {
            guard let more = try await self.read() else { return nil }
            bytes += more
        }
        request.body = Array(bytes[end..<(end + length)])
        self.unread = Array(bytes[(end + length)...])
        return request
    }

    /// Writes an answer with `Content-Length`.
    package func respond(
        _ status: Int = 200,
        headers: [(String, String)] = [],
        body: [UInt8] = []
    ) async throws {
        var head = "HTTP/1.1 \(status) Some Reason\r\nContent-Length: \(body.count)\r\n"
        for (name, value) in headers { head += "\(name): \(value)\r\n" }
        try await self.write(Array((head + "\r\n").utf8) + body)
    }
}

/// A request as it came over the wire.
package struct ReceivedRequest: Sendable {
    package let method: String
    /// Path and query, not decoded.
    package let target: String
    package let headers: [(name: String, value: String)]
    package fileprivate(set) var body: [UInt8] = []
    /// Which connection it came on.
    package let connection: Int

    fileprivate init(head: String, connection: Int) {
        let lines = head.split(separator: "\r\n")
        let words = lines.first?.split(separator: " ") ?? []
        self.method = words.first.map(String.init) ?? ""
        self.target = words.count > 1 ? String(words[1]) : ""
        self.headers = lines.dropFirst().map { line in
            let parts = line.split(separator: ":", maxSplits: 1)
            return (String(parts[0]), parts.count > 1 ? String(parts[1].drop { $0 == " " }) : "")
        }
        self.connection = connection
    }

    package func header(_ name: String) -> String? {
        self.headers.first { $0.name.lowercased() == name.lowercased() }?.value
    }
}

extension [UInt8] {
    /// The index after the empty line.
    func endOfHead() -> Int? {
        guard self.count >= 4 else { return nil }
        return (0...(self.count - 4)).first { self[$0..<($0 + 4)].elementsEqual([13, 10, 13, 10]) }.map { $0 + 4 }
    }
}
