import Foundation
import Sandbox
import Synchronization
import TestSupport
import Testing

/// A purchase by the API whose process is killed on the way: whoever asks again gets that one, and no second.
@Suite(.timeLimit(.minutes(10))) struct PurchaseKillTests {
    private static let key = "server-key-0123456789abcdef"

    /// The steps of a purchase, each known by what Lago is asked for.
    private enum Step: String, CaseIterable {
        /// The wallet is looked up; nothing is written down.
        case wallet
        /// Written down, and looked for at Lago.
        case lookUp
        /// Lago has the request, and has done nothing.
        case request
        /// It is done, and the answer has not left.
        case effect
        /// It is bought, and read for the caller.
        case receipt
        /// The page where it is paid is asked for.
        case page

        func matches(_ request: PassingRequest) -> Bool {
            let moment = request.moment
            let (method, path) = (request.method, request.path)
            return switch self {
            case .wallet: moment == .beforeEffect && path == "/wallets"
            case .lookUp: moment == .beforeEffect && method == "GET" && request.query.contains("sluice_id")
            case .request: moment == .beforeEffect && method == "POST" && path == "/wallet_transactions"
            case .effect: moment == .afterEffect && method == "POST" && path == "/wallet_transactions"
            case .receipt: moment == .beforeEffect && method == "GET" && path.hasPrefix("/wallet_transactions/")
            case .page: moment == .beforeEffect && path.hasSuffix("/payment_url")
            }
        }
    }

    /// Every step, with a key and without one.
    private static let purchases = Step.allCases.flatMap { step in [true, false].map { (step: step, hasKey: $0) } }

    @Test func `a purchase is one, at whichever step the service is killed`() async throws {
        try await SandboxPeer.running {
            $0.customers = SandboxPeer.customers(Self.purchases.count)
        } body: { lago in
            let home = try SluiceHome(
                lago.settings.merging(
                    ["API_KEYS": Self.key, "TOP_UP_LOOKUP_GRACE": "1s", "LAGO_MAX_REQUESTS_PER_SECOND": "1000"]
                ) { $1 }
            )
            for (index, purchase) in Self.purchases.enumerated() {
                let sluice = try home.start(["serve"])
                let api = APIPeer(port: try await sluice.port(), token: Self.key)
                let isStruck = Mutex(false)
                lago.sandbox.onRequest = { request in
                    guard purchase.step.matches(request), !isStruck.withLock({ $0 }) else { return .goOn }
                    isStruck.withLock { $0 = true }
                    sluice.signal(SIGKILL)
                    _ = try? await sluice.ending()
                    return .goOn
                }
                try await sluice.while {
                    let answer = try? await Self.buy(index, api)
                    #expect(answer == nil && isStruck.withLock { $0 }, "\(purchase.step)")
                    _ = try await sluice.ending()
                }
            }
            lago.sandbox.onRequest = nil
            try await home.serving { sluice in
                let api = APIPeer(port: try await sluice.port(), token: Self.key)
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for index in Self.purchases.indices { group.addTask { try await Self.insist(index, api) } }
                    try await group.waitForAll()
                }
            }
            for index in Self.purchases.indices {
                let wallet = try #require(lago.sandbox.wallets(of: "cust_\(index + 1)").first).id
                let bought = lago.sandbox.purchases.filter { $0.walletID == wallet }
                #expect(bought.map(\.credits.description) == ["\(index + 1).0"], "\(Self.purchases[index])")
            }
        }
    }

    private static func buy(_ index: Int, _ api: APIPeer) async throws -> HTTPAnswer? {
        try await api.call(
            "POST",
            "wallets",
            #"{"external_customer_id":"cust_\#(index + 1)","paid_credits":"\#(index + 1)"}"#,
            headers: self.purchases[index].hasKey ? [("Idempotency-Key", "purchase-\(index)")] : []
        )
    }

    /// Asks again until there is an answer, as the error says one should; then once more.
    private static func insist(_ index: Int, _ api: APIPeer) async throws {
        var first: HTTPAnswer?
        let isAnswered = try await eventually(within: .seconds(240)) {
            first = try await Self.buy(index, api)
            return first?.status == 200
        }
        try #require(isAnswered, "\(first?.text ?? "no answer")")
        let again = try #require(try await Self.buy(index, api))
        #expect(again.status == 200 && again.body == first?.body && again.header("Idempotent-Replayed") == "true")
    }
}
