private import Foundation
package import Logging
package import Settings
package import Transport

/// Lago's REST API: one address, one key, one rate over all calls. Nothing is tried again here.
///
/// Every call throws `LagoError`, and `CancellationError` when its task is cancelled while it waits for its turn.
package struct LagoClient: Sendable {
    /// Told of each request: which call it was, how it ended (the status, or `LagoError.label` where there was none),
    /// and after how many seconds, the wait for its turn not included.
    package typealias Observer = @Sendable (_ operation: String, _ status: String, _ seconds: Double) -> Void

    let address: LagoAddress
    private let key: String
    private let engine: TransferEngine
    private let limiter: RateLimiter
    private var lane = LagoLane.prompt
    private let logger: Logger
    /// For each request, from its turn to the last byte of its answer.
    package let deadline: Duration
    private let observe: Observer
    private let clock = LagoClock()

    /// Lago's own time, in Unix milliseconds, by its last answer; nil before the first.
    package var time: Int64? { self.clock.now }

    /// - Parameter deadline: for each request, from its turn to the last byte of its answer.
    package init(
        address: LagoAddress,
        key: String,
        engine: TransferEngine,
        limiter: RateLimiter,
        logger: Logger,
        deadline: Duration = .seconds(30),
        observe: @escaping Observer = { _, _, _ in }
    ) {
        self.address = address
        self.key = key
        self.engine = engine
        self.limiter = limiter
        self.logger = logger
        self.deadline = deadline
        self.observe = observe
    }

    /// The same client, whose calls wait in `lane`.
    package func on(_ lane: LagoLane) -> LagoClient {
        var client = self
        client.lane = lane
        return client
    }

    // MARK: - The organisation and its webhooks

    /// The organisation that the key belongs to.
    package func organization() async throws -> LagoOrganization {
        try await self.object(at: "/organizations", as: "organization")
    }

    /// Whether this Lago has a licence, and so keeps the ongoing balance of wallets fresh by itself. Nothing tells it
    /// outright: a report that only the licensed edition gives does.
    package func isPremium() async throws -> Bool {
        do {
            _ = try await self.send(self.request("GET", "/analytics/mrr"), as: "analytics_mrr")
            return true
        } catch LagoError.forbidden(let code) {
            // Only the licensed edition minds what a key may do.
            return code != "feature_unavailable"
        }
    }

    /// The key that checks webhooks signed with `jwt`: base64 with line breaks over a PEM text, as served.
    package func webhookPublicKey() async throws -> String {
        let request = self.request("GET", "/webhooks/json_public_key")
        let body = try await self.send(request, as: "webhook_public_key").body
        return try LagoFields(body).object("webhook").read("public_key", as: .text)
    }

    /// Every place that Lago sends webhooks to.
    package func webhookEndpoints() async throws -> [LagoWebhookEndpoint] {
        try await self.pages(at: "/webhook_endpoints", as: "webhook_endpoints").all()
    }

    /// Registers a place. Lago takes at most 10, and refuses a URL that it has already (`value_already_exist`).
    package func createWebhookEndpoint(_ input: LagoWebhookEndpointInput) async throws -> LagoWebhookEndpoint {
        let request = try self.request("POST", "/webhook_endpoints", sending: ["webhook_endpoint": input])
        return try self.object(in: try await self.send(request, as: "create_webhook_endpoint").body)
    }

    /// Changes a registered place; `id` is Lago's.
    package func updateWebhookEndpoint(
        id: String,
        _ input: LagoWebhookEndpointInput
    ) async throws -> LagoWebhookEndpoint {
        let path = "/webhook_endpoints/\(try Query.segment(id))"
        let request = try self.request("PUT", path, sending: ["webhook_endpoint": input])
        return try self.object(in: try await self.send(request, as: "update_webhook_endpoint").body)
    }

    /// Lago's version, as `1.50.0`. Needs no key, and sends none.
    package func health() async throws -> String {
        let request = TransferRequest(url: self.address.root + "/health", deadline: self.deadline)
        return try LagoFields(try await self.send(request, as: "health").body).read("version", as: .text)
    }

    // MARK: - Parts

    /// One object, by a `GET`.
    func object<Object: LagoObject>(
        at path: String,
        query: [Query.Item] = [],
        as operation: String
    ) async throws -> Object {
        try self.object(in: try await self.send(self.request("GET", path + Query.text(query)), as: operation).body)
    }

    /// The list at `path`, page by page.
    ///
    /// - Parameter pageSize: Lago has no upper limit.
    func pages<Object: LagoObject & Identifiable>(
        at path: String,
        query: [Query.Item] = [],
        pageSize: Int = 100,
        as operation: String
    ) -> LagoPages<Object> {
        precondition(pageSize > 0, "a page of none has no end")
        return LagoPages(size: pageSize) { page in
            let query = query + [("page", "\(page)"), ("per_page", "\(pageSize)")]
            let response = try await self.send(self.request("GET", path + Query.text(query)), as: operation)
            return try LagoPage(Object.member + "s", in: response.body)
        }
    }

    private func object<Object: LagoObject>(in body: [UInt8]) throws(LagoError) -> Object {
        try Object(LagoFields(body).object(Object.member))
    }

    func request(_ method: String, _ path: String, sending body: some Encodable) throws -> TransferRequest {
        var request = self.request(method, path)
        request.body = [UInt8](try JSONEncoder().encode(body))
        request.headers.append(("Content-Type", "application/json"))
        return request
    }

    func request(_ method: String, _ path: String) -> TransferRequest {
        TransferRequest(
            method: method,
            url: self.address.base + path,
            headers: [("Authorization", "Bearer \(self.key)"), ("Accept", "application/json")],
            deadline: self.deadline
        )
    }

    /// Waits for its turn, sends, tells the observer, and turns Lago's refusals into errors.
    ///
    /// - Parameter last: a turn that comes later is let pass, and a connection that stands later is not used; nothing is
    ///   sent then.
    func send(
        _ request: TransferRequest,
        as operation: String,
        notAfter last: ContinuousClock.Instant? = nil
    ) async throws -> TransferResponse {
        let response = try await self.exchange(request, as: operation, notAfter: last)
        self.clock.note(response.header("Date"))
        if let error = LagoError(response) { throw error }
        return response
    }

    /// Waits for its turn, sends, and tells the observer; whatever answers, and with whatever status.
    func exchange(
        _ request: TransferRequest,
        as operation: String,
        notAfter last: ContinuousClock.Instant? = nil
    ) async throws -> TransferResponse {
        try await self.limiter.turn(self.lane)
        if let last, ContinuousClock.now > last { throw LagoError.transport(.turnCameTooLate) }
        var request = request
        request.leavesBefore = last
        let start = ContinuousClock.now
        let response: TransferResponse
        do throws(TransferError) {
            response = try await self.engine.send(request)
        } catch {
            self.note(operation, status: error.label, since: start)
            throw LagoError.transport(error)
        }
        self.note(operation, status: "\(response.status)", since: start)
        return response
    }

    private func note(_ operation: String, status: String, since start: ContinuousClock.Instant) {
        let seconds = (ContinuousClock.now - start) / .seconds(1)
        self.observe(operation, status, seconds)
        self.logger.debug(
            "lago answered",
            metadata: ["operation": "\(operation)", "status": "\(status)", "seconds": "\(seconds)"]
        )
    }
}

extension TransferError {
    fileprivate static let turnCameTooLate = TransferError(
        kind: .timedOut,
        message: "it waited too long for its turn",
        requestLeft: false
    )
}
