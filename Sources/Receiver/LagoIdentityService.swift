package import LagoAPI
private import LagoEvents
package import Logging
internal import ServiceLifecycle
private import Signatures
package import Store

/// Learns Lago's public key and our organisation's id: at start, and the key again when a signature has failed.
package struct LagoIdentityService: Service {
    /// How often the key is fetched at the most, whoever asks.
    package static let interval = Duration.seconds(60)
    private static let firstRetry = Duration.seconds(1)
    private static let lastRetry = Duration.seconds(60)

    private let client: LagoClient
    private let apiURL: String
    private let needsKey: Bool
    private let ring: KeyRing
    private let store: Store
    private let logger: Logger
    private let now: @Sendable () -> Int64
    private let interval: Duration

    /// - Parameters:
    ///   - apiURL: the address that `client` asks, kept beside the organisation that it names.
    ///   - needsKey: whether `jwt` is accepted.
    ///   - interval: time between two fetches of the key.
    package init(
        client: LagoClient,
        apiURL: String,
        needsKey: Bool,
        ring: KeyRing,
        store: Store,
        logger: Logger,
        now: @escaping @Sendable () -> Int64,
        interval: Duration = Self.interval
    ) {
        self.client = client
        self.apiURL = apiURL
        self.needsKey = needsKey
        self.ring = ring
        self.store = store
        self.logger = logger
        self.now = now
        self.interval = interval
    }

    package func run() async throws {
        try await cancelWhenGracefulShutdown {
            do {
                try await self.untilItSucceeds("organisation not learnt") { try await self.learnOrganization() }
                if self.needsKey { try await self.fetchKey() }
                var fetched = ContinuousClock.now
                // Nobody wishes for a key where `jwt` is not accepted; the loop then only waits for the end.
                for await _ in self.ring.refreshWishes {
                    try await Task.sleep(until: fetched + self.interval)
                    try await self.fetchKey()
                    fetched = .now
                }
            } catch is CancellationError {
                // The service is stopping.
            }
        }
    }

    private func untilItSucceeds(_ failure: Logger.Message, _ learn: () async throws -> Void) async throws {
        var wait = Self.firstRetry
        while true {
            do {
                return try await learn()
            } catch {
                try Task.checkCancellation()
                self.logger.warning(failure, metadata: ["error": "\(error)", "again_in": "\(wait)"])
                try await Task.sleep(for: wait)
                wait = min(wait * 2, Self.lastRetry)
            }
        }
    }

    /// Asks once; an organisation that the store knows from the same address is not asked for again.
    private func learnOrganization() async throws {
        let known = try await self.store.lagoIdentity()
        guard known.organization == nil || known.apiURL != self.apiURL else { return }
        let found = try await self.client.organization()
        if let ours = self.ring.organization, ours.rawValue != found.id.lowercased() {
            self.logger.error(
                "this store and these settings belong to another organisation than Lago's key; webhooks are refused",
                metadata: ["ours": "\(ours.rawValue)", "lago": "\(found.id)"]
            )
            return
        }
        let organization = OrganizationID(rawValue: found.id.lowercased())
        try await self.store.write { [apiURL, now = self.now()] in
            try $0.save(organization: organization, name: found.name, apiURL: apiURL, at: now)
        }
        self.ring.adopt(try await self.store.lagoIdentity())
        self.logger.info("organisation learnt", metadata: ["organization": "\(organization.rawValue)"])
    }

    private func fetchKey() async throws {
        try await self.untilItSucceeds("public key not learnt") { try await self.learnKey() }
    }

    private func learnKey() async throws {
        let key = try RSAPublicKey(lagoText: try await self.client.webhookPublicKey())
        let former = try await self.store.lagoIdentity().keys.first?.pem
        try await self.store.write { [pem = key.pem, now = self.now()] in try $0.save(publicKey: pem, at: now) }
        self.ring.adopt(try await self.store.lagoIdentity())
        guard former != key.pem else { return }
        self.logger.notice("public key learnt", metadata: ["replaces": "\(former != nil)"])
    }
}
