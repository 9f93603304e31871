private import Jobs
private import LagoEvents
private import Rules
package import Store

/// Turns new events into jobs, oldest first; an event and what follows from it are one transaction.
package struct Inbox: Sendable {
    private static let batch = 256
    /// However steady the stream of a customer's events, a look is at most this late.
    private static let latest = Duration.seconds(10)

    private let store: Store
    private let debounce: Duration
    private let now: @Sendable () -> Int64

    /// - Parameter debounce: the quiet time after a customer's last event before Lago is asked.
    package init(store: Store, debounce: Duration, now: @escaping @Sendable () -> Int64) {
        self.store = store
        self.debounce = debounce
        self.now = now
    }

    /// Works what waits; returns the number of events.
    package func drain() async throws -> Int {
        var total = 0
        while true {
            let count = try await self.workBatch()
            total += count
            if count < Self.batch { return total }
        }
    }

    private func workBatch() async throws -> Int {
        let now = self.now()
        let timing = Timing.debounce(quiet: self.debounce, limit: Self.latest)
        return try await self.store.write { transaction in
            let events = try transaction.pendingEvents(limit: Self.batch)
            var (acted, idle): ([Int64], [Int64]) = ([], [])
            var customers: Set<CustomerID> = []
            for event in events {
                switch Reaction(to: event.webhookType, customer: event.customer) {
                case .look(let customer):
                    acted.append(event.id)
                    customers.insert(customer)
                case .nothing:
                    idle.append(event.id)
                }
            }
            try transaction.finish(events: acted, as: .processed, at: now)
            try transaction.finish(events: idle, as: .ignored, at: now)
            for customer in customers {
                try transaction.enqueue(.look(at: customer), timing, at: now)
            }
            return events.count
        }
    }
}
