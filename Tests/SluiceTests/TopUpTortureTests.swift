import Foundation
import Money
import Sandbox
import Store
import TestSupport
import Testing

/// The promise about top-ups: an account that is low is charged, and once, whatever happens to the process and to its
/// requests.
@Suite(.timeLimit(.minutes(60))) struct TopUpTortureTests {
    private static let rounds = ProcessInfo.processInfo.environment["TORTURE_ROUNDS"].flatMap(Int.init) ?? 100

    @Test func `every low account is charged once, at whichever step the service is killed`() async throws {
        let start = ContinuousClock.now
        // Those in doubt after their process died have to wait for a minute: they come first.
        let steps = Self.steps
        let customers = (1...steps.count).map { "cust_\($0)" }
        try await SandboxPeer.running {
            $0.payments = .succeed
            $0.customers = SandboxPeer.customers(customers.count)
        } body: { lago in
            let home = try SluiceHome(lago.settings.merging(Self.settings) { $1 })
            try await home.serving { _ in
                try #require(
                    try await eventually(within: .seconds(240)) { try await home.hasSeen(customers) }
                )
            }
            let ambush = TopUpAmbush(lago.sandbox)
            lago.sandbox.onRequest = { await ambush.meet($0) }
            (lago.sandbox.faults.duplicatedWebhook, lago.sandbox.faults.reorderedWebhook) = (
                .init(rate: 0.2), .init(rate: 0.2)
            )
            for (step, customer) in zip(steps, customers) where !step.isInDoubt {
                try Self.lay(ambush, at: step, customer, lago)
                try await Self.round(home, lago, ambush, waking: [customer])
            }
            let doubtful = zip(steps, customers).filter(\.0.isInDoubt)
            for (step, customer) in doubtful { try Self.lay(ambush, at: step, customer, lago) }
            for _ in doubtful where !ambush.isOver {
                try await Self.round(home, lago, ambush, waking: doubtful.map(\.1))
            }
            #expect(ambush.isOver)
            lago.sandbox.faults.droppedWebhook = .init(rate: 0.5)
            try await Self.settle(home, lago, customers)
            let intents = try await Self.check(home, lago, customers)
            let kills = TopUpAmbush.Step.allCases.map { "\($0.rawValue) \(ambush.kills[$0, default: 0])" }
            let requests = lago.sandbox.requestCount("/wallet_transactions", method: "POST")
            print(
                "top-ups through kills: \(ambush.kills.values.reduce(0, +)) (\(kills.joined(separator: ", "))), "
                    + "due \(customers.count), intents \(intents), requests \(requests), "
                    + "transactions \(lago.sandbox.purchases.count), "
                    + "seconds \(Int((ContinuousClock.now - start) / .seconds(1)))"
            )
        }
    }

    /// One in eight of them waits for look-ups, which take their time.
    private static let steps: [TopUpAmbush.Step] = {
        let (slow, quick) = (TopUpAmbush.Step.allCases.filter(\.isInDoubt), TopUpAmbush.Step.allCases.prefix(7))
        let doubtful = (0..<max(4, rounds / 8)).map { slow[$0 % slow.count] }
        let others = (0..<max(1, rounds - doubtful.count)).map { quick[$0 % quick.count] }
        // Those that die with a request under way are in doubt for a minute: they come first.
        let isEarly: (TopUpAmbush.Step) -> Bool = { [.request, .effect, .answer].contains($0) }
        return others.filter(isEarly) + others.filter { !isEarly($0) } + doubtful
    }()

    private static let settings = [
        "AUTO_TOP_UP": "on", "AUTO_TOP_UP_DEFAULT": "all", "AUTO_TOP_UP_THRESHOLD": "20", "AUTO_TOP_UP_CREDITS": "50",
        "AUTO_TOP_UP_MAX_PER_MONTH": "500 EUR", "TOP_UP_LOOKUP_GRACE": "2s", "BALANCE_DEBOUNCE": "0s",
        "LAGO_MAX_REQUESTS_PER_SECOND": "1000", "LOG_LEVEL": "notice",
    ]

    /// Takes a customer's credits, and lies in wait for what follows.
    private static func lay(
        _ ambush: TopUpAmbush,
        at step: TopUpAmbush.Step,
        _ customer: String,
        _ lago: SandboxPeer
    ) throws {
        let wallet = try #require(lago.sandbox.wallets(of: customer).first).id
        try lago.sandbox.recordUsage(customer: customer, units: "850")
        ambush.lay(at: step, customer: customer, wallet: wallet)
    }

    /// Starts the service, which the ambush kills on the way to the customers' credits.
    private static func round(
        _ home: SluiceHome,
        _ lago: SandboxPeer,
        _ ambush: TopUpAmbush,
        waking customers: [String]
    ) async throws {
        let sluice = try home.start(["serve"])
        ambush.watch(sluice)
        try await sluice.while {
            // It may die before it listens: what it left undone comes first.
            if let port = try? await sluice.port() { try lago.sandbox.endpoint(at: port) }
            for id in customers { try lago.sandbox.emit(.walletUpdated, customer: id) }
            let ending = try await sluice.ending(within: .seconds(60))
            #expect(ending.isBySignal && ending.code == SIGKILL, "\(ending.errors)")
        }
    }

    /// Lets the service run until all is paid.
    private static func settle(_ home: SluiceHome, _ lago: SandboxPeer, _ customers: [String]) async throws {
        try await home.serving { sluice in
            try lago.sandbox.endpoint(at: try await sluice.port())
            for id in customers { try lago.sandbox.emit(.walletUpdated, customer: id) }
            let store = try Store(path: home.storePath, access: .command)
            // A request that was under way when its process died is in doubt for a minute.
            let arePaid = try await eventually(within: .seconds(240)) {
                try await store.topUpCounts()["settled"] == customers.count
            }
            let counts = try await store.topUpCounts()
            #expect(arePaid, "\(counts)")
            try await store.close()
        }
    }

    /// Returns how many intents there were.
    private static func check(_ home: SluiceHome, _ lago: SandboxPeer, _ customers: [String]) async throws -> Int {
        let purchases = lago.sandbox.purchases
        let ids = purchases.compactMap { $0.metadata["sluice_id"] }
        #expect(ids.count == purchases.count && Set(ids).count == ids.count, "an intent is at Lago twice")
        for id in customers {
            let wallet = try #require(lago.sandbox.wallets(of: id).first)
            #expect(purchases.count { $0.walletID == wallet.id } == 1, "\(id)")
            #expect(wallet.creditsBalance == FixedDecimal("150.0"), "\(id)")
            #expect(lago.sandbox.invoiceIDs(of: id).count == 1, "\(id)")
        }
        let intents = try await home.store { try await $0.topUps(limit: .max) }
        #expect(Set(intents.filter { $0.state == "settled" }.map(\.id)) == Set(ids))
        return intents.count
    }

    @Test func `a request that a proxy holds for a minute is found, with the grace as it is by default`() async throws {
        try await SandboxPeer.running {
            $0.payments = .succeed
            $0.customers = [.init(externalID: "c", name: "Ada", email: nil, credits: "15")]
        } body: { lago in
            lago.sandbox.onRequest = { request in
                let isPurchase = request.method == "POST" && request.path == "/wallet_transactions"
                return isPurchase && request.moment == .beforeEffect ? .held(.seconds(58)) : .goOn
            }
            var home = try SluiceHome(lago.settings.merging(Self.settings) { $1 })
            home.settings["TOP_UP_LOOKUP_GRACE"] = nil
            try await home.serving { _ in
                let isInDoubt = try await eventually(within: .seconds(60)) {
                    lago.sandbox.requestCount("/wallet_transactions", method: "POST") == 1
                }
                try #require(isInDoubt)
                let isPaid = await eventually(within: .seconds(240)) {
                    lago.sandbox.purchases.map(\.status) == ["settled"]
                }
                #expect(isPaid)
                let isKnown = try await eventually(within: .seconds(120)) {
                    try await home.rows("top-ups", "list").map { $0["state"] as? String } == ["settled"]
                }
                #expect(isKnown)
            }
            #expect(lago.sandbox.requestCount("/wallet_transactions", method: "POST") == 1)
            #expect(lago.sandbox.purchases.count == 1)
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
