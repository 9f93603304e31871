internal import NIOCore
import NIOPosix

/// A client of 127.0.0.1 that sends exactly the bytes that a test says.
package enum TCPClient {
    /// Connects and keeps the connection while `body` runs.
    package static func connected<Result>(
        to port: Int,
        body: (TCPConnection) async throws -> Result
    ) async throws -> Result {
        let channel = try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .connect(host: "127.0.0.1", port: port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
                }
            }
        var result: Swift.Result<Result, any Error>?
        do {
            try await channel.executeThenClose { inbound, outbound in
                do {
                    result = .success(try await body(TCPConnection(number: 1, inbound: inbound, outbound: outbound)))
                } catch {
                    result = .failure(error)
                }
            }
        } catch {
            // The other side may have closed first, and even hard; what the body saw counts.
            if result == nil { throw error }
        }
        guard let result else { throw HelperFailure(description: "the connection did not come to be") }
        return try result.get()
    }
}

/// The answer to a request, as it came over the wire.
package struct HTTPAnswer: Sendable {
    package let status: Int
    package let headers: [(name: String, value: String)]
    package let body: [UInt8]

    package var text: String { String(decoding: self.body, as: UTF8.self) }

    package func header(_ name: String) -> String? {
        self.headers.first { $0.name.lowercased() == name.lowercased() }?.value
    }
}

extension TCPConnection {
    /// Reads one answer with `Content-Length`; nil when the connection ends first, softly or hard.
    package func readAnswer() async -> HTTPAnswer? {
        var bytes: [UInt8] = []
        while true {
            if let answer = HTTPAnswer(bytes) { return answer }
            guard let more = (try? await self.read()) ?? nil else { return nil }
            bytes += more
        }
    }

    /// Reads one answer, while a byte goes out now and then.
    package func readAnswerWhileTrickling() async -> HTTPAnswer? {
        let trickling = Task { [outbound] in
            while (try? await Task.sleep(for: .milliseconds(30))) != nil {
                guard (try? await outbound.write(ByteBuffer(string: "x"))) != nil else { return }
            }
        }
        defer { trickling.cancel() }
        return await self.readAnswer()
    }

    /// Sends a request and reads the answer; nil when the connection ends before it.
    package func exchange(_ request: HTTPRequestText) async -> HTTPAnswer? {
        // A server that refuses what it has not read to the end may stop reading.
        try? await self.write(request.bytes)
        return await self.readAnswer()
    }
}

extension HTTPAnswer {
    /// Reads a whole answer; nil while some of it is missing.
    fileprivate init?(_ bytes: [UInt8]) {
        guard let end = bytes.endOfHead() else { return nil }
        let lines = String(decoding: bytes[..<end], as: UTF8.self).split(separator: "\r\n")
        let words = lines.first?.split(separator: " ") ?? []
        guard words.count > 1, let status = Int(words[1]) else { return nil }
        self.status = status
        self.headers = lines.dropFirst().map { line in
            let parts = line.split(separator: ":", maxSplits: 1)
            return (String(parts[0]), parts.count > 1 ? String(parts[1].drop { $0 == " " }) : "")
        }
        self.body = Array(bytes[end...])
        let length = self.header("Content-Length").flatMap { Int($0) } ?? 0
        guard self.body.count >= length else { return nil }
    }
}
