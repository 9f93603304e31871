import LagoAPI
import Logging
import Settings
import TestSupport
import Testing
import Transport

enum LagoStub {
    static let key = "7b1c3d52-key"

    /// A page of a list, as Lago frames it.
    static func page(_ name: String, _ elements: [String], next: String = "null", total: Int? = nil) -> String {
        let total = total.map { #","total_count":\#($0)"# } ?? ""
        let meta = #"{"current_page":1,"next_page":\#(next)\#(total)}"#
        return #"{"\#(name)": [\#(elements.joined(separator: " , "))],"meta":\#(meta)}"#
    }
}

/// A client of a server that answers with `respond`: a status, further headers, and a body.
func withLago(
    rate: Int = 1000,
    deadline: Duration = .seconds(30),
    observe: @escaping LagoClient.Observer = { _, _, _ in },
    respond: @escaping @Sendable (ReceivedRequest) async throws -> (Int, [(String, String)], String),
    during body: (LagoClient) async throws -> Void
) async throws {
    try await withPeer(rate: rate, deadline: deadline, observe: observe) { connection in
        while let request = try await connection.readRequest() {
            let (status, headers, text) = try await respond(request)
            try await connection.respond(status, headers: headers, body: Array(text.utf8))
        }
    } during: { lago in
        try await body(lago)
    }
}

/// A client of a server that does whatever `handle` does to each connection.
func withPeer(
    rate: Int = 1000,
    deadline: Duration = .seconds(30),
    observe: @escaping LagoClient.Observer = { _, _, _ in },
    handle: @escaping @Sendable (TCPConnection) async throws -> Void,
    during body: (LagoClient) async throws -> Void
) async throws {
    let engine = try TransferEngine()
    try await TCPPeer.serving(handle) { peer in
        let address = try #require(LagoAddress("http://127.0.0.1:\(peer.port)"))
        try await body(
            LagoClient(
                address: address,
                key: LagoStub.key,
                engine: engine,
                limiter: RateLimiter(requestsPerSecond: rate),
                logger: Logger(label: "test"),
                deadline: deadline,
                observe: observe
            )
        )
    }
    await engine.shutdown()
}
