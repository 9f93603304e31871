import Foundation
import Money
import Sandbox
import Store
import Synchronization
import TestSupport
import Testing
import Transport

/// People who click twice.
@Suite(.timeLimit(.minutes(5))) struct DoubleClickTests {
    private static let customers = 100
    private static let clicks = 10

    /// One of the 1,000 purchases; each customer buys each amount once.
    private struct Click: Sendable {
        let customer: Int
        let number: Int

        var credits: Int { self.number + 1 }
        var isTopUp: Bool { self.number.isMultiple(of: 2) }
        var key: String? { self.number % 3 == 0 ? "\(self.customer)-\(self.number)" : nil }
        /// Lago's first answer is lost, for one half of them; for some of the others, ours.
        var losesLagosAnswer: Bool { (self.customer + self.number).isMultiple(of: 2) }
        var goesAway: Bool { !self.losesLagosAnswer && self.customer.isMultiple(of: 3) }
    }

    @Test func `a thousand double clicks are a thousand purchases, though every second answer is lost`() async throws {
        try await PurchaseWorld.running {
            $0.customers = SandboxPeer.customers(Self.customers)
            $0.payments = .succeed
        } body: { world in
            let wallets = try (1...Self.customers).map { try world.wallet(of: "cust_\($0)") }
            let lost = Mutex<Set<String>>([])
            world.sandbox.onRequest = { request in
                guard request.isPurchase(.afterEffect), let click = Self.click(in: request.body, wallets),
                    click.losesLagosAnswer
                else { return .goOn }
                return lost.withLock { $0.insert("\(click)").inserted } ? .lost : .goOn
            }
            let all = (0..<Self.clicks).flatMap { number in
                (1...Self.customers).map { Click(customer: $0, number: number) }
            }
            try await withThrowingTaskGroup(of: Void.self) { group in
                for (index, click) in all.enumerated() {
                    if index >= 100 { try await group.next() }
                    group.addTask { try await Self.carryOut(click, in: world, wallets) }
                }
                try await group.waitForAll()
            }
            #expect(lost.withLock { $0.count } == all.count / 2)
            let bought = world.sandbox.purchases.map { "\($0.walletID) \($0.credits)" }.sorted()
            let wanted = all.map { "\(wallets[$0.customer - 1]) \($0.credits).0" }.sorted()
            #expect(bought == wanted)
        }
    }

    private static func click(in body: String, _ wallets: [String]) -> Click? {
        let json = try? JSONSerialization.jsonObject(with: Data(body.utf8)) as? [String: [String: Any]]
        guard let input = json?["wallet_transaction"], let credits = input["paid_credits"] as? String,
            let number = Double(credits), let index = wallets.firstIndex(of: input["wallet_id"] as? String ?? "")
        else { return nil }
        return Click(customer: index + 1, number: Int(number) - 1)
    }

    /// Both at once, and again until there is an answer: as an application that tries again.
    private static func carryOut(_ click: Click, in world: PurchaseWorld, _ wallets: [String]) async throws {
        let buy: @Sendable () async throws -> TransferResponse = {
            let wallet = wallets[click.customer - 1]
            return click.isTopUp
                ? try await world.topUp(#"{"wallet_id":"\#(wallet)","paid_credits":\#(click.credits)}"#, key: click.key)
                : try await world.buy(
                    #"{"external_customer_id":"cust_\#(click.customer)","paid_credits":"\#(click.credits)"}"#,
                    key: click.key
                )
        }
        let first = Task { try await buy() }
        if click.goesAway {
            try await Task.sleep(for: .milliseconds(click.customer))
            first.cancel()
        }
        let second = try await Self.answered(buy)
        let other = try? await first.value
        #expect(second.status == 200, "\(second.text)")
        guard let other, other.status == 200 else { return }
        #expect(try Self.transaction(other) == Self.transaction(second))
    }

    private static func answered(_ buy: () async throws -> TransferResponse) async throws -> TransferResponse {
        while true {
            let answer = try await buy()
            guard [409, 502, 504].contains(answer.status) else { return answer }
            try await Task.sleep(for: .milliseconds(50))
        }
    }

    private static func transaction(_ answer: TransferResponse) throws -> String? {
        (try answer.object["wallet_transaction"] as? [String: Any])?["lago_id"] as? String
    }
}
