import Foundation
import LagoEvents
import Sandbox
import Signatures
import Store

/// From the webhook that takes an account over its threshold to Lago having the transaction that tops it up.
///
/// All of `serve --role all` is in it: the debounce of two seconds, the look, the comparison of Lago's transactions with
/// ours, the decision, the intent on disk, the request on a connection of its own, and its answer on disk.
struct TopUpLatencyBench {
    let folder: URL

    private static let settings = [
        "AUTO_TOP_UP": "on", "AUTO_TOP_UP_DEFAULT": "all", "AUTO_TOP_UP_THRESHOLD": "20", "AUTO_TOP_UP_CREDITS": "50",
        "AUTO_TOP_UP_MAX_PER_MONTH": "500 EUR",
    ]

    func run() async throws {
        try FileManager.default.createDirectory(at: self.folder, withIntermediateDirectories: true)
        try await withLago(try RSAPrivateKey()) { lago in
            lago.sandbox.addCustomers(
                SpendingGroup.all.flatMap(\.customers).map { customer in
                    .init(externalID: customer, name: customer, email: nil, credits: "100")
                }
            )
            try await withSpendingServer(folder: self.folder, lago, Self.settings) { store in
                for group in SpendingGroup.all { try await group.waitForFirstLook(store) }
                for group in SpendingGroup.all { try await self.measure(group, lago, store) }
            }
        }
    }

    private func measure(_ group: SpendingGroup, _ lago: Lago, _ store: Store) async throws {
        lago.sandbox.forgetRequests()
        async let arrivals = self.arrivals(group, store)
        let reported = try await group.spend(at: lago)
        let times = try await arrivals.compactMap { customer, at in reported[customer].map { at - $0 } }
        group.print("webhook to Lago's transaction", times)
        print("  \(lago.sandbox.requestCount() / times.count) requests to Lago for each")
    }

    /// When each top-up was known to be at Lago, in seconds since 1970: a little after it was.
    private func arrivals(_ group: SpendingGroup, _ store: Store) async throws -> [String: Double] {
        var arrivals: [String: Double] = [:]
        let expected = Set(group.customers)
        try await waiting(upTo: .seconds(120), for: "the top-ups of those who come \(group.name)") {
            let topUps = try await store.topUps(TopUpFilter(origin: "automatic"), limit: .max)
            let now = Date().timeIntervalSince1970
            for topUp in topUps where topUp.transactionID != nil && expected.contains(topUp.customer.rawValue) {
                if arrivals[topUp.customer.rawValue] == nil { arrivals[topUp.customer.rawValue] = now }
            }
            return arrivals.count == expected.count
        }
        return arrivals
    }
}
