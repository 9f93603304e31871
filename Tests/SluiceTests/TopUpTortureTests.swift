import Foundation
import LagoEvents
import Money
import Sandbox
import Store
import TestSupport
import Testing

/// The promise about top-ups: an account that is low is charged, and once, whatever happens to the process and to its
/// requests.
@Suite(.timeLimit(.minutes(60))) struct TopUpTortureTests {
    /// `TORTURE_ROUNDS` of `make torture` are for the receiving half; a tenth of them take as long here.
    private static let rounds = max(
        20,
        (ProcessInfo.processInfo.environment["TORTURE_ROUNDS"].flatMap(Int.init) ?? 0) / 10
    )
    private static let perRound = 2

    @Test func `every low account is charged once through kill after kill`() async throws {
        let customers = (1...Self.rounds * Self.perRound).map { "cust_\($0)" }
        try await SandboxPeer.running {
            $0.payments = .succeed
            $0.customers = SandboxPeer.customers(customers.count)
        } body: { lago in
            let home = try SluiceHome(lago.settings.merging(Self.settings) { $1 })
            try await home.serving { _ in
                try #require(
                    try await eventually(within: .seconds(120)) { try await Self.areAllSeen(home, customers) }
                )
            }
            lago.sandbox.faults.only = "/wallet_transactions"
            lago.sandbox.faults.heldFor = .milliseconds(800)
            (lago.sandbox.faults.heldRequest, lago.sandbox.faults.closedAfterEffect) = (
                .init(rate: 0.2), .init(rate: 0.2)
            )
            for round in 0..<Self.rounds {
                let share = customers[round * Self.perRound..<(round + 1) * Self.perRound]
                try await Self.round(home, lago, spending: Array(share))
            }
            try await home.serving { sluice in
                try lago.sandbox.endpoint(at: try await sluice.port())
                for id in customers { try lago.sandbox.emit(.walletUpdated, customer: id) }
                // A request that was under way when its process died is in doubt for a minute.
                let arePaid = try await eventually(within: .seconds(240)) {
                    try await home.rows("top-ups", "list", "--state", "settled", "--limit", "1000").count
                        == customers.count
                }
                let rows = try await home.rows("top-ups", "list", "--limit", "1000")
                #expect(arePaid, "\(rows.filter { $0["state"] as? String != "settled" })")
            }
            for id in customers {
                let wallet = try #require(lago.sandbox.wallets(of: id).first)
                #expect(wallet.creditsBalance == FixedDecimal("150.0"), "\(id)")
                #expect(lago.sandbox.invoiceIDs(of: id).count == 1, "\(id)")
            }
            let sent = lago.sandbox.requestCount("/wallet_transactions", method: "POST")
            print("top-ups through kills: rounds \(Self.rounds), due \(customers.count), requests \(sent)")
        }
    }

    private static let settings = [
        "AUTO_TOP_UP": "on", "AUTO_TOP_UP_DEFAULT": "all", "AUTO_TOP_UP_THRESHOLD": "20", "AUTO_TOP_UP_CREDITS": "50",
        "AUTO_TOP_UP_MAX_PER_MONTH": "500 EUR", "TOP_UP_LOOKUP_GRACE": "2s", "BALANCE_DEBOUNCE": "0s",
        "LAGO_MAX_REQUESTS_PER_SECOND": "1000", "LOG_LEVEL": "notice",
    ]

    private static func areAllSeen(_ home: SluiceHome, _ customers: [String]) async throws -> Bool {
        let store = try Store(path: home.storePath, access: .command)
        defer { Task { try await store.close() } }
        for id in customers where try await store.balances(of: CustomerID(rawValue: id)).isEmpty { return false }
        return true
    }

    /// Starts the service, lets some customers run low, and kills it somewhere on the way to their credits.
    private static func round(_ home: SluiceHome, _ lago: SandboxPeer, spending customers: [String]) async throws {
        let sluice = try home.start(["serve"])
        try await sluice.while {
            try lago.sandbox.endpoint(at: try await sluice.port())
            for id in customers {
                try lago.sandbox.recordUsage(customer: id, units: "850")
                try lago.sandbox.emit(.walletUpdated, customer: id)
            }
            // The moment of death is what the test varies.
            try await Task.sleep(for: .milliseconds(.random(in: 5...400)))
            sluice.signal(SIGKILL)
            let ending = try await sluice.ending()
            #expect(ending.isBySignal && ending.code == SIGKILL, "\(ending.errors)")
        }
    }
}

extension Sandbox {
    /// Sends all webhooks to a server that has come up on another port.
    fileprivate func endpoint(at port: Int) throws {
        self.removeEndpoints()
        _ = try self.addEndpoint(url: "http://127.0.0.1:\(port)/webhooks/lago")
    }
}
