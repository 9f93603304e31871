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

    private let address: LagoAddress
    private let key: String
    private let engine: TransferEngine
    private let limiter: RateLimiter
    private let logger: Logger
    private let observe: Observer

    package init(
        address: LagoAddress,
        key: String,
        engine: TransferEngine,
        limiter: RateLimiter,
        logger: Logger,
        observe: @escaping Observer = { _, _, _ in }
    ) {
        self.address = address
        self.key = key
        self.engine = engine
        self.limiter = limiter
        self.logger = logger
        self.observe = observe
    }

    // MARK: - Calls

    /// The organisation that the key belongs to.
    package func organization() async throws -> LagoOrganization {
        let body = try await self.send(self.request("GET", "/organizations"), as: "organization").body
        return try Member.decode("organization", of: body)
    }

    /// The key that checks webhooks signed with `jwt`: base64 with line breaks over a PEM text, as served.
    package func webhookPublicKey() async throws -> String {
        let request = self.request("GET", "/webhooks/json_public_key")
        let body = try await self.send(request, as: "webhook_public_key").body
        let webhook: [String: String] = try Member.decode("webhook", of: body)
        guard let key = webhook["public_key"] else { throw LagoError.unreadable(what: "webhook.public_key is missing") }
        return key
    }

    /// Every place that Lago sends webhooks to.
    package func webhookEndpoints() async throws -> [LagoWebhookEndpoint] {
        try await self.pages("webhook_endpoints", id: \.id)
    }

    /// Registers a place. Lago takes at most 10, and refuses a URL that it has already (`value_already_exist`).
    package func createWebhookEndpoint(_ input: LagoWebhookEndpointInput) async throws -> LagoWebhookEndpoint {
        let request = try self.request("POST", "/webhook_endpoints", sending: ["webhook_endpoint": input])
        return try Member.decode(
            "webhook_endpoint",
            of: try await self.send(request, as: "create_webhook_endpoint").body
        )
    }

    /// Changes a registered place; `id` is Lago's.
    package func updateWebhookEndpoint(
        id: String,
        _ input: LagoWebhookEndpointInput
    ) async throws -> LagoWebhookEndpoint {
        let path = "/webhook_endpoints/\(Query.encode(id))"
        let request = try self.request("PUT", path, sending: ["webhook_endpoint": input])
        return try Member.decode(
            "webhook_endpoint",
            of: try await self.send(request, as: "update_webhook_endpoint").body
        )
    }

    /// All wallets of a customer, active and terminated, newest first.
    ///
    /// - Throws: `LagoError.notFound` with `customer_not_found` for a customer that Lago does not know.
    package func wallets(externalCustomerID: String) async throws -> [LagoWallet] {
        let query = [(name: "external_customer_id", value: externalCustomerID)]
        return try await self.pages("wallets", query: query, id: \.id) { (wallets: inout [LagoWallet], body) in
            let texts = RawList.elements(of: "wallets", in: body) ?? []
            guard texts.count == wallets.count else { throw LagoError.unreadable(what: "the list of wallets") }
            for (index, text) in texts.enumerated() { wallets[index].json = text }
        }
    }

    /// Lago's version, as `1.50.0`. Needs no key, and sends none.
    package func health() async throws -> String {
        let request = TransferRequest(url: self.address.root + "/health")
        return try Member.decode("version", of: try await self.send(request, as: "health").body)
    }

    // MARK: - Parts

    /// Lists are read to the end, but no further than this: a server that always has one more page must not hold us.
    private static let maximumPages = 1000

    /// Reads every page of the list at `/name`. Paging is by offset, so an element may come twice while others are
    /// added; the first counts. `finish` sees each page's elements with the body that they came in.
    private func pages<Element: Decodable>(
        _ name: String,
        query: [(name: String, value: String)] = [],
        id: KeyPath<Element, String>,
        finish: (_ elements: inout [Element], _ body: [UInt8]) throws -> Void = { _, _ in }
    ) async throws -> [Element] {
        var elements: [Element] = []
        var seen: Set<String> = []
        for page in 1...Self.maximumPages {
            let query = query + [("page", "\(page)"), ("per_page", "100")]
            let body = try await self.send(self.request("GET", "/\(name)?\(Query.encode(query))"), as: name).body
            var batch: [Element] = try Member.decode(name, of: body)
            try finish(&batch, body)
            elements += batch.filter { seen.insert($0[keyPath: id]).inserted }
            let meta: PageMeta = try Member.decode("meta", of: body)
            if batch.isEmpty || meta.nextPage == nil { return elements }
        }
        throw LagoError.unreadable(what: "a list without end")
    }

    private struct PageMeta: Decodable {
        let nextPage: Int?

        private enum CodingKeys: String, CodingKey {
            case nextPage = "next_page"
        }
    }

    private func request(_ method: String, _ path: String, sending body: some Encodable) throws -> TransferRequest {
        var request = self.request(method, path)
        request.body = [UInt8](try JSONEncoder().encode(body))
        request.headers.append(("Content-Type", "application/json"))
        return request
    }

    private func request(_ method: String, _ path: String) -> TransferRequest {
        TransferRequest(
            method: method,
            url: self.address.base + path,
            headers: [("Authorization", "Bearer \(self.key)"), ("Accept", "application/json")]
        )
    }

    /// Waits for its turn, sends, tells the observer, and turns Lago's refusals into errors.
    private func send(_ request: TransferRequest, as operation: String) async throws -> TransferResponse {
        try await self.limiter.turn()
        let start = ContinuousClock.now
        let response: TransferResponse
        do throws(TransferError) {
            response = try await self.engine.send(request)
        } catch {
            self.note(operation, status: error.label, since: start)
            throw LagoError.transport(error)
        }
        self.note(operation, status: "\(response.status)", since: start)
        if let error = LagoError(response) { throw error }
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
