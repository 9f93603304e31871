import Money
import Rules
import TestSupport
import Testing

struct LiveBalancePropertyTests {
    private static let metrics = ["calls", "storage", "seats"]

    @Test(arguments: [UInt64(1), 20_260_801, 0xDEAD_BEEF])
    func `every minor unit of usage falls on a wallet that may pay it, or on nobody`(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        let currencies = [try Sample.currency("EUR"), try Sample.currency("JPY")]
        for round in 0..<1_000 {
            let note = Comment(rawValue: "seed \(seed), round \(round)")
            let wallets = try self.wallets(&random)
            let usages = try self.usages(&random)
            let drafts = [Amount(minorUnits: random.int(0...300), currency: try Sample.currency("EUR"))]
            let balance = LiveBalance(wallets: wallets, usages: usages, drafts: drafts)

            for currency in currencies {
                let used = usages.filter { $0.currency == currency }.reduce(0) { $0 + $1.due }
                let drafted = drafts.filter { $0.currency == currency }.reduce(0) { $0 + $1.minorUnits }
                let mine = balance.wallets.filter { $0.reading.currency == currency }
                let unpaid = balance.unpayable.first { $0.currency == currency }?.minorUnits ?? 0
                #expect(mine.reduce(0) { $0 + $1.usage } + unpaid == used + drafted, note)
                let settled = mine.reduce(0) { $0 + $1.settled }
                #expect(mine.reduce(0) { $0 + $1.live } - unpaid == settled - used - drafted, note)
            }
            for wallet in balance.wallets {
                #expect(wallet.live <= wallet.settled && wallet.liveCredits <= wallet.settledCredits, note)
                let wentBelow = wallet.live < min(wallet.settled, 0)
                #expect(!wentBelow || self.isLast(wallet.reading, of: balance.wallets.map(\.reading)), note)
            }
            let shuffled = LiveBalance(
                wallets: wallets.shuffled(using: &random),
                usages: usages.shuffled(using: &random).map { self.shuffled($0, &random) },
                drafts: drafts
            )
            #expect(shuffled == balance, note)
        }
    }

    /// Whether some bucket has no later wallet to fall on.
    private func isLast(_ wallet: WalletReading, of all: [WalletReading]) -> Bool {
        let rivals = all.filter { $0.currency == wallet.currency }
        let isLastForMetric = Self.metrics.contains { metric in
            rivals.last { $0.pays(metric: metric) }?.id == wallet.id
        }
        return isLastForMetric || rivals.last { !$0.isRestricted }?.id == wallet.id
    }

    private func wallets(_ random: inout SplitMix64) throws -> [WalletReading] {
        try (0..<random.int(0...6)).map { index in
            let metrics = random.chance(3) ? Self.metrics.filter { _ in random.chance(2) } : []
            return try Sample.wallet(
                "w\(index)",
                random.int(-50...1_000),
                random.chance(4) ? "JPY" : "EUR",
                rate: random.element(of: ["1", "0.5", "3", "0.00001"]) ?? "1",
                priority: Int(random.int(1...3)),
                createdAt: random.int(0...2),
                feeTypes: random.chance(5) ? ["charge"] : [],
                metrics: metrics
            )
        }
    }

    private func usages(_ random: inout SplitMix64) throws -> [UsageReading] {
        try (0..<random.int(0...4)).map { index in
            let charges = (0..<random.int(0...5)).map { charge in
                UsageReading.Charge(
                    id: "c\(charge)",
                    metricCode: random.element(of: Self.metrics) ?? "calls",
                    amount: random.int(-20...700),
                    isPayInAdvance: random.chance(4)
                )
            }
            return try Sample.usage(
                charges,
                random.chance(4) ? "JPY" : "EUR",
                id: "s\(index)",
                taxes: random.int(0...200),
                progressive: random.chance(3) ? random.int(0...500) : 0
            )
        }
    }

    private func shuffled(_ usage: UsageReading, _ random: inout SplitMix64) -> UsageReading {
        UsageReading(
            subscriptionID: usage.subscriptionID,
            currency: usage.currency,
            from: usage.from,
            to: usage.to,
            charges: usage.charges.shuffled(using: &random),
            taxes: usage.taxes,
            invoicedProgressively: usage.invoicedProgressively,
            readAt: usage.readAt
        )
    }
}
