private import Foundation

/// A usage event that came to the simulated Lago.
package struct RecordedUsage: Hashable, Sendable {
    package let transactionID: String
    /// As it was sent, which need not be one that exists.
    package let subscription: String?
    /// Of the metric.
    package let code: String
    /// When it was used, in Unix milliseconds.
    package let timestamp: Int64
    /// As JSON text.
    package let properties: String
}

extension Sandbox {
    /// How many events a batch may have: 100, unless Lago's operator has set another.
    package var usageBatchLimit: Int {
        get { self.model.withLock { $0.usageBatchLimit } }
        set { self.model.withLock { $0.usageBatchLimit = newValue } }
    }

    /// The usage events in the order in which they came.
    package var usageEvents: [RecordedUsage] {
        self.model.withLock { state in
            state.usage.events.map { event in
                RecordedUsage(
                    transactionID: event.transactionID,
                    subscription: event.externalSubscriptionID,
                    code: event.code,
                    timestamp: Int64((event.timestamp.timeIntervalSince1970 * 1000).rounded()),
                    properties: event.properties.railsText
                )
            }
        }
    }
}
