private import Synchronization

/// How often each of many has done something, in memory that does not grow with their number.
///
/// What is kept of each is a hash and a time. Who has all permits back is forgotten, as nothing is lost by that. Where
/// more than `capacity` are at it in the same minute, those go first who are closest to it: who is at the limit stays.
package final class RateTable: Sendable {
    private static let shards = 64

    private let limit: RateLimit
    private let shards: [Shard]
    private let perShard: Int
    private let now: @Sendable () -> Duration

    private final class Shard: Sendable {
        /// When the bucket of a hash is full again, in nanoseconds.
        let buckets = Mutex<[Int: Int64]>([:])
    }

    /// - Parameters:
    ///   - perMinute: at least 1.
    ///   - capacity: how many are kept, at most; 64 at the least.
    ///   - now: the time since some beginning; it never goes back.
    package init(perMinute: Int, capacity: Int = 65_536, now: @escaping @Sendable () -> Duration) {
        self.limit = RateLimit(perMinute: perMinute)
        self.perShard = max(1, capacity / Self.shards)
        self.shards = (0..<Self.shards).map { _ in Shard() }
        self.now = now
    }

    /// How many are kept.
    package var count: Int { self.shards.reduce(0) { sum, shard in sum + shard.buckets.withLock(\.count) } }

    /// Counts one more of `key`, unless it is at its limit.
    package func take(_ key: some Hashable) -> RateStanding {
        // Seeded for each process: nobody can choose keys that fall together.
        let hash = key.hashValue
        let shard = self.shards[Int(truncatingIfNeeded: UInt(bitPattern: hash) % UInt(Self.shards))]
        let time = self.now().components
        let now = time.seconds * 1_000_000_000 + time.attoseconds / 1_000_000_000
        return shard.buckets.withLock { buckets in
            let known = buckets[hash]
            let (fullAt, standing) = self.limit.take(known ?? now, at: now)
            guard let fullAt else { return standing }
            if known == nil, buckets.count >= self.perShard { self.makeRoom(in: &buckets, at: now) }
            buckets[hash] = fullAt
            return standing
        }
    }

    /// Frees a quarter at once, so that it need not be done for each.
    private func makeRoom(in buckets: inout [Int: Int64], at now: Int64) {
        buckets = buckets.filter { $0.value > now }
        let kept = self.perShard * 3 / 4
        guard buckets.count > kept else { return }
        let fullest = buckets.sorted { $0.value > $1.value }.prefix(kept)
        buckets = Dictionary(uniqueKeysWithValues: fullest.map { ($0.key, $0.value) })
    }
}
