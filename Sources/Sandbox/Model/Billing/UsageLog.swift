import Foundation

/// Every usage event that was accepted.
struct UsageLog: Sendable {
    /// In the order in which they came.
    private(set) var events: [UsageEvent] = []
    private var keys: Set<UsageEvent.Key> = []
    /// Positions in `events`, by external subscription id.
    private var positions: [String: [Int]] = [:]

    func contains(_ key: UsageEvent.Key?) -> Bool { key.map { self.keys.contains($0) } ?? false }

    mutating func append(_ event: UsageEvent) {
        if let key = event.key {
            self.keys.insert(key)
            self.positions[key.subscription, default: []].append(self.events.count)
        }
        self.events.append(event)
    }

    /// The events of one subscription within a period, from its first moment until before its last.
    func events(of subscription: Subscription, in period: DateInterval) -> [UsageEvent] {
        (self.positions[subscription.externalID] ?? []).map { self.events[$0] }.filter {
            $0.timestamp >= period.start && $0.timestamp < period.end && subscription.covers($0.timestamp)
        }
    }
}
