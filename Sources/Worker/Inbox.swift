private import Jobs
private import LagoAPI
private import LagoEvents
package import Metrics
private import Rules
package import Store

/// Turns new events into facts and jobs: looks at balances, steps of top-ups, and tellings of what happened, oldest first; an event and what follows from it are one transaction.
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
    fileprivate struct Batch: Sendable {
        let events: [PendingEvent]
        /// What each event tells, by its number.
        let told: [Int64: [Fact]]
        /// The facts for which sweeps made events.
        let healed: [Int64: Fact]
        /// The files that are there by now: whose, and the beginning of the facts whose mails wait for them.
        let files: [(customer: CustomerID, fact: String)]

        /// The jobs that tell people of what an event reports.
        func tellings(of event: PendingEvent, new: [Fact]) throws -> [NewJob] {
            guard event.outcome == .pending else { return [] }
            // Another payment of an invoice may have failed: who is told depends on the payment.
            let again = (self.told[event.id] ?? []).filter { $0.what == "payment_failed" && !new.contains($0) }
            let facts = new + again + (self.healed[event.id].map { [$0] } ?? [])
            var jobs = try facts.compactMap { fact in
                try Announcement(fact, event: event.id, at: event.receivedAt)?.job(of: fact.customer ?? event.customer)
            }
            if let trouble = Announcement(event.webhookType, event: event.id, at: event.receivedAt) {
                jobs.append(try trouble.job(of: event.customer))
            }
            return jobs
        }
    }

    private func workBatch() async throws -> Int {
        let batch = try await self.nextBatch()
        guard !batch.events.isEmpty else { return 0 }
        let timing = Timing.debounce(quiet: self.debounce, limit: Self.latest)
        let news = try await self.store.write { [now = self.now()] transaction in
            var work = BatchWork(batch: batch, now: now)
            for event in batch.events { try work.take(event, in: transaction) }
            try work.conclude(looking: timing, in: transaction)
            return work.news
        }
        for (fact, knownAt) in news { self.metrics.count(fact, from: .webhook, knownAt: knownAt) }
        return batch.events.count
    }

    /// The oldest events, and what their bodies tell: read before the write, which others wait for.
    private func nextBatch() async throws -> Batch {
        let events = try await self.store.pendingEvents(limit: Self.batch)
        let telling = events.filter { event in
            event.origin != .replay && event.outcome == .pending && event.webhookType?.tellsFacts == true
        }
        let bodies = try await self.store.bodies(of: telling.map(\.id), bytes: Self.bytes)
        var (told, healed): ([Int64: [Fact]], [Int64: Fact]) = ([:], [:])
        var files: [(CustomerID, String)] = []
        for (event, body) in zip(telling, bodies) {
            guard let payload = LagoPayload(webhook: body) else { continue }
            if let customer = event.customer, let fact = event.webhookType?.fileFact(of: payload) {
                files.append((customer, fact))
            }
            guard event.origin == .healed else {
                told[event.id] = Fact.told(by: event.webhookType, payload, receivedAt: event.receivedAt)
                continue
            }
            let key = HealedEvent.fact(of: body)
            healed[event.id] = Fact.shown(by: payload).first { $0.key == key }
        }
        // Those whose bodies were too many come next time.
        let rest = telling.dropFirst(bodies.count).first?.id ?? .max
        return Batch(events: events.filter { $0.id < rest }, told: told, healed: healed, files: files)
    }
}

/// What follows from a batch, event by event.
private struct BatchWork {
    let batch: Inbox.Batch
    /// Unix milliseconds.
    let now: Int64
    var news: [(fact: Fact, knownAt: Int64)] = []
    private var finished: [EventOutcome: [Int64]] = [:]
    private var customers: Set<CustomerID> = []
    private var buyers: Set<CustomerID> = []

    init(batch: Inbox.Batch, now: Int64) {
        self.batch = batch
        self.now = now
    }

    mutating func take(_ event: PendingEvent, in transaction: Transaction) throws {
        let facts = self.batch.told[event.id] ?? []
        let new = try transaction.learn(facts, from: .webhook, at: event.receivedAt)
        self.news += new.map { ($0, event.receivedAt) }
        var outcome = EventOutcome.ignored
        if case .look(let customer) = Reaction(to: event.webhookType, customer: event.customer) {
            outcome = .processed
            self.customers.insert(customer)
        }
        if let customer = event.customer, event.webhookType?.isAboutTopUps == true { self.buyers.insert(customer) }
        if new.isEmpty, let fact = facts.first, try transaction.isLate(fact, at: event.receivedAt) {
            outcome = .repeat
        }
        // Whether it is another payment that failed is for Lago's list to say, late as its webhook may be.
        if outcome != .repeat || facts.first?.what == "payment_failed" {
            for job in try self.batch.tellings(of: event, new: new) {
                // One that runs has perhaps asked Lago before this happened: it runs once more.
                try transaction.enqueue(job, .replace(dueAt: self.now), at: self.now)
                if outcome != .repeat { outcome = .processed }
            }
        }
        self.finished[outcome, default: []].append(event.id)
    }

    /// - Parameter timing: of looks.
    func conclude(looking timing: Timing, in transaction: Transaction) throws {
        for (outcome, ids) in self.finished { try transaction.finish(events: ids, as: outcome, at: self.now) }
        for customer in self.customers { try transaction.enqueue(.look(at: customer), timing, at: self.now) }
        for (customer, fact) in self.batch.files {
            try transaction.hurryMail(of: customer, beginning: fact, at: self.now)
        }
        for customer in self.buyers where try transaction.hasOpenTopUp(of: customer) {
            try transaction.enqueue(.topUp(of: customer), .replace(dueAt: self.now), at: self.now)
        }
    }
}

extension WebhookType {
    /// It may tell what became of a purchase.
    fileprivate var isAboutTopUps: Bool {
        ["wallet_transaction.", "invoice.", "payment"].contains { self.rawValue.hasPrefix($0) }
    }

    /// Where it tells that a file was made: the beginning of the facts whose mails wait for it.
    fileprivate func fileFact(of payload: LagoPayload) -> String? {
        switch (self.rawValue, payload) {
        case ("invoice.generated", .invoice(let invoice)): "invoice/\(invoice.id)/"
        case ("credit_note.generated", .creditNote(let note)): "credit_note/\(note.id)/"
        default: nil
        }
    }
}
