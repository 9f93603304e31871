import Foundation
import HTTPTypes
import Jobs
import LagoAPI
import LagoEvents
import Money
import Proxy
import Rules
import Sandbox
import ServiceLifecycle
import Settings
import Store
import Telemetry
import TestSupport
import Testing
import Transport
import Worker

/// The API's purchases over a socket, with a worker that carries them out; automatic top-ups are off.
struct PurchaseWorld: Sendable {
    let api: APIWorld
    let routes: [APIRoute]

    var sandbox: Sandbox { self.api.sandbox }
    var store: Store { self.api.store }

    /// How long a request whose answer was lost may take effect here.
    static let grace = Duration.seconds(1)

    /// - Parameters:
    ///   - patience: how long a purchase waits for Lago's word.
    ///   - isWorking: whether there is a worker.
    static func running(
        _ configure: (inout SandboxConfiguration) -> Void = { _ in },
        patience: Duration = .seconds(20),
        isWorking: Bool = true,
        body: (PurchaseWorld) async throws -> Void
    ) async throws {
        let kept = Record<[APIRoute]>()
        try await APIWorld.running(configure) { store, client in
            let routes = try Self.routes(store, client, patience)
            kept.add(routes)
            return routes
        } body: { api in
            let world = PurchaseWorld(api: api, routes: try #require(kept.all.first))
            guard isWorking else { return try await body(world) }
            try await world.working { try await body(world) }
        }
    }

    private static func routes(_ store: Store, _ client: LagoClient, _ patience: Duration) throws -> [APIRoute] {
        let reads = LagoReads(client: client, store: store, logger: quietLogger, now: APIWorld.now)
        let desk = PurchaseDesk(
            client: client,
            store: store,
            patience: patience,
            logger: quietLogger,
            now: APIWorld.now
        )
        let terms = PurchaseTerms(
            rates: [
                try #require(Currency("EUR")): FixedDecimal(units: 100_000),
                try #require(Currency("USD")): FixedDecimal(units: 50_000),
            ],
            maximum: FixedDecimal(units: 1_000 * 100_000)
        )
        return PurchaseRoutes(reads, terms: terms, now: APIWorld.now) { order in
            do {
                let purchase = try await desk.buy(
                    .init(
                        id: order.id,
                        customer: order.customer,
                        wallet: order.wallet,
                        credits: order.credits,
                        extras: order.extras
                    )
                )
                return PurchaseReceipt(transaction: purchase.transaction.json, paymentURL: purchase.paymentURL)
            } catch is PurchaseDesk.Pending {
                throw APIFailure.purchasePending
            }
        }.routes + CustomerRoutes(reads).routes
    }

    /// A worker runs while `body` does.
    func working(body: () async throws -> Void) async throws {
        let registry = PrometheusRegistry()
        let inbox = Inbox(store: self.store, debounce: .milliseconds(50), metrics: registry, now: APIWorld.now)
        let worker = WorkerService(
            store: self.store,
            inbox: inbox,
            handlers: [.topUp: try await self.handler().callAsFunction],
            pace: WorkerService.Pace(),
            owner: "test",
            metrics: registry,
            logger: quietLogger,
            now: APIWorld.now
        )
        let services = ServiceGroup(services: [worker], logger: quietLogger)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await services.run() }
            let result: Result<Void, any Error>
            do { result = .success(try await body()) } catch { result = .failure(error) }
            await services.triggerGracefulShutdown()
            try await group.waitForAll()
            try result.get()
        }
    }

    private func handler() async throws -> TopUpHandler {
        var source = try await SettingsSource(environment: [:])
        return TopUpHandler(
            desk: TopUpDesk(store: self.store, allowance: TopUpSettings(&source).allowance, now: APIWorld.now),
            looks: Looks(
                reader: BalanceReader(client: self.api.client, now: APIWorld.now),
                store: self.store,
                fresh: FreshReadings()
            ),
            client: self.api.client,
            store: self.store,
            outbox: Outbox(settings: MailSettings(&source, hasPublicURL: false)),
            grace: Self.grace,
            logger: quietLogger,
            now: APIWorld.now
        )
    }

    func buy(_ json: String, key: String? = nil) async throws -> TransferResponse {
        try await self.api.call("POST", "/wallets", json: json, headers: key.map { [("Idempotency-Key", $0)] } ?? [])
    }

    func topUp(_ json: String, key: String? = nil) async throws -> TransferResponse {
        try await self.api.call("PATCH", "/wallets", json: json, headers: key.map { [("Idempotency-Key", $0)] } ?? [])
    }

    /// Lago's id of a customer's only wallet.
    func wallet(of customer: String) throws -> String {
        try #require(self.sandbox.wallets(of: customer).first).id
    }

    /// A call by a customer, as the gate hands it on.
    func ask(
        _ method: HTTPRequest.Method,
        _ path: String,
        as customer: String,
        json: String = "",
        parameters: [String: String] = [:]
    ) async throws -> APIAnswer {
        let route = try #require(self.routes.first { $0.method == method && $0.path == "/api/lago\(path)" })
        #expect(route.access == .customers)
        let call = APICall(
            principal: .customer(CustomerID(rawValue: customer)),
            method: method,
            path: route.path,
            parameters: parameters,
            query: APIQuery([]),
            headers: [:],
            body: Array(json.utf8),
            intent: UUID().uuidString.lowercased()
        )
        _ = try route.purchase?(call)
        return try await route.respond(call)
    }
}

extension PassingRequest {
    func isPurchase(_ moment: Moment) -> Bool {
        self.moment == moment && self.method == "POST" && self.path == "/wallet_transactions"
    }
}
