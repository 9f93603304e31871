import Foundation
import Logging
import Sandbox
import Signatures
import TestSupport
import Transport

/// A logger that keeps what it hears to itself.
let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

/// One key for all sandboxes: making one costs more than most tests.
let rsaKey = Result { try RSAPrivateKey() }

/// Runs a sandbox while `body` runs.
func withSandbox<Result>(
    _ configure: (inout SandboxConfiguration) -> Void = { _ in },
    body: (Sandbox, LagoClient) async throws -> Result
) async throws -> Result {
    var configuration = SandboxConfiguration()
    configuration.webhookRetryCompression = 1_000
    configuration.rsaKey = try rsaKey.get()
    configure(&configuration)
    let sandbox = try Sandbox(
        configuration: configuration,
        logger: quiet
    )
    return try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { try await sandbox.run() }
        defer { group.cancelAll() }
        return try await body(sandbox, LagoClient(port: try await sandbox.port, apiKey: configuration.apiKey))
    }
}

/// Runs a receiver of webhooks while `body` runs; it answers the n-th request (from 1) with `status(n)`.
func withReceiver<Result>(
    status: @escaping @Sendable (Int) -> Int = { _ in 200 },
    body: (String, Record<ReceivedRequest>) async throws -> Result
) async throws -> Result {
    let received = Record<ReceivedRequest>()
    return try await TCPPeer.serving { connection in
        guard let request = try await connection.readRequest() else { return }
        received.add(request)
        try await connection.respond(status(received.count), headers: [("Connection", "close")])
    } during: { peer in
        try await body("http://127.0.0.1:\(peer.port)/hooks/lago?from=sandbox", received)
    }
}

/// Talks to the sandbox as a client of Lago's API does.
struct LagoClient {
    let port: Int
    var apiKey: String
    private let engine: TransferEngine

    init(port: Int, apiKey: String) throws {
        self.port = port
        self.apiKey = apiKey
        self.engine = try TransferEngine()
    }

    struct Answer {
        let status: Int
        let body: JSONValue
        let text: String
        let response: TransferResponse

        func header(_ name: String) -> String? { self.response.header(name) }

        var code: String? { self.body["code"]?.string }
        var details: JSONValue? { self.body["error_details"] }
    }

    func get(_ path: String, authorization: String? = nil) async throws -> Answer {
        try await self.send("GET", path, authorization: authorization)
    }

    func send(
        _ method: String,
        _ path: String,
        _ body: JSONValue? = nil,
        authorization: String? = nil,
        deadline: Duration = .seconds(30)
    ) async throws -> Answer {
        let response = try await self.engine.send(
            TransferRequest(
                method: method,
                url: "http://127.0.0.1:\(self.port)\(path)",
                headers: [
                    ("Authorization", authorization ?? "Bearer " + self.apiKey), ("Content-Type", "application/json"),
                ],
                body: body.map { Array($0.railsText.utf8) },
                deadline: deadline
            )
        )
        let text = String(decoding: response.body, as: UTF8.self)
        let body = (try? JSONValue(parsing: response.body)) ?? .null
        return Answer(status: response.status, body: body, text: text, response: response)
    }
}

/// A small generator, the same numbers for the same seed.
struct SplitMix {
    var state: UInt64

    mutating func next() -> UInt64 {
        self.state &+= 0x9E37_79B9_7F4A_7C15
        var value = self.state
        value = (value ^ value >> 30) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ value >> 27) &* 0x94D0_49BB_1331_11EB
        return value ^ value >> 31
    }
}
