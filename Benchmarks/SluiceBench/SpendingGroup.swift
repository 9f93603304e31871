import Foundation
import LagoEvents
import Sandbox
import Store

/// Customers who spend most of what they have, and whose wallets' webhooks say so.
struct SpendingGroup {
    let name: String
    let customers: [String]
    /// Between two customers.
    let pause: Duration

    /// Some that come one by one, so that none waits for another, and many that come at once.
    static let all = [
        SpendingGroup(name: "one by one", count: 20, pause: .milliseconds(250)),
        SpendingGroup(name: "at once", count: 200, pause: .zero),
    ]

    private init(name: String, count: Int, pause: Duration) {
        self.name = name
        self.customers = (0..<count).map { "\(name) \($0)" }
        self.pause = pause
    }

    /// Returns once each account was read: that arms its thresholds.
    func waitForFirstLook(_ store: Store) async throws {
        for customer in self.customers {
            try await waiting(upTo: .seconds(60), for: "the first look at \(customer)") {
                try await !store.balances(of: CustomerID(rawValue: customer)).isEmpty
            }
        }
    }

    /// Takes the wallets of 100 credits down to 15, and sends the webhooks; returns when, in seconds since 1970.
    func spend(at lago: Lago) async throws -> [String: Double] {
        var reported: [String: Double] = [:]
        for customer in self.customers {
            // 850 units at 0.1 leave 15 credits of 100: below a threshold of 20.
            try lago.sandbox.recordUsage(customer: customer, units: "850")
            reported[customer] = Date().timeIntervalSince1970
            try lago.sandbox.emit(.walletUpdated, customer: customer)
            try await Task.sleep(for: self.pause)
        }
        return reported
    }

    /// - Parameter times: seconds, at least one.
    func print(_ what: String, _ times: [Double]) {
        let times = times.sorted()
        Swift.print(
            String(
                format: "%@, %d customers %@, debounce 2 s: p50 %.2f s, p99 %.2f s, worst %.2f s",
                what,
                times.count,
                self.name,
                times[times.count / 2],
                times[times.count * 99 / 100],
                times[times.count - 1]
            )
        )
    }
}

/// Runs `sluice serve`, with webhooks from `lago`, until `body` returns.
func withSpendingServer(
    folder: URL,
    _ lago: Lago,
    _ settings: [String: String],
    _ body: (Store) async throws -> Void
) async throws {
    let environment = lago.environment.merging(settings) { $1 }
        .merging(["LAGO_WEBHOOK_HMAC_KEY": lago.sandbox.keys.hmac]) { $1 }
    let server = try ServerUnderTest(folder: folder, environment: environment)
    try await server.start()
    defer { server.stop() }
    try lago.sandbox.addEndpoint(url: "http://127.0.0.1:\(server.port)/webhooks/lago", algorithm: .hmac)
    let store = try Store(path: folder.appending(path: "sluice.db").path, access: .command)
    try await body(store)
    try await store.close()
}
