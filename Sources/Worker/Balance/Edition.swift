internal import LagoAPI
private import Synchronization

/// Whether Lago keeps ongoing balances fresh by itself, as its licensed edition does; asked once an hour.
final class Edition: Sendable {
    private struct Known {
        let isPremium: Bool
        /// When it is to be asked again.
        let until: ContinuousClock.Instant
    }

    private static let lifetime = Duration.seconds(3600)
    private static let patience = Duration.seconds(60)
    private let client: LagoClient
    private let known = Mutex<Known?>(nil)

    init(client: LagoClient) { self.client = client }

    /// What Lago said last holds while it does not answer. The figures of both editions differ, and one that changes from
    /// one look to the next is a fall, or a recovery, that never was.
    ///
    /// - Throws: `LagoError` where Lago has not said yet.
    func isPremium() async throws -> Bool {
        let now = ContinuousClock.now
        let known = self.known.withLock { $0 }
        if let known, now < known.until { return known.isPremium }
        do {
            let isPremium = try await self.client.isPremium()
            self.known.withLock { $0 = Known(isPremium: isPremium, until: now + Self.lifetime) }
            return isPremium
        } catch let error as LagoError {
            guard let known else { throw error }
            self.known.withLock { $0 = Known(isPremium: known.isPremium, until: now + Self.patience) }
            return known.isPremium
        }
    }
}
