import TestSupport
import Testing
import Transport

@Suite struct TLSTests {
    private func serving(
        _ certificates: Certificates,
        during body: (_ url: String) async throws -> Void
    ) async throws {
        let arguments = ["--certificate", certificates.certificate, "--key", certificates.key]
        try await HelperServer.running("https_server.py", arguments: arguments, in: certificates.folder) { server in
            try await body("https://127.0.0.1:\(server.port)/")
        }
    }

    @Test func `a certificate is accepted when its authority is in the CA file, and only then`() async throws {
        let certificates = try await Certificates()
        try await self.serving(certificates) { url in
            let stranger = try TransferEngine()
            let error = await #expect(throws: TransferError.self) {
                try await stranger.send(TransferRequest(method: "POST", url: url, body: [1]))
            }
            #expect(error?.kind == .tls)
            #expect(error?.requestLeft == false)

            let engine = try TransferEngine(caFile: certificates.authority)
            #expect(try await engine.send(TransferRequest(url: url)).body == Array("hello".utf8))
            let body = (0..<100_000).map { UInt8(truncatingIfNeeded: $0) }
            #expect(try await engine.send(TransferRequest(method: "POST", url: url, body: body)).body == body)
        }
    }

    @Test func `a certificate for another host is refused`() async throws {
        let certificates = try await Certificates(for: "DNS:elsewhere.test")
        try await self.serving(certificates) { url in
            let engine = try TransferEngine(caFile: certificates.authority)
            let error = await #expect(throws: TransferError.self) { try await engine.send(TransferRequest(url: url)) }
            #expect(error?.kind == .tls)
            #expect(error?.requestLeft == false)
        }
    }

    @Test func `a CA file that holds no certificate is refused at once`() async throws {
        let certificates = try await Certificates()
        for path in [certificates.folder.path("absent"), certificates.key] {
            #expect(throws: TransferError.self) { try TransferEngine(caFile: path) }
        }
    }
}
