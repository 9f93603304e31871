import TestSupport
import Testing
import Transport

@Suite struct TransferFailureTests {
    let engine: TransferEngine

    init() throws {
        self.engine = try TransferEngine()
    }

    /// A peer that reads and never answers; tells when a request came, and when the client closed.
    private func mutePeer(
        came: Record<Int> = Record(),
        closed: Record<Int> = Record(),
        during body: (String) async throws -> Void
    ) async throws {
        try await TCPPeer.serving { connection in
            came.add(connection.number)
            try await connection.readToEnd()
            closed.add(connection.number)
        } during: { peer in
            try await body("http://127.0.0.1:\(peer.port)/")
        }
    }

    @Test func `an answer that does not come in time fails the transfer and frees its connection`() async throws {
        let closed = Record<Int>()
        try await self.mutePeer(closed: closed) { url in
            let start = ContinuousClock.now
            let error = await #expect(throws: TransferError.self) {
                try await self.engine.send(TransferRequest(url: url, deadline: .milliseconds(200)))
            }
            #expect(error?.kind == .timedOut)
            #expect(error?.requestLeft == true)
            #expect((.milliseconds(200) ... .seconds(20)).contains(ContinuousClock.now - start))
            #expect(await eventually { closed.count == 1 })
        }
    }

    @Test func `an answer that trickles does not outlive the deadline`() async throws {
        try await TCPPeer.serving { connection in
            _ = try await connection.readRequest()
            try await connection.write("HTTP/1.1 200 OK\r\n\r\n")
            while !Task.isCancelled {
                try await connection.write("x")
                try await Task.sleep(for: .milliseconds(10))
            }
        } during: { peer in
            let error = await #expect(throws: TransferError.self) {
                try await self.engine.send(
                    TransferRequest(url: "http://127.0.0.1:\(peer.port)/", deadline: .milliseconds(300))
                )
            }
            #expect(error?.kind == .timedOut)
        }
    }

    @Test func `a TLS handshake that does not come in time fails the transfer before anything left`() async throws {
        try await self.mutePeer { url in
            let error = await #expect(throws: TransferError.self) {
                try await self.engine.send(
                    TransferRequest(
                        method: "POST",
                        url: url.replacing("http:", with: "https:"),
                        body: [1],
                        connectDeadline: .milliseconds(200)
                    )
                )
            }
            #expect(error?.kind == .timedOut)
            #expect(error?.requestLeft == false)
        }
    }

    @Test func `time spent waiting for others counts, and what waited has not left`() async throws {
        let engine = try TransferEngine(maximumConnectionsPerHost: 1)
        let came = Record<Int>()
        try await self.mutePeer(came: came) { url in
            let first = Task { try await engine.send(TransferRequest(url: url)) }
            #expect(await eventually { came.count == 1 })
            let error = await #expect(throws: TransferError.self) {
                try await engine.send(TransferRequest(method: "POST", url: url, deadline: .milliseconds(100)))
            }
            #expect(error?.kind == .timedOut)
            #expect(error?.requestLeft == false)
            first.cancel()
            _ = await first.result
            #expect(came.count == 1)
        }
    }

    @Test func `a request whose time has passed when its connection stands does not leave`() async throws {
        let bytes = Record<Int>()
        try await TCPPeer.serving { connection in
            while let read = try await connection.read() { bytes.add(read.count) }
            bytes.add(0)
        } during: { peer in
            var request = TransferRequest(method: "POST", url: "http://127.0.0.1:\(peer.port)/", body: [1])
            request.leavesBefore = .now - .milliseconds(1)
            let late = request
            let error = await #expect(throws: TransferError.self) { try await self.engine.send(late) }
            #expect(error?.kind == .timedOut)
            #expect(error?.requestLeft == false)
            // The connection came, and its end.
            #expect(await eventually { bytes.all == [0] })
        }
    }

    @Test func `a cancelled transfer throws, frees its connection, and lets the next one go`() async throws {
        let engine = try TransferEngine(maximumConnectionsPerHost: 1)
        let (came, closed) = (Record<Int>(), Record<Int>())
        try await self.mutePeer(came: came, closed: closed) { url in
            let first = Task { try await engine.send(TransferRequest(url: url)) }
            #expect(await eventually { came.count == 1 })
            let second = Task { try await engine.send(TransferRequest(url: url)) }
            first.cancel()
            let error = await #expect(throws: TransferError.self) { try await first.value }
            #expect(error?.kind == .cancelled)
            #expect(error?.requestLeft == true)
            #expect(await eventually { closed.all.contains(1) && came.count == 2 })
            second.cancel()
            _ = await second.result
        }
    }

    @Test func `a transfer of a task that is cancelled already is not begun`() async throws {
        let came = Record<Int>()
        try await self.mutePeer(came: came) { url in
            let task = Task {
                while !Task.isCancelled { await Task.yield() }
                return try await self.engine.send(TransferRequest(url: url))
            }
            task.cancel()
            let error = await #expect(throws: TransferError.self) { try await task.value }
            #expect(error?.kind == .cancelled)
            #expect(error?.requestLeft == false)
        }
        #expect(came.count == 0)
    }

    @Test(arguments: [
        (declared: true, size: 1000, fits: true), (declared: false, size: 1000, fits: true),
        (declared: true, size: 1001, fits: false), (declared: false, size: 1001, fits: false),
        (declared: false, size: 5_000_000, fits: false),
    ])
    func `an answer is refused as soon as it is larger than allowed`(
        declared: Bool,
        size: Int,
        fits: Bool
    ) async throws {
        try await TCPPeer.serving { connection in
            _ = try await connection.readRequest()
            let length = declared ? "Content-Length: \(size)\r\n" : ""
            try await connection.write("HTTP/1.1 200 OK\r\n\(length)\r\n")
            try await connection.write([UInt8](repeating: 7, count: size))
        } during: { peer in
            let request = TransferRequest(url: "http://127.0.0.1:\(peer.port)/", maximumResponseSize: 1000)
            do throws(TransferError) {
                #expect(try await self.engine.send(request).body.count == size)
                #expect(fits)
            } catch {
                #expect(error.kind == .tooLarge)
                #expect(!error.canRetryHelp)
                #expect(!fits)
            }
        }
    }

    @Test func `headers without end are refused`() async throws {
        try await TCPPeer.serving { connection in
            _ = try await connection.readRequest()
            try await connection.write("HTTP/1.1 200 OK\r\n")
            while !Task.isCancelled { try await connection.write("X-More: \(String(repeating: "x", count: 1000))\r\n") }
        } during: { peer in
            let error = await #expect(throws: TransferError.self) {
                try await self.engine.send(TransferRequest(url: "http://127.0.0.1:\(peer.port)/"))
            }
            #expect(error?.kind == .tooLarge)
        }
    }

    @Test(arguments: [
        (answer: "", kind: TransferError.Kind.connectionLost),
        (answer: "HTTP/1.1 200 OK\r\nContent-Le", kind: .connectionLost),
        (answer: "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n", kind: .connectionLost),
        (answer: "HTTP/1.1 103 Early Hints\r\n\r\n", kind: .connectionLost),
        (answer: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n", kind: .connectionLost),
        (answer: "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nshort", kind: .connectionLost),
        (answer: "SSH-2.0-OpenSSH_9.2\r\n\r\n", kind: .badResponse),
    ])
    func `half an answer is none`(answer: String, kind: TransferError.Kind) async throws {
        let seen = Record<Int>()
        try await TCPPeer.serving { connection in
            if try await connection.readRequest() != nil { seen.add(connection.number) }
            try await connection.write(answer)
        } during: { peer in
            let error = await #expect(throws: TransferError.self) {
                try await self.engine.send(
                    TransferRequest(method: "POST", url: "http://127.0.0.1:\(peer.port)/", body: [1, 2, 3])
                )
            }
            #expect(error?.kind == kind)
            #expect(error?.requestLeft == true)
            #expect(error?.canRetryHelp == true)
        }
        #expect(seen.count == 1)
    }

    @Test func `nothing has left when nobody listens`() async throws {
        let port = try await TCPPeer.serving { _ in
        } during: {
            $0.port
        }
        let error = await #expect(throws: TransferError.self) {
            try await self.engine.send(TransferRequest(method: "POST", url: "http://127.0.0.1:\(port)/", body: [1]))
        }
        #expect(error?.kind == .connect)
        #expect(error?.requestLeft == false)
    }

    @Test func `nothing has left when the name has no address`() async throws {
        let label = String(repeating: "a", count: 64)  // longer than a label may be, so that no server is asked
        let error = await #expect(throws: TransferError.self) {
            try await self.engine.send(TransferRequest(method: "POST", url: "http://\(label).invalid/"))
        }
        #expect(error?.kind == .resolve)
        #expect(error?.requestLeft == false)
    }

    @Test(arguments: [
        "", "relative", "//host/path", "http://", "http:///path", "ftp://host/", "file:///etc/passwd", "gopher://host/",
        "smtp://host/", "http://host/a b", "http://host/\r\nX-Injected: yes", "http://host/\0", "http://höst/",
        "http://user:password@host/", "http://user@host/", "http://host:port/",
    ])
    func `a URL that is not plain HTTP is refused`(url: String) async throws {
        let error = await #expect(throws: TransferError.self) { try await self.engine.send(TransferRequest(url: url)) }
        #expect(error?.kind == .invalidURL)
        #expect(error?.requestLeft == false)
        #expect(error?.canRetryHelp == false)
        #expect(error.map { !"\($0)".contains("password") } ?? false)
    }

    @Test(arguments: [
        ("X-A", "b\r\nX-Injected: yes"), ("X-A", "b\nc"), ("X-A", "b\rc"), ("X-A", "b\0c"), ("X-A\r\nB", "c"),
        ("X A", "b"), ("X-A:", "b"), ("", "b"), ("Content-Length", "5"), ("transfer-encoding", "chunked"),
    ])
    func `a header that would become another one is refused`(name: String, value: String) async throws {
        let came = Record<Int>()
        try await self.mutePeer(came: came) { url in
            let error = await #expect(throws: TransferError.self) {
                try await self.engine.send(TransferRequest(url: url, headers: [(name, value)]))
            }
            #expect(error?.kind == .invalidRequest)
            #expect(error.map { !"\($0)".contains("Injected") } ?? false)
        }
        #expect(came.count == 0)
    }

    @Test(arguments: ["GET /other HTTP/1.1\r\nX:", "", "GE T"])
    func `a method that is no token is refused`(method: String) async throws {
        let error = await #expect(throws: TransferError.self) {
            try await self.engine.send(TransferRequest(method: method, url: "http://127.0.0.1:1/"))
        }
        #expect(error?.kind == .invalidRequest)
    }
}
