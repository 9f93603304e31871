private import Jobs
private import LagoAPI
private import LagoEvents
package import Metrics
private import Rules
package import Store

/// Turns new events into facts and jobs, oldest first; an event and what follows from it are one transaction.
package struct Inbox: Sendable {
    private static let batch = 256
    /// Bodies are read up to so many bytes at a time.
    private static let bytes = 16 << 20
    /// However steady the stream of a customer's events, a look is at most this late.
    private static let latest = Duration.seconds(10)

    private let store: Store
    private let debounce: Duration
    private let metrics: FactMetrics
    private let now: @Sendable () -> Int64

    /// - Parameter debounce: the quiet time after a customer's last event before Lago is asked.
    package init(
        store: Store,
        debounce: Duration,
        metrics: any MetricsFactory,
        now: @escaping @Sendable () -> Int64
    ) {
        self.store = store
        self.debounce = debounce
        self.metrics = FactMetrics(metrics)
        self.now = now
    }

    /// Works what waits; returns the number of events.
    package func drain() async throws -> Int {
        var total = 0
        while true {
            let count = try await self.workBatch()
            total += count
            if count == 0 { return total }
        }
    }

    /// What becomes of a batch.
    private struct Batch: Sendable {
        let events: [PendingEvent]
        /// What each event tells, by its number.
        let told: [Int64: [Fact]]
    }

    private func workBatch() async throws -> Int {
        let batch = try await self.nextBatch()
        guard !batch.events.isEmpty else { return 0 }
        let timing = Timing.debounce(quiet: self.debounce, limit: Self.latest)
        let news = try await self.store.write { [now = self.now()] transaction in
            var (finished, news): ([EventOutcome: [Int64]], [(fact: Fact, knownAt: Int64)]) = ([:], [])
            var (customers, buyers): (Set<CustomerID>, Set<CustomerID>) = ([], [])
            for event in batch.events {
                let facts = batch.told[event.id] ?? []
                let new = try transaction.learn(facts, from: .webhook, at: event.receivedAt)
                news += new.map { ($0, event.receivedAt) }
                var outcome = EventOutcome.ignored
                if case .look(let customer) = Reaction(to: event.webhookType, customer: event.customer) {
                    outcome = .processed
                    customers.insert(customer)
                }
                if let customer = event.customer, event.webhookType?.isAboutTopUps == true { buyers.insert(customer) }
                if new.isEmpty, let fact = facts.first, try transaction.isLate(fact, at: event.receivedAt) {
                    outcome = .repeat
                }
                finished[outcome, default: []].append(event.id)
            }
            for (outcome, ids) in finished { try transaction.finish(events: ids, as: outcome, at: now) }
            for customer in customers { try transaction.enqueue(.look(at: customer), timing, at: now) }
            for customer in buyers where try transaction.hasOpenTopUp(of: customer) {
                try transaction.enqueue(.topUp(of: customer), .replace(dueAt: now), at: now)
            }
            return news
        }
        for (fact, knownAt) in news { self.metrics.count(fact, from: .webhook, knownAt: knownAt) }
        return batch.events.count
    }

    /// The oldest events, and what their bodies tell: read before the write, which others wait for.
    private func nextBatch() async throws -> Batch {
        let events = try await self.store.pendingEvents(limit: Self.batch)
        let telling = events.filter { event in
            event.origin == .webhook && event.outcome == .pending && event.webhookType?.tellsFacts == true
        }
        let bodies = try await self.store.bodies(of: telling.map(\.id), bytes: Self.bytes)
        var told: [Int64: [Fact]] = [:]
        for (event, body) in zip(telling, bodies) {
            // What it shows besides has a webhook of its own, or is found by a sweep: rules go by a webhook's type.
            let shown = LagoPayload(webhook: body).map(Fact.shown(by:)) ?? []
            told[event.id] = shown.filter { $0.isTold(by: event.webhookType) }
        }
        // Those whose bodies were too many come next time.
        let rest = telling.dropFirst(bodies.count).first?.id ?? .max
        return Batch(events: events.filter { $0.id < rest }, told: told)
    }
}

extension WebhookType {
    /// It may tell what became of a purchase.
    fileprivate var isAboutTopUps: Bool {
        ["wallet_transaction.", "invoice.", "payment"].contains { self.rawValue.hasPrefix($0) }
    }
}
