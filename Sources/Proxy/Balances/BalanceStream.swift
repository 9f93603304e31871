private import HTTPTypes
private import Hummingbird
package import LagoAPI
package import LagoEvents
private import NIOCore
package import Store

/// `GET /api/lago/wallets/stream`: a customer's live balance as server-sent events, from the present one on.
///
/// - Shape: `id: 42`, `event: balance`, and as data one line:
///   `{"external_customer_id":"user_1","accounts":[{"account":"USD","currency":"USD","live_credits_balance":"18.0",
///   "live_balance_cents":1800,"status_level":"low","runs_out_at":null,"balance_as_of":"2026-01-02T03:04:05.678Z"}]}`.
///   A client that names the id it has in `Last-Event-ID`, or in `last_event_id`, is told of what came since.
package struct BalanceStream: Sendable {
    private static let lastEventID = HTTPField.Name("Last-Event-ID")
    private static let buffering = HTTPField.Name("X-Accel-Buffering")
    /// Clients that lose the stream come back after three seconds.
    private static let greeting = ByteBuffer(string: "retry: 3000\n\n")

    private let feed: BalanceFeed
    private let balances: AccountBalances
    private let store: Store
    private let client: LagoClient?
    private let validity: @Sendable (APICall) -> Duration?

    /// - Parameters:
    ///   - client: nil while Lago is not configured.
    ///   - validity: how much longer the caller's token holds: the stream ends with it, at most a heartbeat late; nil where
    ///     nothing expires.
    package init(
        feed: BalanceFeed,
        balances: AccountBalances,
        store: Store,
        client: LagoClient?,
        validity: @escaping @Sendable (APICall) -> Duration? = { _ in nil }
    ) {
        self.feed = feed
        self.balances = balances
        self.store = store
        self.client = client
        self.validity = validity
    }

    package var route: APIRoute {
        APIRoute(.get, "/wallets/stream", for: .customers) { try await self.respond($0) }
    }

    private func respond(_ call: APICall) async throws -> APIAnswer {
        guard let client = self.client else { throw APIFailure.notConfigured }
        try call.query.allow(["external_customer_id", "last_event_id"])
        let customer = try call.customer(call.query["external_customer_id"])
        // Listening comes first: what is committed while the present balance is read is told as well.
        let place = Place(try self.feed.join(customer, for: self.validity(call)), feed: self.feed)
        let present = try await self.balances.standing(of: customer)
        if present.revision == 0 { try await self.checkExists(customer, client) }
        let known = Self.lastEventID.flatMap { call.headers[$0] } ?? call.query["last_event_id"]
        if known == "\(present.revision)" {
            place.listener.skip(to: present.revision)
        } else {
            place.listener.offer(BalanceEvent(present))
        }
        var headers: HTTPFields = [.contentType: "text/event-stream", .cacheControl: "no-store"]
        if let name = Self.buffering { headers[name] = "no" }
        return APIAnswer(status: .ok, headers: headers, body: .stream(Self.body(place)))
    }

    /// - Throws: `LagoError.notFound` with `customer_not_found`.
    private func checkExists(_ customer: CustomerID, _ client: LagoClient) async throws {
        guard try await self.store.customer(customer) == nil else { return }
        _ = try await client.customer(externalID: customer.rawValue)
    }

    private static func body(_ place: Place) -> ResponseBody {
        ResponseBody { writer in
            defer { place.leave() }
            try await writer.write(Self.greeting)
            while let bytes = await place.listener.next() { try await writer.write(bytes) }
            try await writer.finish(nil)
        }
    }

    /// A listener's place among those of its customer, given up at the stream's end, also where none came to be.
    private final class Place: Sendable {
        let listener: BalanceListener
        private let feed: BalanceFeed

        init(_ listener: BalanceListener, feed: BalanceFeed) {
            self.listener = listener
            self.feed = feed
        }

        func leave() { self.feed.leave(self.listener) }

        deinit { self.leave() }
    }
}
