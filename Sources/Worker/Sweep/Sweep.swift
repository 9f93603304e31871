private import Foundation
internal import Jobs
internal import LagoAPI
internal import LagoEvents
internal import Logging
internal import Store

/// One reading of everything at Lago, from where it was left off to its end.
///
/// What is read is compared with the facts that are known, and what no webhook told becomes an event like a webhook's,
/// for the same rules. A page, what follows from it, and how far the sweep has come are one transaction.
struct Sweep {
    /// What is read, one list after another.
    enum Phase: String {
        case wallets, transactions, invoices, subscriptions, customers
        case openInvoices = "open_invoices"
        case leftInvoices = "left_invoices"
        case creditNotes = "credit_notes"
    }

    /// Invoices and credit notes of so many milliseconds are read again.
    static let recent: Int64 = 7 * 86_400_000
    /// Facts older than this mail nobody, in milliseconds.
    static let tooOld: Int64 = 72 * 3_600_000

    let client: LagoClient
    let store: Store
    let organization: OrganizationID?
    let patience: Backoff
    let metrics: FactMetrics
    let logger: Logger
    let now: @Sendable () -> Int64

    /// For what the operator should know.
    let outbox: Outbox
    let kind: SweepProgress.Kind
    /// Whether credit notes were ever read to their end: before that, they are no news.
    let knowsCreditNotes: Bool
    let id: Int64
    /// Unix milliseconds.
    let startedAt: Int64

    /// The phases of a sweep of this kind.
    ///
    /// - Parameter isThorough: with the lists that hardly ever say what is not known, read once an hour.
    static func phases(_ kind: SweepProgress.Kind, isThorough: Bool) -> [Phase] {
        switch kind {
        // Transactions last: they are asked for wallet by wallet, and looks need not wait for that.
        case .baseline: [.wallets, .subscriptions, .customers, .invoices, .creditNotes, .transactions]
        case .sweep:
            [.wallets, .invoices, .openInvoices, .leftInvoices, .transactions]
                + (isThorough ? [.subscriptions, .creditNotes, .customers] : [])
        }
    }

    /// Reads what a phase names, from this page on.
    ///
    /// - Throws: `LagoError` when Lago does not answer, however often it is asked, or what the store throws.
    func read(_ phase: Phase, from page: Int) async throws {
        switch phase {
        case .wallets: try await self.readWallets(from: page)
        case .transactions: try await self.readTransactions()
        case .invoices:
            let filter = LagoInvoiceFilter(issuedFrom: self.kind == .baseline ? nil : self.startedAt - Self.recent)
            try await self.readInvoices(self.client.invoices(filter), phase, from: page)
        case .openInvoices:
            let filter = LagoInvoiceFilter(statuses: [.finalized], paymentStatuses: [.pending, .failed])
            // What is paid meanwhile leaves the list, so it is read from its beginning.
            try await self.readInvoices(self.client.invoices(filter), phase, from: 1)
        case .leftInvoices: try await self.readLeftInvoices()
        case .subscriptions: try await self.readSubscriptions(from: page)
        case .creditNotes: try await self.readCreditNotes(from: page)
        case .customers: try await self.readCustomers(from: page)
        }
    }

    /// Asks until Lago answers, or is not expected to.
    func asking<Answer>(_ ask: () async throws -> Answer) async throws -> Answer {
        var attempt = 0
        while true {
            do {
                return try await ask()
            } catch let error as LagoError where error.canRetryHelp && attempt < 4 {
                attempt += 1
                var wait = self.patience.delay(afterAttempt: attempt, jitter: 0)
                if case .rateLimited(let seconds?) = error { wait = max(wait, .seconds(min(seconds, 60))) }
                self.logger.debug("asked again", metadata: ["error": "\(error)", "wait": "\(wait)"])
                try await Task.sleep(for: wait)
            }
        }
    }

    /// Objects one after another that Lago cannot give: a few are their own trouble, more are Lago's.
    struct Troubles {
        private static let limit = 3
        private var inARow = 0

        /// - Throws: the error, where it is no trouble of one object.
        mutating func note(_ error: LagoError) throws {
            self.inARow += 1
            guard error.isAboutOneObject, self.inARow < Self.limit else { throw error }
        }

        mutating func end() { self.inARow = 0 }
    }

    /// Leaves the rest of a phase for the next sweep.
    func skip(_ phase: Phase) async throws {
        var step = SweepStep(phase: phase.rawValue, page: 1)
        step.skipped = 1
        try await self.conclude(step, []) { _ in }
    }

    /// Something that was read, and what it shows.
    struct Finding: Sendable {
        let facts: [Fact]
        /// The object that shows them, under its name in webhooks.
        let member: String
        let json: [UInt8]
        /// Credits were sold, which changes no wallet before they are paid: its transactions tell.
        var sellsCredits = false
    }

    /// What working a batch changes, beside the facts.
    typealias Writes = @Sendable (Transaction) throws -> Void

    /// Writes a batch down: its mirrors, its facts, and how far the sweep has come.
    func conclude(_ step: SweepStep, _ findings: [Finding], _ writes: @escaping Writes) async throws {
        let now = self.now()
        let unknown = Set(try await self.store.unknown(of: findings.flatMap(\.facts)))
        let isNews = self.kind == .sweep && (self.knowsCreditNotes || step.phase != Phase.creditNotes.rawValue)
        let (news, baseline) = try self.news(findings, unknown, isNews: isNews, at: now)
        let sales = Set(findings.filter(\.sellsCredits).flatMap(\.facts))
        let (id, organization) = (self.id, self.organization)
        let healed = try await self.store.write { transaction in
            try writes(transaction)
            _ = try transaction.learn(baseline, from: .baseline, at: now)
            var healed: [Fact] = []
            for event in news where try transaction.heal(event, organization: organization, at: now) {
                healed.append(event.fact)
                guard let customer = event.fact.customer else { continue }
                if sales.contains(event.fact) { try transaction.relist(walletsOf: customer) }
                // What is too old for a mail still tells that the balance may be another one.
                if event.isTooOld { try transaction.enqueue(.look(at: customer), .keep(dueAt: now), at: now) }
            }
            var step = step
            step.healed = healed.count
            try transaction.advance(sweep: id, by: step)
            return healed
        }
        for fact in healed { self.metrics.count(fact, from: .healed, knownAt: now) }
        self.metrics.countSwept(read: step.seen, skipped: step.skipped)
    }

    private func news(
        _ findings: [Finding],
        _ unknown: Set<Fact>,
        isNews: Bool,
        at now: Int64
    ) throws -> (news: [HealedEvent], baseline: [Fact]) {
        guard !unknown.isEmpty else { return ([], []) }
        if !isNews {
            let facts = findings.flatMap(\.facts)
            return ([], facts.filter { unknown.contains($0) && !self.isSinceTheStart($0) })
        }
        var news: [HealedEvent] = []
        for finding in findings {
            for fact in finding.facts where unknown.contains(fact) {
                let age = now - (fact.at ?? fact.notBefore ?? now)
                news.append(
                    try HealedEvent(
                        fact,
                        shownBy: (finding.member, finding.json),
                        organization: self.organization,
                        isTooOld: age > Self.tooOld,
                        at: now
                    )
                )
            }
        }
        return (news, [])
    }

    /// What happens while a first reading goes on is news: its webhook tells it, or the next sweep.
    private func isSinceTheStart(_ fact: Fact) -> Bool {
        guard let at = fact.at ?? fact.notBefore else { return false }
        // Lago's times are cut off at the second.
        return at >= self.startedAt - self.startedAt % 1000
    }
}

extension LagoError {
    /// Lago answers, but fails at this object.
    fileprivate var isAboutOneObject: Bool {
        switch self {
        case .server, .unreadable: true
        default: false
        }
    }
}
