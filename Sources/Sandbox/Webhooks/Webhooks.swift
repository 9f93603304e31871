import Foundation
import Logging
import ServiceLifecycle
import Synchronization

/// Makes deliveries out of what happens, and sends them as Lago's worker does: ten at a time, in no promised order.
final class Webhooks: Service, Sendable {
    /// One webhook that a test, a demo or a person asks for.
    struct Emission: Sendable {
        let type: LagoWebhook
        /// An external id; nil takes the first customer that has a wallet.
        var customer: String?
        var variant: String?
        /// Laid over the payload's object.
        var changes: JSONValue = [:]
    }

    let model: SandboxModel
    let schedule: RetrySchedule
    let issuer: String
    let client: WebhookClient
    let now: @Sendable () -> Date
    let random: @Sendable () -> Double
    private let logger: Logger
    /// The keys of deliveries that are due.
    private let due = AsyncStream.makeStream(of: String.self)
    /// Waits and bursts, which hold no worker.
    private let background = AsyncStream.makeStream(of: (@Sendable () async -> Void).self)
    /// The keys of deliveries that the reordering fault holds back.
    private let held = Mutex<[String]>([])

    /// How many webhooks may wait to be sent before a burst pauses.
    private static let backlog = 1_000
    /// How many threads Lago's worker has by default.
    static let workers = 10

    init(
        model: SandboxModel,
        configuration: SandboxConfiguration,
        now: @escaping @Sendable () -> Date,
        issuer: String,
        client: WebhookClient,
        logger: Logger
    ) {
        self.model = model
        self.schedule = RetrySchedule(
            attempts: configuration.webhookAttempts,
            compression: configuration.webhookRetryCompression
        )
        self.issuer = issuer
        self.client = client
        self.now = now
        self.random = configuration.random
        self.logger = logger
    }

    func run() async throws {
        await cancelWhenGracefulShutdown {
            async let sending: Void = self.sendDue()
            await withDiscardingTaskGroup { group in
                for await work in self.background.stream { group.addTask(operation: work) }
                group.cancelAll()
            }
            await sending
        }
    }

    private func sendDue() async {
        await withTaskGroup(of: Void.self) { group in
            var running = 0
            for await key in self.due.stream {
                if running == Self.workers {
                    await group.next()
                    running -= 1
                }
                group.addTask { await self.attempt(key) }
                running += 1
            }
        }
    }
}

// MARK: - Making deliveries

extension Webhooks {
    /// Makes one webhook from its template.
    ///
    /// - Returns: the unique keys, one for each endpoint that takes it.
    /// - Throws: `SandboxError` for a customer or a template that does not exist, or a wallet that the customer lacks.
    @discardableResult
    func emit(_ emission: Emission) throws(SandboxError) -> [String] {
        let template = try WebhookTemplate(emission.type, variant: emission.variant)
        let scene = try self.model.withLock { state throws(SandboxError) in
            let customer = try state.customer(for: emission)
            return WebhookScene(
                organization: state.organization,
                issuer: self.issuer,
                customer: customer,
                wallet: state.firstWallet(of: customer),
                sequence: state.nextSequence(),
                now: self.now()
            )
        }
        return self.announce(emission.type, object: try template.object(in: scene).merging(emission.changes))
    }

    /// Changes the state, and sends the webhooks that follow from it.
    ///
    /// - Throws: what `body` throws, which has then changed nothing.
    func change<Result: Sendable, Failure: Error>(
        _ body: (inout SandboxState) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        let (result, news) = try self.model.withLock { state throws(Failure) in
            let result = try body(&state)
            defer { state.news = [] }
            return (result, state.news)
        }
        for item in news { self.announce(item.type, object: item.object) }
        return result
    }

    /// Makes `count` webhooks in the background: at a pace, or as fast as the endpoints take them.
    func emitLater(_ emission: Emission, count: Int, perSecond: Double?) {
        self.background.continuation.yield {
            let start = ContinuousClock.now
            for index in 1...count {
                do {
                    if let perSecond { try await Task.sleep(until: start + .seconds(Double(index) / perSecond)) }
                    while self.model.withLock({ $0.deliveries.unsettledCount }) > Self.backlog {
                        try await Task.sleep(for: .milliseconds(5))
                    }
                    try self.emit(emission)
                } catch {
                    // The first of the same kind went through, so this is the shutdown.
                    return
                }
            }
        }
    }

    /// Sends `object` to every endpoint that takes `type`; without one, nothing is kept and nothing follows later.
    ///
    /// - Returns: the unique keys, one for each endpoint.
    @discardableResult
    func announce(_ type: LagoWebhook, object: JSONValue) -> [String] {
        let deliveries = self.model.withLock { state -> [(delivery: SandboxDelivery, isHeld: Bool)] in
            let takers = state.endpoints.filter { $0.takes(webhookType: type.payloadName) }
            return takers.map { endpoint in
                let delivery = state.makeDelivery(of: type, object: object, to: endpoint, by: self)
                state.deliveries.append(delivery)
                return (delivery, state.faults.strikes(\.reorderedWebhook, random: self.random()))
            }
        }
        for (delivery, isHeld) in deliveries where delivery.state != .dropped {
            if isHeld {
                self.hold(delivery.key)
            } else {
                self.due.continuation.yield(delivery.key)
            }
        }
        return deliveries.map(\.delivery.key)
    }
}

extension SandboxState {
    fileprivate func customer(for emission: Webhooks.Emission) throws(SandboxError) -> Customer {
        if let externalID = emission.customer {
            guard let customer = self.knownCustomer(externalID) else {
                throw .unknownCustomer(externalID)
            }
            return customer
        }
        let withWallet = self.customers.first { self.firstWallet(of: $0) != nil }
        guard let customer = withWallet ?? self.customers.first else { throw .unknownCustomer("(any)") }
        return customer
    }

    fileprivate mutating func makeDelivery(
        of type: LagoWebhook,
        object: JSONValue,
        to endpoint: WebhookEndpoint,
        by webhooks: Webhooks
    ) -> SandboxDelivery {
        let isForeign = self.faults.strikes(\.foreignOrganization, random: webhooks.random())
        let payload: JSONValue = [
            "webhook_type": .string(type.payloadName), "object_type": .string(type.objectType),
            "organization_id": .string(isForeign ? LagoID.new() : self.organization.id), type.objectType: object,
        ]
        var delivery = SandboxDelivery(
            key: LagoID.new(),
            endpointID: endpoint.id,
            webhookType: type.payloadName,
            body: payload.railsText,
            createdAt: webhooks.now()
        )
        delivery.hasBrokenSignature = self.faults.strikes(\.brokenSignature, random: webhooks.random())
        delivery.isSentTwice = self.faults.strikes(\.duplicatedWebhook, random: webhooks.random())
        if self.faults.strikes(\.droppedWebhook, random: webhooks.random()) { delivery.state = .dropped }
        return delivery
    }
}

// MARK: - Sending them

extension Webhooks {
    /// Holds a delivery back until another one was tried, or for five seconds of Lago's time.
    private func hold(_ key: String) {
        self.held.withLock { $0.append(key) }
        self.background.continuation.yield {
            try? await Task.sleep(for: .seconds(5 / self.schedule.compression))
            self.release { $0 == key }
        }
    }

    private func release(_ isChosen: (String) -> Bool) {
        let released = self.held.withLock { held in
            let chosen = held.filter(isChosen)
            held.removeAll(where: isChosen)
            return chosen
        }
        for key in released { self.due.continuation.yield(key) }
    }

    /// Makes one attempt, with the endpoint and the keys as they are now, and plans the next if one is called for.
    private func attempt(_ key: String) async {
        let found = self.model.withLock { state in
            state.deliveries[key].map { delivery in
                (delivery, state.endpoints.first { $0.id == delivery.endpointID }, state.keys)
            }
        }
        guard let (delivery, endpoint, keys) = found else { return }
        guard let endpoint else {
            // Lago deletes an endpoint's webhooks along with it.
            return self.model.withLock { $0.deliveries.update(key) { $0.state = .failed } }
        }
        let outcome = await self.client.post(delivery, to: endpoint, keys: keys, issuer: self.issuer)
        let jitter = self.random()
        let wait = self.model.withLock { state -> Duration? in
            var wait: Duration?
            state.deliveries.update(key) { delivery in
                delivery.attempts.append(
                    .init(at: self.now(), url: endpoint.url, status: outcome.status, failure: outcome.failure)
                )
                wait = delivery.settle(status: outcome.status, schedule: self.schedule, jitter: jitter)
            }
            return wait
        }
        self.logger.debug(
            "webhook tried",
            metadata: ["key": "\(key)", "type": "\(delivery.webhookType)", "status": "\(outcome.status ?? 0)"]
        )
        self.release { _ in true }
        guard let wait else { return }
        self.background.continuation.yield {
            guard (try? await Task.sleep(for: wait)) != nil else { return }
            self.due.continuation.yield(key)
        }
    }
}
