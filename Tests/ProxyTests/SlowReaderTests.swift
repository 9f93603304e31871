import Foundation
import LagoEvents
import NIOCore
import Proxy
import Receiver
import Store
import TestSupport
import Testing

/// Clients that do not read what they asked for.
@Suite(.timeLimit(.minutes(2))) struct SlowReaderTests {
    /// Ids so long that events have 40 KB: a few hundred of them are more than two sockets hold.
    private static let wallets = (1...8).map { "wallet-\($0)-" + String(repeating: "x", count: 5000) }

    private func fill(_ world: StreamWorld) async throws {
        let customer = CustomerID(rawValue: "c")
        let names = Self.wallets.map { "\"\($0)\"" }.joined(separator: ",")
        try await world.store.write { transaction in
            let settings = "{\"low_balance\":{\"restricted_wallets\":[\(names)]}}"
            try transaction.save(settings: settings, of: customer, at: 1)
            for wallet in Self.wallets { try transaction.save(BalanceReading.of(customer, "5.0", account: wallet)) }
        }
    }

    @Test func `a slow reader gets the newest balance, not all it has missed`() async throws {
        try await StreamWorld.running { world in
            try await self.fill(world)
            let rounds = 350
            try await world.listening { reader in
                _ = try await reader.event()
                try await world.listening { quick in
                    _ = try await quick.event()
                    for round in 1...rounds {
                        try await world.save("\(round).5", account: Self.wallets[0])
                        // One that reads gets each.
                        #expect(try await quick.event().data.contains("\"\(round).5\""))
                    }
                }
                var (last, count) = (Int64.min, 0)
                while true {
                    let event = try await reader.event()
                    #expect(event.id > last)
                    (last, count) = (event.id, count + 1)
                    if event.data.contains("\"\(rounds).5\"") { break }
                }
                #expect(count < rounds)
            }
        }
    }

    @Test func `a client that never reads is cut off, and its place is free`() async throws {
        var limits = ConnectionLimits.standard
        limits.unread = .seconds(1)
        try await StreamWorld.running(ofCustomer: 2, limits: limits) { world in
            try await self.fill(world)
            try await world.listening { stuck in
                _ = try await stuck.event()
                var round = 0
                let isCut = try await eventually(within: .seconds(60)) {
                    round += 1
                    try await world.save("\(round).5", account: Self.wallets[0])
                    return world.feed.count == 0
                }
                #expect(isCut)
            }
        }
    }
}
