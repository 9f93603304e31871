/// How an account stands, in one word for pages and the API.
package enum StatusLevel: String, Hashable, Codable, Sendable, CaseIterable {
    case ok
    /// At or below the highest threshold.
    case low
    /// At or below the lowest threshold above zero.
    case critical
    /// At or below zero.
    case empty

    /// - Parameter now: Unix milliseconds; only thresholds in days look at it.
    package init(of reading: AccountReading, under policy: ThresholdPolicy, at now: Int64) {
        let positive = policy.thresholds
            .filter { !$0.isZero && $0.position(of: reading, at: now) != .unknown }
            .sorted { $0.isLower(than: $1, for: reading) }
        let crossed = positive.filter { $0.position(of: reading, at: now) == .crossed }
        self =
            if reading.isEmpty {
                .empty
            } else if crossed.isEmpty {
                .ok
            } else if crossed.first == positive.first {
                .critical
            } else {
                .low
            }
    }
}
