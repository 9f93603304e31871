import Foundation
import Hummingbird
import LagoEvents
import Logging
import NIOCore
import Receiver
import Signatures
import Store
import Synchronization
import SystemPackage
import Telemetry
import TestSupport

/// The webhook endpoint over a store of its own, with a clock that the test may set and a log that it may read.
final class ReceiverFixture: Sendable {
    let folder: TemporaryFolder
    let store: Store
    let ring = KeyRing()
    let registry = PrometheusRegistry()
    let inFlight: BytesInFlight
    private let sink: LogSink
    private let clock: Mutex<Int64?>

    /// - Parameters:
    ///   - now: Unix milliseconds at which time stands still; nil for the system's.
    ///   - isTaught: whether the organisation and Lago's key are known from the start.
    init(inFlight: Int = 128 << 20, now: Int64? = nil, isTaught: Bool = true) async throws {
        self.folder = try TemporaryFolder()
        self.store = try Store(path: self.folder.path("sluice.db"))
        self.inFlight = BytesInFlight(limit: inFlight)
        self.clock = Mutex(now)
        let log = try FileDescriptor.open(
            FilePath(self.folder.path("log")),
            .writeOnly,
            options: [.create, .append],
            permissions: .ownerReadWrite
        )
        self.sink = LogSink(file: log)
        if isTaught { try await self.teach() }
    }

    private func teach() async throws {
        let organization = OrganizationID(rawValue: Webhook.organization)
        try await self.store.write { try $0.save(organization: organization, name: nil, apiURL: "http://lago", at: 0) }
        let pem = try Keys.current.publicPEM
        try await self.store.write { try $0.save(publicKey: pem, at: 0) }
        self.ring.adopt(try await self.store.lagoIdentity())
    }

    var now: Int64 {
        get { self.clock.withLock { $0 } ?? Int64(Date().timeIntervalSince1970 * 1000) }
        set { self.clock.withLock { $0 = newValue } }
    }

    /// Everything that was logged so far, whatever its level.
    var log: String {
        self.sink.flush()
        return FileManager.default.contents(atPath: self.folder.path("log")).map { String(decoding: $0, as: UTF8.self) }
            ?? ""
    }

    /// The reasons of the requests that were turned away, oldest first.
    func rejections() async throws -> [String] {
        try await self.store.rejectedRequests(limit: 100_000).reversed().map(\.reason)
    }

    /// The same, once they are these, or after a wait.
    func rejections(_ expected: [String]) async throws -> [String] {
        _ = try await eventually(within: .seconds(5)) { try await self.rejections() == expected }
        return try await self.rejections()
    }

    /// Serves the endpoint while `body` runs with its port.
    ///
    /// - Parameter adding: adds further routes beside Lago's.
    func serving<Result>(
        _ limits: ConnectionLimits = .webhooks,
        adding: (Router<ServerContext>, RejectionLog, Logger) -> Void = { _, _, _ in },
        body: (Int) async throws -> Result
    ) async throws -> Result {
        let (ports, listening) = AsyncStream.makeStream(of: Int.self)
        let logger = Logger(label: "test") { _ in LineLogHandler(level: .trace, format: .json, sink: self.sink) }
        let rejections = RejectionLog(store: self.store, metrics: self.registry, logger: logger) { self.now }
        let router = Router(context: ServerContext.self)
        WebhookRoutes(
            verifier: WebhookVerifier(
                policy: .init(acceptsJWT: true, hmacKeys: [Array(Webhook.hmacKey.utf8)], issuer: nil),
                ring: self.ring
            ),
            ring: self.ring,
            store: self.store,
            rejections: rejections,
            metrics: self.registry,
            logger: logger
        ) { self.now }.add(to: router)
        adding(router, rejections, logger)
        let application = Application(
            router: router,
            server: GuardedHTTPChannel.server(limits: limits, inFlight: self.inFlight) { reason, address in
                rejections.note(reason, address: address?.ipAddress ?? "unknown")
            },
            configuration: .init(address: .hostname("127.0.0.1", port: 0)),
            onServerRunning: { listening.yield($0.localAddress?.port ?? 0) },
            logger: quietLogger
        )
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await application.run() }
            defer { group.cancelAll() }
            guard let port = await ports.first(where: { _ in true }) else {
                throw HelperFailure(description: "the endpoint does not listen")
            }
            return try await body(port)
        }
    }
}

extension ConnectionLimits {
    /// Limits that a test can wait for.
    static var short: ConnectionLimits {
        var limits = ConnectionLimits.webhooks
        limits.header = .milliseconds(500)
        limits.body = .milliseconds(500)
        limits.idle = .milliseconds(2000)
        return limits
    }
}
