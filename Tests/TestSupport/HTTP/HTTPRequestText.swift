/// A request as it goes over the wire; nothing in it is checked.
package struct HTTPRequestText: Sendable {
    package var method: String
    package var target: String
    /// `Host` and `Content-Length` are added.
    package var headers: [(name: String, value: String)]
    package var body: [UInt8]

    package init(
        _ method: String = "GET",
        _ target: String,
        headers: [(name: String, value: String)] = [],
        body: [UInt8] = []
    ) {
        self.method = method
        self.target = target
        self.headers = headers
        self.body = body
    }

    package var bytes: [UInt8] {
        self.head(further: method == "GET" ? [] : [("Content-Length", "\(self.body.count)")]) + self.body
    }

    /// The same request in chunks of `size` bytes.
    package func chunked(by size: Int) -> [UInt8] {
        var bytes = self.head(further: [("Transfer-Encoding", "chunked")])
        var rest = self.body[...]
        while !rest.isEmpty {
            let chunk = rest.prefix(size)
            bytes += Array((String(chunk.count, radix: 16) + "\r\n").utf8) + chunk + Array("\r\n".utf8)
            rest = rest.dropFirst(size)
        }
        return bytes + Array("0\r\n\r\n".utf8)
    }

    private func head(further: [(name: String, value: String)]) -> [UInt8] {
        var head = "\(self.method) \(self.target) HTTP/1.1\r\nHost: 127.0.0.1\r\n"
        for (name, value) in self.headers + further { head += "\(name): \(value)\r\n" }
        return Array((head + "\r\n").utf8)
    }

    /// Changes a header, or adds it; nil takes it away.
    package func with(_ name: String, _ value: String?) -> HTTPRequestText {
        var copy = self
        copy.headers.removeAll { $0.name == name }
        if let value { copy.headers.append((name, value)) }
        return copy
    }

    /// Sends it on a connection of its own; nil when that ends before an answer.
    package func send(to port: Int) async throws -> HTTPAnswer? {
        try await TCPClient.connected(to: port) { await $0.exchange(self) }
    }
}
