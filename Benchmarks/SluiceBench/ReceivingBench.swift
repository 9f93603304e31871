import Foundation
import Logging
import NIOCore
import Sandbox
import ServiceLifecycle
import Signatures

/// Durable webhooks per second beside the same server's no-op POST, as HMAC and as JWT.
struct ReceivingBench {
    let folder: URL

    private static let noops = 100_000
    private static let deliveries = 60_000
    /// Signing with RSA costs the bench far more than checking costs the server.
    private static let tokens = 12_000

    /// The receiving half by itself, and with the worker, who works every event meanwhile, in the same process.
    func run() async throws {
        for role in ["receiver", "all"] { try await self.run(role: role) }
    }

    private func run(role: String) async throws {
        let folder = self.folder.appending(path: role)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let key = try RSAPrivateKey()
        try await withLago(key) { lago in
            let server = try ServerUnderTest(
                folder: folder,
                role: role,
                environment: lago.environment.merging(["LAGO_WEBHOOK_HMAC_KEY": Webhooks.hmacKey]) { $1 }
            )
            try await server.start()
            defer { server.stop() }
            try await self.measureAll(server, key)
        }
    }

    private func measureAll(_ server: ServerUnderTest, _ key: RSAPrivateKey) async throws {
        print("serve --role \(server.role):")
        print(String(format: "idle memory: %.0f MiB", Machine.residentMemory(of: server.process.processIdentifier)))
        for connections in [8, 64, 256] {
            let load = LoadGenerator(port: server.port, connections: connections)
            let noop = try await self.measure(server, load, Webhooks.noop(), repeated: Self.noops)
            self.show("noop", connections, noop, against: nil, server)
            let hmac = try await self.measure(server, load, try Webhooks.hmac(Self.deliveries))
            self.show("hmac", connections, hmac, against: noop, server)
            let tokens = try Webhooks.jwt(Self.tokens) { try CompactJWS.sign(claims: $0, with: key) }
            let jwt = try await self.measure(server, load, tokens)
            self.show("jwt", connections, jwt, against: noop, server)
        }
    }

    private typealias Measured = (figures: LoadGenerator.Figures, processorSeconds: Double)

    private func measure(
        _ server: ServerUnderTest,
        _ load: LoadGenerator,
        _ requests: [ByteBuffer],
        repeated: Int? = nil
    ) async throws -> Measured {
        let before = Machine.processorTime(of: server.process.processIdentifier)
        let figures = try await load.run(requests, repeated: repeated)
        return (figures, Machine.processorTime(of: server.process.processIdentifier) - before)
    }

    private func show(
        _ name: String,
        _ connections: Int,
        _ measured: Measured,
        against noop: Measured?,
        _ server: ServerUnderTest
    ) {
        let figures = measured.figures
        let ratio = noop.map { String(format: "%.2f x noop", figures.perSecond / $0.figures.perSecond) } ?? "1"
        print(
            String(
                format: "%@ %4d connections: %7.0f per second (%@), p50 %.2f ms, p99 %.2f ms, "
                    + "%.0f us of processor each, memory %.0f MiB, refused %d",
                name,
                connections,
                figures.perSecond,
                ratio,
                figures.percentile(0.5),
                figures.percentile(0.99),
                measured.processorSeconds / Double(max(1, figures.latencies.count)) * 1e6,
                Machine.residentMemory(of: server.process.processIdentifier),
                figures.refused
            )
        )
    }
}

/// A simulated Lago for a server under test.
struct Lago {
    let sandbox: Sandbox
    let environment: [String: String]
}

/// Runs `body` beside a simulated Lago whose webhooks `key` signs.
func withLago(
    _ key: RSAPrivateKey,
    configured configure: (inout SandboxConfiguration) -> Void = { _ in },
    _ body: (Lago) async throws -> Void
) async throws {
    var configuration = SandboxConfiguration()
    configure(&configuration)
    configuration.organizationID = Webhooks.organization
    configuration.rsaKey = key
    let logger = Logger(label: "lago") { _ in SwiftLogNoOpLogHandler() }
    let sandbox = try Sandbox(configuration: configuration, logger: logger)
    let group = ServiceGroup(configuration: .init(services: [sandbox], logger: logger))
    try await withThrowingTaskGroup(of: Void.self) { tasks in
        tasks.addTask { try await group.run() }
        let environment = [
            "LAGO_API_URL": "http://127.0.0.1:\(try await sandbox.port)", "LAGO_API_KEY": configuration.apiKey,
            "LAGO_MAX_REQUESTS_PER_SECOND": "1000",
        ]
        try await body(Lago(sandbox: sandbox, environment: environment))
        await group.triggerGracefulShutdown()
        try await tasks.waitForAll()
    }
}
