import Foundation

/// Every usage event that was accepted.
struct UsageLog: Sendable {
    /// In the order in which they came.
    private(set) var events: [UsageEvent] = []
    private var keys: Set<UsageEvent.Key> = []
    /// Positions in `events`, by external subscription id.
    private var positions: [String: [Int]] = [:]
    /// Positions in the order of the events' timestamps, then of their coming.
    private(set) var chronology: [Int] = []

    func contains(_ key: UsageEvent.Key?) -> Bool { key.map { self.keys.contains($0) } ?? false }

    mutating func append(_ event: UsageEvent) {
        if let key = event.key {
            self.keys.insert(key)
            self.positions[key.subscription, default: []].append(self.events.count)
        }
        var place = self.chronology.count
        if let last = self.chronology.last, self.events[last].timestamp > event.timestamp {
            place = self.chronology.firstIndex(beyond: { self.events[$0].timestamp > event.timestamp })
        }
        self.chronology.insert(self.events.count, at: place)
        self.events.append(event)
    }

    /// Those of one subscription in the order of their timestamps.
    func chronology(of subscription: String) -> [Int] {
        (self.positions[subscription] ?? []).sorted {
            (self.events[$0].timestamp, $0) < (self.events[$1].timestamp, $1)
        }
    }

    /// The events of one subscription within a period, from its first moment until before its last.
    func events(of subscription: Subscription, in period: DateInterval) -> [UsageEvent] {
        (self.positions[subscription.externalID] ?? []).map { self.events[$0] }.filter {
            $0.timestamp >= period.start && $0.timestamp < period.end && subscription.covers($0.timestamp)
        }
    }
}
