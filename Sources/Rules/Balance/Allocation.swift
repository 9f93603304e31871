import Money

/// Who pays what: usage spread over wallets as Lago spreads it from 1.51 on.
///
/// The largest bucket goes first, as on Lago's invoices. Of a bucket each wallet that may pay it, in order,
/// takes what it still holds, and the last one takes the rest, whether it holds it or not.
struct Allocation {
    /// Unbilled usage of one metric in one currency over all subscriptions, or (without a metric) draft invoices.
    struct Bucket: Hashable {
        let currency: Currency
        let metric: String?
    }

    /// Minor units, wallet by wallet, in the order in which they were given.
    private(set) var taken: [Int64]
    /// What no wallet may pay.
    private(set) var unpayable: [Currency: Int64] = [:]

    /// - Parameter wallets: active ones, in the order in which they pay.
    init(of buckets: [Bucket: Int64], over wallets: [WalletReading]) {
        self.taken = wallets.map { _ in 0 }
        let ordered = buckets.filter { $0.value > 0 }
            .sorted { ($1.value, $0.key.metric ?? "") < ($0.value, $1.key.metric ?? "") }
        for (bucket, amount) in ordered {
            let payers = wallets.indices.filter { Self.pays(wallets[$0], bucket) }
            guard let last = payers.last else {
                self.unpayable[bucket.currency, default: 0].add(amount)
                continue
            }
            var rest = amount
            for payer in payers.dropLast() {
                let room = max(Int128(wallets[payer].balance) - Int128(self.taken[payer]), 0)
                let part = Int64(clamping: min(Int128(rest), room))
                self.taken[payer] += part
                rest -= part
            }
            self.taken[last].add(rest)
        }
    }

    static func buckets(usages: [UsageReading], drafts: [Amount]) -> [Bucket: Int64] {
        var buckets: [Bucket: Int64] = [:]
        for usage in usages {
            for (metric, amount) in usage.dueByMetric {
                buckets[Bucket(currency: usage.currency, metric: metric), default: 0].add(amount)
            }
        }
        for draft in drafts {
            buckets[Bucket(currency: draft.currency, metric: nil), default: 0].add(max(draft.minorUnits, 0))
        }
        return buckets
    }

    private static func pays(_ wallet: WalletReading, _ bucket: Bucket) -> Bool {
        guard wallet.currency == bucket.currency else { return false }
        return bucket.metric.map(wallet.pays(metric:)) ?? !wallet.isRestricted
    }
}

extension Int64 {
    /// Adds, and stays at the largest number there is rather than end the process.
    fileprivate mutating func add(_ other: Int64) { self = Int64(clamping: Int128(self) + Int128(other)) }
}
