import LagoEvents
import Proxy
import Receiver
import Rules
import Store
import TestSupport
import Testing

/// The stream of balances over a socket, with its feed at work.
struct StreamWorld {
    let api: APIWorld
    let feed: BalanceFeed
    let stream: BalanceStream

    var store: Store { self.api.store }

    /// Nothing is polled for and no heart beats unless a test asks for it.
    static var still: BalanceFeed.Pace {
        var pace = BalanceFeed.Pace()
        (pace.poll, pace.heartbeat) = (.seconds(3600), .seconds(72_000))
        return pace
    }

    static func running(
        pace: BalanceFeed.Pace = Self.still,
        ofCustomer: Int = 8,
        inAll: Int = 100,
        limits: ConnectionLimits = .standard,
        validity: Duration? = nil,
        doorway: Doorway = Doorway(),
        body: (StreamWorld) async throws -> Void
    ) async throws {
        let made = Record<(BalanceFeed, BalanceStream)>()
        var places = BalanceFeed.Limits()
        (places.ofCustomer, places.inAll) = (ofCustomer, inAll)
        let allowed = places
        try await APIWorld.running(
            limits: limits,
            doorway: doorway,
            routes: { store, client in
                let balances = AccountBalances(store: store, policy: try ThresholdPolicy("20,5,0"))
                let feed = BalanceFeed(
                    store: store,
                    balances: balances,
                    pace: pace,
                    limits: allowed,
                    logger: quietLogger
                )
                let stream = BalanceStream(feed: feed, balances: balances, store: store, client: client) { call in
                    validity ?? call.validity(at: APIWorld.now())
                }
                made.add((feed, stream))
                return [stream.route]
            },
            body: { api in
                let (feed, stream) = try #require(made.all.first)
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask { await feed.run() }
                    defer { group.cancelAll() }
                    try await body(StreamWorld(api: api, feed: feed, stream: stream))
                }
            }
        )
    }

    /// Commits a balance, in this process or, with a store of its own, as if in another.
    func save(_ credits: String, of customer: String = "c", account: String = "EUR", by store: Store? = nil)
        async throws
    {
        let reading = BalanceReading.of(CustomerID(rawValue: customer), credits, account: account)
        try await (store ?? self.store).write { try $0.save(reading) }
    }

    /// Listens while `body` runs.
    func listening(
        to customer: String = "c",
        query: String = "",
        headers: [(name: String, value: String)] = [],
        token: String = APIWorld.key,
        body: (EventReader) async throws -> Void
    ) async throws {
        try await TCPClient.connected(to: self.api.port) { connection in
            let query = "?external_customer_id=\(customer)\(query)"
            try await body(try await EventReader(connection, query: query, headers: headers, token: token))
        }
    }
}
