private import Foundation
private import HTTPTypes
package import Hummingbird
private import LagoEvents
package import Logging
package import Metrics
private import Signatures
package import Store
private import Telemetry

extension HTTPField.Name {
    fileprivate static let lagoSignature = HTTPField.Name("X-Lago-Signature")
    fileprivate static let lagoAlgorithm = HTTPField.Name("X-Lago-Signature-Algorithm")
    fileprivate static let lagoUniqueKey = HTTPField.Name("X-Lago-Unique-Key")
}

/// `POST /webhooks/lago`: reads, verifies, commits, answers. No rule, no network call, no template on this path.
package struct WebhookRoutes: Sendable {
    /// Bytes that a body may have.
    package static let maximumBody = 8 << 20

    private let verifier: WebhookVerifier
    private let ring: KeyRing
    private let store: Store
    private let rejections: RejectionLog
    private let logger: Logger
    private let now: @Sendable () -> Int64
    private let counters: DeliveryCounters

    package init(
        verifier: WebhookVerifier,
        ring: KeyRing,
        store: Store,
        rejections: RejectionLog,
        metrics: any MetricsFactory,
        logger: Logger,
        now: @escaping @Sendable () -> Int64
    ) {
        self.verifier = verifier
        self.ring = ring
        self.store = store
        self.rejections = rejections
        self.logger = logger
        self.now = now
        self.counters = DeliveryCounters(metrics)
    }

    package func add(to router: Router<ServerContext>) {
        router.post("/webhooks/lago", use: self.receive)
    }

    /// One delivery, from its body to its answer.
    @Sendable
    private func receive(_ request: Request, context: ServerContext) async -> Response {
        let claim = WebhookVerifier.Claim(
            algorithm: HTTPField.Name.lagoAlgorithm.flatMap { request.headers[$0] },
            signature: HTTPField.Name.lagoSignature.flatMap { request.headers[$0] }
        )
        var body: [UInt8] = []
        do {
            body = try await request.bytes(upTo: Self.maximumBody)
            let began = ContinuousClock.now
            let envelope = try self.verifier.verify(body, claim, at: self.now())
            let key = HTTPField.Name.lagoUniqueKey.flatMap { request.headers[$0] }
            try await self.keep(body, as: envelope, key: key)
            self.counters.ackSeconds.record(duration: ContinuousClock.now - began)
            return Response(status: .ok)
        } catch let reason as Rejection {
            return self.refuse(reason, claim, body: body, from: context.address)
        } catch {
            return self.putOff(error)
        }
    }

    private func keep(_ body: [UInt8], as envelope: Envelope?, key: String?) async throws {
        let digest = try SHA256.digest(of: body)
        let delivery = Delivery(
            key: try EventKey(header: key, bodyDigest: digest),
            envelope: envelope,
            digest: digest,
            body: body,
            receivedAt: self.now()
        )
        let recording = try await self.store.write { try $0.record(delivery) }
        self.counters.count(recording)
        self.logger.info(
            "delivery recorded",
            metadata: [
                "event.key": "\(delivery.key.rawValue)", "outcome": "\(recording.label)",
                "webhook_type": "\(envelope?.webhookType?.rawValue ?? "")",
            ]
        )
    }

    private func refuse(
        _ reason: Rejection,
        _ claim: WebhookVerifier.Claim,
        body: [UInt8],
        from address: String
    ) -> Response {
        let isHeard = self.rejections.note(
            reason,
            address: address,
            algorithm: claim.algorithm,
            body: body.isEmpty ? nil : body
        )
        if isHeard, reason.mayBeStaleKey, claim.algorithm == "jwt" { self.ring.wishRefresh() }
        let mustClose = !isHeard || reason == .tooLarge
        return Response(status: reason.status, headers: mustClose ? [.connection: "close"] : [:])
    }

    private func putOff(_ error: any Error) -> Response {
        self.counters.unavailable.increment()
        self.logger.error("delivery not taken", metadata: ["error": "\(error)"])
        return Response(status: .serviceUnavailable, headers: [.retryAfter: "5"])
    }
}

/// `sluice_deliveries_total` by outcome, made once.
private struct DeliveryCounters: Sendable {
    let ackSeconds: Metrics.Timer
    let unavailable: Counter
    private let duplicates: Counter
    private let events: [EventOutcome: Counter]

    init(_ metrics: any MetricsFactory) {
        func counter(_ outcome: String) -> Counter { Metric.deliveries.counter([("outcome", outcome)], in: metrics) }
        self.ackSeconds = Metric.ackSeconds.timer(in: metrics)
        self.unavailable = counter("unavailable")
        self.duplicates = counter("duplicate")
        self.events = Dictionary(
            uniqueKeysWithValues: [EventOutcome.pending, .unknownType, .unreadable, .repeat].map {
                ($0, counter($0.rawValue))
            }
        )
    }

    func count(_ recording: Recording) {
        switch recording {
        case .event(_, let outcome): self.events[outcome]?.increment()
        case .duplicate: self.duplicates.increment()
        case .counted: self.events[.repeat]?.increment()
        }
    }
}

extension Recording {
    fileprivate var label: String {
        switch self {
        case .event(_, let outcome): outcome.rawValue
        case .duplicate: "duplicate"
        case .counted: EventOutcome.repeat.rawValue
        }
    }
}
