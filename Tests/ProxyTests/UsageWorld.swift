import Foundation
import HTTPTypes
import LagoAPI
import LagoEvents
import Proxy
import Sandbox
import Store
import Telemetry
import TestSupport
import Testing
import Transport

/// The API's usage over a socket, beside a simulated Lago with `c`, who has one subscription, `sub_c`.
struct UsageWorld: Sendable {
    let api: APIWorld
    let routes: [APIRoute]
    /// Whose usage was said to have reached Lago.
    let looked: Record<String>

    var sandbox: Sandbox { self.api.sandbox }
    var store: Store { self.api.store }

    static func now() -> Int64 { Int64(Date().timeIntervalSince1970 * 1000) }

    static func running(
        _ configure: (inout SandboxConfiguration) -> Void = { _ in },
        body: (UsageWorld) async throws -> Void
    ) async throws {
        let (looked, kept) = (Record<String>(), Record<[APIRoute]>())
        try await APIWorld.running {
            $0.customers = []
            configure(&$0)
        } routes: { store, client in
            let routes = Self.routes(store, client, looked)
            kept.add(routes)
            return routes
        } body: { api in
            try api.sandbox.createCustomer("c")
            try await body(UsageWorld(api: api, routes: try #require(kept.all.first), looked: looked))
        }
    }

    private static func routes(_ store: Store, _ client: LagoClient, _ looked: Record<String>) -> [APIRoute] {
        let finder = SubscriptionFinder(store: store, client: client, now: Self.now)
        let usage = UsageRoutes(
            store: store,
            client: client,
            finder: finder,
            forwarded: { customers in for customer in customers { looked.add(customer.rawValue) } },
            metrics: PrometheusRegistry(),
            now: Self.now
        )
        let reads = LagoReads(client: client, store: store, logger: quietLogger, now: Self.now)
        return usage.routes + UsageReadRoutes(reads: reads, finder: finder, now: Self.now).routes
    }

    func post(_ json: String, query: String = "") async throws -> TransferResponse {
        try await self.api.call("POST", "/usage\(query)", json: json)
    }

    /// The details of a 422.
    func problems(_ json: String) async throws -> [String: [String]] {
        let answer = try await self.post(json)
        #expect(answer.status == 422, "\(String(decoding: answer.body, as: UTF8.self))")
        return try #require(try answer.object["error_details"] as? [String: [String]])
    }

    /// What waits, as Lago is to have it.
    func waiting() async throws -> [String] {
        try await self.store.waitingUsage(limit: 1000).map { String(decoding: $0.json, as: UTF8.self) }
    }

    /// A call by a customer, as the gate hands it on.
    func ask(_ path: String, _ query: [(String, String)], as customer: String) async throws -> APIAnswer {
        let route = try #require(self.routes.first { $0.method == .get && $0.path == "/api/lago\(path)" })
        #expect(route.access == .customers)
        return try await route.respond(
            APICall(
                principal: .customer(CustomerID(rawValue: customer)),
                method: .get,
                path: route.path,
                parameters: [:],
                query: APIQuery(query),
                headers: [:],
                body: [],
                intent: UUID().uuidString
            )
        )
    }
}

extension TransferResponse {
    var text: String { String(decoding: self.body, as: UTF8.self) }
}
