private import Foundation
private import Hummingbird
package import Logging
private import NIOCore
import ServiceLifecycle
private import Signatures
private import Transport

/// A simulated Lago: its REST API, and its signed webhooks with their retries.
///
/// In a test: make one, let `run()` run in a child task, await `port`, and talk to it over the socket. Everything it
/// knows lives in memory and ends with it.
package final class Sandbox: Service, Sendable {
    package let configuration: SandboxConfiguration
    /// The configured clock, set ahead by `advance(by:)` and its like.
    let clock: SandboxClock
    let model: SandboxModel
    let webhooks: Webhooks
    private let engine: TransferEngine
    private let listening = Listening()
    private let logger: Logger

    /// - Throws: `SignatureError` when no RSA key can be made.
    package init(configuration: SandboxConfiguration = .init(), logger: Logger = Logger(label: "sandbox")) throws {
        self.configuration = configuration
        self.logger = logger
        let keys = WebhookKeys(rsa: try configuration.rsaKey ?? RSAPrivateKey(), hmac: configuration.hmacKey)
        self.clock = SandboxClock(configuration.now)
        self.engine = try TransferEngine(maximumConnectionsPerHost: Webhooks.workers)
        self.model = SandboxModel(SandboxState(seededFrom: configuration, keys: keys))
        self.webhooks = Webhooks(
            model: self.model,
            configuration: configuration,
            now: { [clock = self.clock] in clock.now },
            issuer: configuration.issuer,
            client: WebhookClient(engine: self.engine, timeout: configuration.webhookTimeout),
            logger: logger
        )
    }

    /// The port that it listens on, as soon as it does.
    ///
    /// - Throws: `SandboxError.notListening` when it ended before.
    package var port: Int {
        get async throws { try await self.listening.port }
    }

    /// Serves and sends until graceful shutdown or cancellation.
    package func run() async throws {
        defer { self.listening.end() }
        let now: @Sendable () -> Date = { [clock = self.clock] in clock.now }
        var services: [any Service] = [self.webhooks, Biller(webhooks: self.webhooks, now: now)]
        if let perSecond = self.configuration.lifePerSecond, perSecond > 0 {
            services.append(
                Life(
                    webhooks: self.webhooks,
                    perSecond: perSecond,
                    now: now,
                    random: self.configuration.random
                )
            )
        }
        let application = Application(
            router: self.router(),
            configuration: .init(address: .hostname(self.configuration.host, port: self.configuration.port)),
            services: services,
            onServerRunning: { self.listening.begin(port: $0.localAddress?.port ?? 0) },
            logger: self.logger
        )
        do {
            try await application.run()
        } catch {
            await self.engine.shutdown()
            throw error
        }
        await self.engine.shutdown()
    }
}

extension Sandbox {
    private func router() -> Router<SandboxContext> {
        let now: @Sendable () -> Date = { [clock = self.clock] in clock.now }
        let router = Router(context: SandboxContext.self)
        router.add(middleware: FailureMiddleware())
        let api = router.group("api/v1")
            .add(middleware: CountMiddleware(model: self.model))
            .add(middleware: KeyMiddleware(apiKey: self.configuration.apiKey))
            .add(middleware: WatchMiddleware(model: self.model))
            .add(middleware: FaultMiddleware(model: self.model, random: self.configuration.random))
            .add(middleware: DueMiddleware(webhooks: self.webhooks, now: now))
        LagoRoutes(model: self.model, webhooks: self.webhooks, now: now).add(to: api)
        WalletRoutes(model: self.model, webhooks: self.webhooks, now: now).add(to: api)
        TransactionRoutes(model: self.model, webhooks: self.webhooks, now: now).add(to: api)
        SubscriptionRoutes(model: self.model, webhooks: self.webhooks, now: now).add(to: api)
        UsageRoutes(model: self.model, webhooks: self.webhooks, now: now).add(to: api)
        InvoiceRoutes(model: self.model, webhooks: self.webhooks, now: now).add(to: api)
        let payments = PaymentRoutes(model: self.model, webhooks: self.webhooks, now: now)
        payments.add(to: api)
        let documents = DocumentRoutes(model: self.model, webhooks: self.webhooks, now: now)
        documents.add(to: api)
        documents.addFiles(to: router)
        CreditNoteRoutes(model: self.model).add(to: api)
        WebhookEndpointRoutes(model: self.model, now: now).add(to: api)
        let control = router.group("sandbox").add(middleware: LoopbackMiddleware())
        ControlRoutes(model: self.model, webhooks: self.webhooks, sandbox: self).add(to: control)
        payments.addPage(to: control)
        let version = self.configuration.version
        router.get("health") { _, _ -> JSONValue in
            [
                "version": .string(version), "message": "Success",
                "github_url": .string("https://github.com/getlago/lago-api/tree/v" + version),
            ]
        }
        router.get("ready") { _, _ -> JSONValue in ["status": "ok"] }
        return router
    }
}

// MARK: - For tests in the same process

extension Sandbox {
    /// Sends one webhook of the given type about a customer, with the wallet's values of now.
    ///
    /// - Parameters:
    ///   - customer: an external id; nil takes the first customer that has a wallet.
    ///   - variant: another built-in payload of the type: `outbound` of `wallet_transaction.created`, `wallet` of
    ///     `alert.triggered`.
    ///   - changes: laid over the payload's object.
    /// - Returns: the unique keys, one for each endpoint that takes the type.
    /// - Throws: `SandboxError` for a customer or a variant that does not exist, or a wallet that the customer lacks.
    @discardableResult
    package func emit(
        _ type: LagoWebhook,
        customer: String? = nil,
        variant: String? = nil,
        changes: JSONValue = [:]
    ) throws(SandboxError) -> [String] {
        try self.webhooks.emit(.init(type: type, customer: customer, variant: variant, changes: changes))
    }

    /// The deliveries that are remembered, oldest first.
    package var deliveries: [SandboxDelivery] { self.model.withLock { $0.deliveries.all } }

    /// What goes wrong on purpose; setting it takes effect at once.
    package var faults: Faults {
        get { self.model.withLock { $0.faults } }
        set { self.model.withLock { $0.faults = newValue } }
    }

    /// How many requests came to the API whose path begins so, after `/api/v1`, as `/wallets`; nil counts any method.
    package func requestCount(_ prefix: String = "/", method: String? = nil) -> Int {
        self.model.withLock { state in
            state.requests.reduce(0) { sum, entry in
                let isMeant = entry.key.path.hasPrefix(prefix) && (method == nil || entry.key.method == method)
                return isMeant ? sum + entry.value : sum
            }
        }
    }

    /// Counts requests from nothing again.
    package func forgetRequests() {
        self.model.withLock { $0.requests = [:] }
    }

    /// The keys that webhooks are signed with from now on.
    package var keys: WebhookKeys { self.model.withLock { $0.keys } }

    /// Makes new keys, as an operator would.
    package func rotateKeys() throws {
        let keys = try WebhookKeys.generate()
        self.model.withLock { $0.keys = keys }
    }

    /// Adds an endpoint without the detour over REST.
    ///
    /// - Throws: `LagoFailure` 422 as the REST call would answer.
    @discardableResult
    package func addEndpoint(
        url: String,
        algorithm: WebhookEndpoint.SignatureAlgorithm = .jwt,
        eventTypes: [String]? = nil
    ) throws(LagoFailure) -> WebhookEndpoint {
        let body: JSONValue = [
            "webhook_url": .string(url), "signature_algo": .string(algorithm.rawValue),
            "event_types": eventTypes.map { .array($0.map { .string($0) }) } ?? nil,
        ]
        return try self.model.withLock { state throws(LagoFailure) in
            try state.addEndpoint(body, at: self.clock.now)
        }
    }

    /// Removes all endpoints; what is on its way to one is not tried again.
    package func removeEndpoints() {
        self.model.withLock { $0.endpoints = [] }
    }

    /// A wallet's values, by its id.
    package func wallet(id: String) -> SandboxWallet? {
        self.model.withLock { state in state.wallets.row(id: id) }
    }

    /// The wallets of a customer, oldest first.
    package func wallets(of externalID: String) -> [SandboxWallet] {
        self.model.withLock { state in
            state.knownCustomer(externalID).map { state.wallets.rows(in: $0.id) } ?? []
        }
    }

    /// Changes a wallet behind everybody's back: no webhook says so.
    package func changeWallet(id: String, _ change: @Sendable (inout SandboxWallet) -> Void) {
        self.model.withLock { state in
            guard let index = state.wallets.position(id: id) else { return }
            change(&state.wallets[index])
        }
    }
}
