import Foundation
import Money
import Synchronization
import Testing

@testable import Sandbox

@Suite(.serialized)
struct LifeTests {
    /// What the demo's default pace makes of a second.
    private static let stepsPerSecond = 2

    /// A sandbox that does not run, with a life whose steps the test takes.
    private func life(seed: UInt64) throws -> (Sandbox, Life) {
        var configuration = SandboxConfiguration()
        configuration.rsaKey = try rsaKey.get()
        configuration.now = { Date(timeIntervalSince1970: 1_786_528_800) }
        let sandbox = try Sandbox(configuration: configuration, logger: quiet)
        try sandbox.addEndpoint(url: "http://127.0.0.1:1/", algorithm: .hmac)
        let dice = Dice(seed: seed)
        let life = Life(
            webhooks: sandbox.webhooks,
            perSecond: Double(Self.stepsPerSecond),
            now: configuration.now,
            random: { dice.roll() }
        )
        return (sandbox, life)
    }

    private final class Dice: Sendable {
        private let state: Mutex<SplitMix>

        init(seed: UInt64) { self.state = Mutex(SplitMix(state: seed)) }

        func roll() -> Double { self.state.withLock { Double($0.next() >> 11) / 9_007_199_254_740_992 } }
    }

    private func liveCents(_ sandbox: Sandbox, _ customer: String) throws -> Int64 {
        try sandbox.model.withLock { state in
            state.liveCents(of: try state.customer(externalID: customer), at: sandbox.now)
        }
    }

    @Test(arguments: 1...4)
    func `one customer runs dry within a minute`(seed: UInt64) throws {
        let (sandbox, life) = try self.life(seed: seed)
        var memory = Life.Memory()
        var reached: [Int64: Int] = [:]
        for step in 1...(70 * Self.stepsPerSecond) {
            life.happen(&memory)
            let live = try self.liveCents(sandbox, "cust_borealis")
            for threshold: Int64 in [2_000, 500, 0] where live <= threshold && reached[threshold] == nil {
                reached[threshold] = step / Self.stepsPerSecond
            }
        }
        let (twenty, five, none) = (reached[2_000] ?? .max, reached[500] ?? .max, reached[0] ?? .max)
        #expect((12...34).contains(twenty) && five <= 52 && none <= 68)
        #expect(twenty < five && five <= none)
    }

    @Test(arguments: 1...4)
    func `only who cannot be charged is given credits`(seed: UInt64) throws {
        let (sandbox, life) = try self.life(seed: seed)
        try sandbox.void("4500.0", wallet: try #require(sandbox.wallets(of: "cust_tanuki").first).id)
        var memory = Life.Memory()
        for _ in 1...(70 * Self.stepsPerSecond) { life.happen(&memory) }
        #expect(try self.liveCents(sandbox, "cust_tanuki") > 5_000)
        #expect(try self.liveCents(sandbox, "cust_marisol") < 1_000)
        #expect(sandbox.deliveries.contains { $0.webhookType == "wallet_transaction.created" })
    }

    @Test func `who was declined pays by the link a minute later`() throws {
        let (sandbox, life) = try self.life(seed: 7)
        sandbox.setPayments(.decline)
        let wallet = try #require(sandbox.wallets(of: "cust_marisol").first)
        let purchase = try sandbox.purchase("100", wallet: wallet.id)
        let invoice = try #require(sandbox.invoiceIDs(of: "cust_marisol").first)
        var memory = Life.Memory()
        for _ in 1...(60 * Self.stepsPerSecond) { life.happen(&memory) }
        #expect(sandbox.charges(of: "cust_marisol").isEmpty)
        life.happen(&memory)
        #expect(sandbox.charges(of: "cust_marisol").map(\.how) == [.link])
        let status = sandbox.model.withLock { $0.transactions.row(id: purchase)?.status }
        #expect(status == .settled)
    }

    @Test func `usage says nothing, an export paid in advance names the customer`() throws {
        let (sandbox, life) = try self.life(seed: 4)
        var memory = Life.Memory()
        for _ in 1...100 {
            let known = sandbox.deliveries.count
            let events = sandbox.model.withLock { $0.usage.events.count }
            life.happen(&memory)
            let types = sandbox.deliveries.dropFirst(known).map(\.webhookType)
            let event = sandbox.model.withLock { $0.usage.events.dropFirst(events).last }
            if event?.code == SandboxState.standardMetric {
                #expect(
                    Set(types).isSubset(of: [
                        "wallet_transaction.created", "wallet.updated", "wallet.depleted_ongoing_balance",
                    ])
                )
            } else if event != nil {
                #expect(types.starts(with: ["fee.created"]))
            }
        }
        #expect(sandbox.deliveries.contains { $0.webhookType == "fee.created" })
    }
}
