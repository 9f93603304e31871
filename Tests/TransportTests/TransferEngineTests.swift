import TestSupport
import Testing
import Transport

@Suite struct TransferEngineTests {
    let engine: TransferEngine

    init() throws {
        self.engine = try TransferEngine()
    }

    @Test func `a request arrives as it was given, and the answer comes back as it was sent`() async throws {
        let seen = Record<ReceivedRequest>()
        let body = (0..<300_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        try await TCPPeer.serving { connection in
            while let request = try await connection.readRequest() {
                seen.add(request)
                try await connection.respond(
                    201,
                    headers: [("X-Which", "first"), ("x-which", " second ")],
                    body: request.body
                )
            }
        } during: { peer in
            let response = try await self.engine.send(
                TransferRequest(
                    method: "PUT",
                    url: "http://127.0.0.1:\(peer.port)/a/../b%2Fc?d=e&f",
                    headers: [("X-Empty", ""), ("X-Words", "some words")],
                    body: body
                )
            )
            #expect(response.status == 201)
            #expect(response.header("X-WHICH") == "second")
            #expect(response.body == body)
        }
        let request = try #require(seen.all.first)
        #expect(seen.count == 1)
        #expect(request.method == "PUT")
        #expect(request.target == "/a/../b%2Fc?d=e&f")
        #expect(request.body == body)
        #expect(request.header("X-Empty") == "")
        #expect(request.header("X-Words") == "some words")
        #expect(request.header("Expect") == nil)
        #expect(request.header("Content-Type") == nil)
        #expect(request.header("Accept-Encoding") == nil)
    }

    /// libcurl 7.88 sends a POST again when a connection that it reuses is closed before the answer begins.
    @Test func `a request with an effect is sent once, even when the peer closes a connection it kept alive`()
        async throws
    {
        let seen = Record<ReceivedRequest>()
        try await TCPPeer.serving { connection in
            while let request = try await connection.readRequest() {
                seen.add(request)
                guard request.method == "GET" else { return }
                try await connection.respond(body: Array("kept".utf8))
            }
        } during: { peer in
            let url = "http://127.0.0.1:\(peer.port)/"
            _ = try await self.engine.send(TransferRequest(url: url))
            let error = await #expect(throws: TransferError.self) {
                try await self.engine.send(TransferRequest(method: "POST", url: url, body: [1]))
            }
            #expect(error?.kind == .connectionLost)
            #expect(error?.requestLeft == true)
        }
        #expect(seen.all.map(\.method) == ["GET", "POST"])
    }

    @Test func `reads share a connection, and each request with an effect has its own`() async throws {
        let seen = Record<ReceivedRequest>()
        try await TCPPeer.serving { connection in
            while let request = try await connection.readRequest() {
                seen.add(request)
                try await connection.respond()
            }
        } during: { peer in
            for method in ["GET", "GET", "HEAD", "POST", "GET", "DELETE", "POST", "GET"] {
                let request = TransferRequest(method: method, url: "http://127.0.0.1:\(peer.port)/")
                let response = try await self.engine.send(request)
                #expect(response.status == 200)
            }
        }
        #expect(seen.all.map(\.connection) == [1, 1, 1, 2, 1, 3, 4, 1])
    }

    @Test func `a read goes on over a new connection when the peer has closed the old one`() async throws {
        let connections = Record<Int>()
        try await TCPPeer.serving { connection in
            connections.add(connection.number)
            if try await connection.readRequest() != nil { try await connection.respond() }
        } during: { peer in
            for _ in 0..<5 {
                let response = try await self.engine.send(TransferRequest(url: "http://127.0.0.1:\(peer.port)/"))
                #expect(response.status == 200)
            }
        }
        #expect(connections.count >= 5)
    }

    @Test func `a thousand transfers at once share a few connections, and none gets the answer of another`()
        async throws
    {
        let connections = Record<Int>()
        try await TCPPeer.serving { connection in
            connections.add(connection.number)
            while let request = try await connection.readRequest() {
                try await connection.respond(body: Array(request.target.utf8))
            }
        } during: { peer in
            await withDiscardingTaskGroup { group in
                for number in 0..<1000 {
                    group.addTask {
                        let url = "http://127.0.0.1:\(peer.port)/\(number)"
                        await #expect(throws: Never.self) {
                            let response = try await self.engine.send(TransferRequest(url: url))
                            #expect(response.body == Array("/\(number)".utf8))
                        }
                    }
                }
            }
        }
        #expect((1...8).contains(connections.count))
    }

    @Test(arguments: [301, 302, 303, 307, 308])
    func `a redirect is an answer and is not followed`(status: Int) async throws {
        let seen = Record<String>()
        try await TCPPeer.serving { connection in
            while let request = try await connection.readRequest() {
                seen.add(request.target)
                try await connection.respond(status, headers: [("Location", "/elsewhere")])
            }
        } during: { peer in
            let response = try await self.engine.send(TransferRequest(url: "http://127.0.0.1:\(peer.port)/here"))
            #expect(response.status == status)
            #expect(response.header("location") == "/elsewhere")
        }
        #expect(seen.all == ["/here"])
    }

    @Test func `an interim answer is passed over, and chunks are put together`() async throws {
        try await TCPPeer.serving { connection in
            _ = try await connection.readRequest()
            try await connection.write("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n")
            try await connection.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nX-A: b\r\n\r\n")
            try await connection.write("3\r\na\0b\r\n")
            try await connection.write("2\r\n\r\n\r\n0\r\n\r\n")
        } during: { peer in
            let response = try await self.engine.send(TransferRequest(url: "http://127.0.0.1:\(peer.port)/"))
            #expect(response.status == 200)
            #expect(response.header("Link") == nil)
            #expect(response.header("x-a") == "b")
            #expect(response.body == Array("a\0b\r\n".utf8))
        }
    }
}
