import Dashboard
import Foundation
import Hummingbird
import Jobs
import LagoAPI
import LagoEvents
import Logging
import Metrics
import Proxy
import Receiver
import ServiceLifecycle
import Settings
import Signatures
import Store
import Telemetry
import Transport
import Worker

/// Puts the rooms together: the one place that knows them all.
struct ServerParts {
    let settings: Settings
    let roles: Set<Role>
    let store: Store
    let transfers: TransferEngine
    let registry: PrometheusRegistry
    let logger: Logger
    let mail: MailParts
    let onListening: ListenerBuilder.Observer
    let health = LagoHealth()
    private let lane = MailLane()

    init(
        settings: Settings,
        roles: Set<Role>,
        store: Store,
        transfers: TransferEngine,
        registry: PrometheusRegistry,
        logger: Logger,
        mail: MailParts,
        onListening: @escaping ListenerBuilder.Observer
    ) {
        self.settings = settings
        self.roles = roles
        self.store = store
        self.transfers = transfers
        self.registry = registry
        self.logger = logger
        self.mail = mail
        self.onListening = onListening
    }

    /// The services of this process's roles. They end in reverse: streams and the listeners first, so that deliveries
    /// stop before the worker finishes its jobs.
    func services() async throws -> [any Service] {
        let client = self.client()
        let signer = try await self.signer()
        let worker = self.roles.contains(.worker) ? try await self.worker(signer).services(client) : nil
        var services: [any Service] = worker.map { [$0.worker] + $0.others } ?? []
        var webhooks: WebhookParts?
        if self.roles.contains(.receiver) {
            let ring = try await self.keyRing()
            webhooks = WebhookParts(
                ring: ring,
                rejections: RejectionLog(
                    store: self.store,
                    metrics: self.registry,
                    logger: self.logger,
                    now: currentMilliseconds
                )
            )
            if let client, let address = self.settings.lago.address {
                services.append(
                    LagoIdentityService(
                        client: client,
                        apiURL: address.base,
                        needsKey: self.settings.lago.algorithms.contains(.jwt),
                        ring: ring,
                        store: self.store,
                        logger: self.logger,
                        now: currentMilliseconds
                    )
                )
            }
        }
        return services + (try self.listeners(webhooks, worker: worker?.worker.heartbeat, client, signer))
    }

    private func client() -> LagoClient? {
        guard let address = self.settings.lago.address, let key = self.settings.lago.apiKey else { return nil }
        return LagoClient(
            address: address,
            key: key,
            engine: self.transfers,
            limiter: RateLimiter(requestsPerSecond: self.settings.lago.requestsPerSecond),
            logger: self.logger
        ) { [health, registry] operation, status, seconds in
            health.note(status: status)
            Metric.lagoRequests.counter([("operation", operation), ("status", status)], in: registry).increment()
            Metric.lagoRequestSeconds.timer(in: registry).recordSeconds(seconds)
        }
    }

    private func worker(_ signer: LinkSigner) -> WorkerParts {
        WorkerParts(
            settings: self.settings,
            store: self.store,
            transfers: self.transfers,
            registry: self.registry,
            logger: self.logger,
            mail: self.mail,
            signer: signer,
            lane: self.lane
        )
    }

    /// The links in mails, signed with a key that the store has kept since its first start.
    private func signer() async throws -> LinkSigner {
        let fresh = try SecureRandom.bytes(32)
        let key = try await self.store.write { try $0.secret("links", fresh: fresh) }
        return try LinkSigner(key: key, publicURL: self.settings.server.linkBase)
    }

    /// What the store knows of Lago, so that a restart takes webhooks before Lago has been asked for anything.
    private func keyRing() async throws -> KeyRing {
        let known = try await self.store.lagoIdentity()
        let configured = self.settings.lago.organizationID.map(OrganizationID.init(rawValue:))
        if let configured, let stored = known.organization, configured != stored {
            throw Failure(
                description: "\(self.store.path) belongs to the organisation \(stored.rawValue), LAGO_ORGANIZATION_ID "
                    + "is \(configured.rawValue): set DATABASE_URL to another file, or correct the id"
            )
        }
        let ring = KeyRing(organization: configured)
        ring.adopt(known)
        return ring
    }

    private struct WebhookParts {
        let ring: KeyRing
        let rejections: RejectionLog
    }

    /// The main listener, and those of their own that the settings ask for.
    private func listeners(
        _ webhooks: WebhookParts?,
        worker: Heartbeat?,
        _ client: LagoClient?,
        _ signer: LinkSigner
    ) throws -> [any Service] {
        let server = self.settings.server
        let health = HealthRoutes(
            store: self.store,
            worker: worker,
            lagoTrouble: self.lagoTrouble(),
            mailTrouble: self.mailTrouble(),
            registry: self.registry,
            now: currentMilliseconds
        )
        let build = ListenerBuilder(
            host: server.host,
            logger: self.logger,
            rejections: webhooks?.rejections,
            observe: self.onListening
        )
        var listeners: [any Service] = []
        var api: [any Service] = []

        let main = Router(context: ServerContext.self)
        health.add(to: main)
        if webhooks != nil {
            self.addLinks(to: main, client, signer)
            api = try self.addAPI(to: main, client)
        }
        if let metricsPort = server.metricsPort {
            let router = Router(context: ServerContext.self)
            health.addMetrics(to: router)
            listeners.append(build.listener("metrics", port: metricsPort, limits: .standard, router))
        } else {
            health.addMetrics(to: main)
        }
        if let webhooks, let webhookPort = server.webhookPort {
            let router = Router(context: ServerContext.self)
            self.addWebhooks(webhooks, to: router)
            listeners.append(build.listener("webhooks", port: webhookPort, limits: .webhooks, router))
        } else if let webhooks {
            self.addWebhooks(webhooks, to: main)
        }
        let takesWebhooks = webhooks != nil && server.webhookPort == nil
        listeners.append(
            build.listener("http", port: server.port, limits: takesWebhooks ? .webhooks : .standard, main)
        )
        // Streams end first: a listener waits for its answers.
        return listeners + api
    }

    /// The pages behind the links in mails.
    private func addLinks(to router: Router<ServerContext>, _ client: LagoClient?, _ signer: LinkSigner) {
        let pages = LinkPages(signer: signer, renderer: self.mail.renderer, now: currentMilliseconds)
        UnsubscribeRoutes(pages: pages, store: self.store, logger: self.logger, now: currentMilliseconds)
            .add(to: router)
        let resume = TopUpResume(store: self.store)
        ResumeRoutes(pages: pages) { customer, account in
            _ = try await resume.resume(
                CustomerID(rawValue: customer),
                account: account,
                by: .customerByLink,
                at: currentMilliseconds()
            )
        }.add(to: router)
        InvoiceRoutes(pages: pages, client: client, logger: self.logger).add(to: router)
    }

    private func addWebhooks(_ parts: WebhookParts, to router: Router<ServerContext>) {
        let lago = self.settings.lago
        let policy = WebhookVerifier.Policy(
            acceptsJWT: lago.algorithms.contains(.jwt),
            hmacKeys: lago.algorithms.contains(.hmac) ? lago.hmacKeys.map { Array($0.utf8) } : [],
            issuer: lago.issuer
        )
        WebhookRoutes(
            verifier: WebhookVerifier(policy: policy, ring: parts.ring),
            ring: parts.ring,
            store: self.store,
            rejections: parts.rejections,
            metrics: self.registry,
            logger: self.logger,
            now: currentMilliseconds
        ).add(to: router)
        if let secret = self.settings.mail.webhookSecret {
            MailReportRoutes(
                secret: secret,
                store: self.store,
                rejections: parts.rejections,
                metrics: self.registry,
                logger: self.logger,
                confirm: { [transfers] url in
                    let request = TransferRequest(url: url, deadline: .seconds(10), maximumResponseSize: 1 << 20)
                    return try await transfers.send(request).status
                },
                now: currentMilliseconds
            ).add(to: router)
        }
        if self.settings.server.benchRoutes { BenchRoutes().add(to: router) }
    }

    private func lagoTrouble() -> @Sendable () -> String? {
        let missing = self.settings.missing.map(\.key)
        return { [health] in
            missing.isEmpty ? health.failure : "not configured: \(missing.joined(separator: ", "))"
        }
    }

    private func mailTrouble() -> @Sendable () -> String? {
        let isConfigured = self.settings.mail.destination != nil
        return { [lane] in
            guard isConfigured else { return "not configured: SMTP_URL" }
            return lane.isPaused ? "mails wait for the mail server" : nil
        }
    }
}
