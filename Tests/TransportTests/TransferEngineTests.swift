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
}
