internal import LagoAPI
private import Synchronization

/// Whether Lago keeps ongoing balances fresh by itself, as its licensed edition does; asked once an hour.
final class Edition: Sendable {
    private static let lifetime = Duration.seconds(3600)
    private let client: LagoClient
    private let known = Mutex<(isPremium: Bool, askedAt: ContinuousClock.Instant)?>(nil)

    init(client: LagoClient) { self.client = client }

    /// While Lago does not say, it counts as the free edition: a balance that is computed here is right for both.
    func isPremium() async -> Bool {
        let now = ContinuousClock.now
        if let known = self.known.withLock({ $0 }), now - known.askedAt < Self.lifetime { return known.isPremium }
        let isPremium = (try? await self.client.isPremium()) ?? false
        self.known.withLock { $0 = (isPremium, now) }
        return isPremium
    }
}
