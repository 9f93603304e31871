import Foundation
import Hummingbird
import LagoAPI
import LagoEvents
import NIOCore
import Proxy
import Receiver
import Sandbox
import ServiceLifecycle
import Settings
import Store
import TestSupport
import Testing
import Transport

/// The API over a socket, beside a simulated Lago and a store of its own.
struct APIWorld: Sendable {
    static let key = "server-key-for-tests-0123456789"
    static let otherKey = "another-server-key-9876543210"

    let lago: SandboxPeer
    let store: Store
    /// What the API asks Lago by.
    let client: LagoClient
    let port: Int
    /// The callers' own.
    private let engine: TransferEngine
    /// Every answer, for the API's own document to judge.
    private let answers = Record<APIExchange>()

    var sandbox: Sandbox { self.lago.sandbox }

    @Sendable static func now() -> Int64 { Int64(Date().timeIntervalSince1970 * 1000) }

    struct Context: PeerContext {
        var coreContext: CoreRequestContextStorage
        let address: String

        init(source: ApplicationRequestContextSource) {
            self.coreContext = CoreRequestContextStorage(source: source)
            self.address = source.channel.remoteAddress?.ipAddress ?? "unknown"
        }
    }

    /// - Parameters:
    ///   - isDocumented: whether the API's document is held against the answers.
    ///   - routes: made from the store and a client of Lago.
    ///   - alert: told of Lago's refusals of the server's key, with the world's store.
    ///   - lagoKey: what Lago is asked with, where it is not the right key.
    static func running(
        _ configure: (inout SandboxConfiguration) -> Void = { _ in },
        limits: ConnectionLimits = .standard,
        documented isDocumented: Bool = true,
        doorway: Doorway = Doorway(),
        alert: @escaping @Sendable (Store) -> Void = { _ in },
        lagoKey: String? = nil,
        routes: @Sendable (Store, LagoClient) throws -> [APIRoute],
        body: (APIWorld) async throws -> Void
    ) async throws {
        try await SandboxPeer.running(configure) { lago in
            let folder = try TemporaryFolder()
            let store = try Store(path: folder.url.appending(path: "sluice.db").path)
            let engine = try TransferEngine()
            let callers = try TransferEngine(maximumConnectionsPerHost: 128)
            let client = LagoClient(
                address: try #require(LagoAddress(lago.url)),
                key: lagoKey ?? lago.sandbox.configuration.apiKey,
                engine: engine,
                limiter: RateLimiter(requestsPerSecond: 1000),
                logger: quietLogger
            )
            let router = Router(context: Context.self)
            let tokens = CustomerTokens(secret: TestToken.secret, now: Self.now)
            ProxyAPI(
                routes: try routes(store, client),
                doorman: Doorman(keys: [Self.key, Self.otherKey], tokens: tokens),
                desk: IdempotencyDesk(store: store, logger: quietLogger, now: Self.now),
                doorway: doorway,
                alert: { alert(store) },
                logger: quietLogger
            )
            .add(to: router)
            OpenAPIRoute().add(to: router)
            let (ports, told) = AsyncStream.makeStream(of: Int.self)
            let application = Application(
                router: router,
                server: GuardedHTTPChannel.server(
                    limits: limits,
                    inFlight: BytesInFlight(),
                    mayGiveUp: ProxyAPI.mayGiveUp,
                    refused: { _, _ in }
                ),
                configuration: .init(address: .hostname("127.0.0.1", port: 0)),
                onServerRunning: { told.yield($0.localAddress?.port ?? 0) },
                logger: quietLogger
            )
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await application.run() }
                defer { group.cancelAll() }
                let port = try #require(await ports.first { _ in true })
                let world = APIWorld(lago: lago, store: store, client: client, port: port, engine: callers)
                try await body(world)
                if isDocumented { #expect(try await OpenAPIDocument.sluice.problems(of: world.answers.all) == []) }
            }
            try await store.close()
            await callers.shutdown()
            await engine.shutdown()
        }
    }

    /// What this customer shows to be let in.
    static func token(of customer: String, lasting lifetime: Duration = .seconds(900)) throws -> String {
        let expires = Double(Self.now()) / 1000 + lifetime / .seconds(1)
        return try TestToken.hs256(#"{"sub":"\#(customer)","exp":\#(expires)}"#)
    }

    /// Calls `/api/lago` and `path` with the server's key, or with `token`; an empty one for none.
    func call(
        _ method: String,
        _ path: String,
        token: String = Self.key,
        json: String? = nil,
        headers: [(String, String)] = []
    ) async throws -> TransferResponse {
        var request = TransferRequest(
            method: method,
            url: "http://127.0.0.1:\(self.port)/api/lago\(path)",
            headers: headers + (token.isEmpty ? [] : [("Authorization", "Bearer \(token)")]),
            deadline: .seconds(60)
        )
        if let json {
            request.body = Array(json.utf8)
            request.headers.append(("Content-Type", "application/json"))
        }
        let answer = try await self.engine.send(request)
        self.answers.add(
            APIExchange(method, "/api/lago\(path)", status: answer.status, headers: answer.headers, body: answer.body)
        )
        return answer
    }
}

extension TransferResponse {
    /// The body as an object of JSON.
    var object: [String: Any] {
        get throws {
            try #require(try JSONSerialization.jsonObject(with: Data(self.body)) as? [String: Any])
        }
    }
}
