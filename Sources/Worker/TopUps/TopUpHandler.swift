private import Foundation
package import Jobs
package import LagoAPI
private import LagoEvents
package import Logging
private import Money
internal import Rules
package import Store

/// Tops a customer's accounts up: goes on with what is under way, and decides anew about the rest.
package struct TopUpHandler: Sendable {
    /// How long after its last request a purchase is sent without its caller's doing, in milliseconds.
    private static let purchaseWaits: Int64 = 600_000
    /// How long after a payment the balance may be without it, in milliseconds.
    private static let settling: Int64 = 3_000

    private let desk: TopUpDesk
    private let looks: Looks
    let client: LagoClient
    let store: Store
    private let submitter: TopUpSubmitter
    let news: TopUpNews
    private var outbox: Outbox { self.news.outbox }
    private let backoff: Backoff
    let logger: Logger
    let now: @Sendable () -> Int64

    /// - Parameter grace: how long a request whose answer was lost may take effect.
    package init(
        desk: TopUpDesk,
        looks: Looks,
        client: LagoClient,
        store: Store,
        outbox: Outbox,
        grace: Duration,
        watch: DoubtWatch = DoubtWatch(),
        backoff: Backoff = Backoff(),
        logger: Logger,
        now: @escaping @Sendable () -> Int64
    ) {
        self.desk = desk
        self.looks = looks
        self.client = client
        self.store = store
        self.submitter = TopUpSubmitter(client: client, store: store, grace: grace, watch: watch, now: now)
        self.news = TopUpNews(outbox: outbox, looks: looks, store: store, allowance: desk.allowance, now: now)
        self.backoff = backoff
        self.logger = logger
        self.now = now
    }

    /// A handler for jobs whose key is the customer's id.
    @Sendable
    package func callAsFunction(_ lease: Lease) async throws -> JobOutcome {
        let customer = CustomerID(rawValue: lease.key)
        do {
            var (next, trouble): (Duration?, LagoError?) = (nil, nil)
            // Somebody may be waiting for one that Lago has not heard of.
            let open = try await self.store.openTopUps(of: customer)
            for topUp in open.filter({ $0.stands == .planned }) + open.filter({ $0.stands != .planned }) {
                try await self.tell(try self.news.alerts(about: topUp))
                do {
                    next = Self.sooner(next, try await self.carryOn(topUp))
                } catch let error as LagoError where !error.canRetryHelp {
                    // It concerns this one, as one that Lago does not know any more: the others go on.
                    trouble = trouble ?? error
                }
            }
            if self.desk.isOpen { next = Self.sooner(next, try await self.decide(customer)) }
            if let trouble {
                let delay = self.backoff.delay(afterAttempt: lease.attempt, jitter: 0)
                let wait = max(Self.sooner(next, delay) ?? delay, .milliseconds(10))
                return JobOutcome(.again(after: wait, reason: "\(trouble)"))
            }
            return JobOutcome(next.map { .notYet(for: max($0, .milliseconds(10))) } ?? .succeeded)
        } catch let error as LagoError {
            let delay = self.backoff.delay(afterAttempt: lease.attempt, jitter: 0)
            return JobOutcome(.again(after: delay, reason: "\(error)"))
        }
    }

    private static func sooner(_ left: Duration?, _ right: Duration?) -> Duration? {
        guard let left, let right else { return left ?? right }
        return min(left, right)
    }

    // MARK: - What is under way

    /// One step of a top-up that is not at its end; returns when to take the next.
    private func carryOn(_ topUp: TopUp) async throws -> Duration? {
        switch topUp.stands {
        case .planned: try await self.confirm(topUp)
        case .submitting: try await self.follow(try await self.submitter.doubt(topUp))
        case .unknown: try await self.follow(try await self.submitter.resolve(topUp))
        case .submitted, .failed, .settled: try await self.learnOutcome(topUp)
        }
    }

    /// Decides anew about a planned one, right before it is sent.
    private func confirm(_ topUp: TopUp) async throws -> Duration? {
        // This file may be older than it seems, and what Lago has needs no decision.
        if let found = try await self.submitter.recover(topUp) { return try await self.follow(found) }
        guard topUp.origin == TopUpOrigin.automatic.rawValue else { return try await self.purchase(topUp) }
        let result = try await self.looks.look(at: topUp.customer)
        guard let account = result.judged.topUpAccounts[topUp.account] else {
            return try await self.end(topUp, .walletTerminated)
        }
        let opinion = try await self.opinion(account, topUp.customer, result.settings, submitting: topUp.id)
        guard case .charge(let charge) = opinion.decision else {
            try await self.keep(opinion, of: topUp.customer)
            // Nothing is wrong with it: it waits for the key.
            if case .wait(let wait) = opinion.decision, wait.reason == .lagoRefused {
                return wait.nextLookAt.map { .milliseconds($0 - self.now()) }
            }
            return try await self.end(topUp, opinion.decision.reason)
        }
        // Another amount is another intent: what was written down is what is sent.
        guard charge.credits.description == topUp.credits, charge.walletID == topUp.wallet else {
            return try await self.end(topUp, .aboveThreshold)
        }
        return try await self.follow(try await self.submitter.submit(topUp))
    }

    /// Sends what somebody asked for, unless it was so long ago that nobody waits for it any more.
    private func purchase(_ topUp: TopUp) async throws -> Duration? {
        let now = self.now()
        let asked = max(topUp.askedAt ?? .min, topUp.created.clockTime.counted(at: now))
        guard now - min(asked, now) <= Self.purchaseWaits else {
            return try await self.end(topUp, .abandoned)
        }
        return try await self.follow(try await self.submitter.submit(topUp))
    }

    private func end(_ topUp: TopUp, _ reason: TopUpReason) async throws -> Duration? {
        let ended = topUp.moved(to: .failed, reason: reason.rawValue, at: self.now())
        _ = try await self.store.write { try $0.move(ended, from: topUp.state) }
        return nil
    }

    private func follow(_ progress: TopUpSubmitter.Progress) async throws -> Duration? {
        switch progress {
        case .submitted(let topUp):
            self.logger.notice("topped up", metadata: ["top_up": "\(topUp.id)", "credits": "\(topUp.credits)"])
            try await self.store.write { try $0.forget(.topUpsRefused) }
            return .seconds(2)
        case .planned(let topUp):
            // Not a byte of it left, or it surely is not there.
            return topUp.reason == "not_found" ? .zero : .seconds(5)
        case .wait(let time): return time
        case .refusedKey: return try await self.refuseKey()
        case .failed(let topUp):
            let reason = topUp.reason ?? "refused"
            self.logger.warning("top-up refused", metadata: ["top_up": "\(topUp.id)", "reason": "\(reason)"])
            try await self.tell(try await self.news.refused(topUp))
            return nil
        case .overtaken: return .milliseconds(50)
        }
    }

    /// Puts all top-ups off: Lago does not take our key.
    func refuseKey() async throws -> Duration {
        self.logger.error("Lago takes no top-up with this key")
        let alert = try self.outbox.topUpsRefused(at: self.now())
        try await self.store.write { [now = self.now()] in
            try $0.move(.topUpsRefused, at: now)
            for message in alert { try $0.send(message, at: now) }
        }
        return .milliseconds(AutoTopUp.refusalPause)
    }

    // MARK: - What is decided

    private func decide(_ customer: CustomerID) async throws -> Duration? {
        // What the look found that asked for this need not be asked again.
        let latest = self.looks.latest.take(customer)
        let result = if let latest { latest } else { try await self.looks.look(at: customer) }
        var next: Duration?
        for account in result.judged.topUpAccounts.values.sorted(by: { $0.currency < $1.currency }) {
            let opinion = try await self.opinion(account, customer, result.settings)
            try await self.keep(opinion, of: customer)
            // Whoever was to be told when Lago refused it may not have been.
            if let refused = opinion.lastRefused { try await self.tell(try await self.news.refused(refused)) }
            switch opinion.decision {
            case .charge where opinion.hasSettled(since: result.look.readAt - Self.settling):
                // The balance may not show yet what was paid a moment ago.
                next = Self.sooner(next, .milliseconds(Self.settling))
            case .charge(let charge): next = Self.sooner(next, try await self.plan(charge, account, customer))
            case .retry(let id): next = Self.sooner(next, try await self.retry(opinion.topUps.first { $0.id == id }))
            case .wait(let wait):
                next = Self.sooner(next, wait.nextLookAt.map { .milliseconds($0 - self.now()) })
            }
        }
        return next
    }

    /// A decision with all that Lago knows, asked for only where money would move.
    private func opinion(
        _ account: TopUpAccount,
        _ customer: CustomerID,
        _ settings: CustomerSettings,
        submitting intent: String? = nil
    ) async throws -> TopUpDesk.Opinion {
        var assumptions = TopUpDesk.Assumptions()
        let first = try await self.desk.decide(account, of: customer, settings, assumptions, submitting: intent)
        guard first.decision.isAction || first.decision.reason == .shadow else { return first }
        let reader = TopUpHistoryReader(client: self.client, store: self.store, now: self.now)
        let findings = try await reader.read(account, of: customer)
        try await self.adopt(findings, of: customer)
        assumptions.foreign = findings.foreign.map { .init(credits: $0.credits, since: ClockTime($0.createdAt)) }
        assumptions.hasTransactionMetadata = try await reader.hasTransactionMetadata(account)
        assumptions.hasPaymentProvider = try await self.looks.customer(customer).paymentProvider != nil
        return try await self.desk.decide(account, of: customer, settings, assumptions, submitting: intent)
    }

    private func keep(_ opinion: TopUpDesk.Opinion, of customer: CustomerID) async throws {
        let record = try self.desk.record(opinion, of: customer)
        let news = try await self.news.news(of: opinion, of: customer)
        let isNew = try await self.store.write { [now = self.now()] transaction in
            guard try transaction.save(record) else { return false }
            for message in news { try transaction.send(message, at: now) }
            return true
        }
        guard isNew else { return }
        self.logger.info(
            "top-up decided",
            metadata: [
                "customer": "\(customer.rawValue)", "account": "\(record.account)", "reason": "\(record.reason)",
            ]
        )
    }

    /// Writes an intent down, and sends it.
    private func plan(
        _ charge: TopUpDecision.Charge,
        _ account: TopUpAccount,
        _ customer: CustomerID
    ) async throws -> Duration? {
        var topUp = TopUp(
            id: UUID().uuidString.lowercased(),
            customer: customer,
            account: account.currency.code,
            wallet: charge.walletID,
            origin: TopUpOrigin.automatic.rawValue,
            state: TopUpState.planned.rawValue,
            credits: charge.credits.description,
            cents: charge.money.minorUnits,
            at: self.now()
        )
        topUp.listedFrom = try await TopUpLookUp(client: self.client).time() - TopUpLookUp.margin
        let planned = topUp
        guard try await self.store.write({ try $0.plan(planned) }) else { return .seconds(1) }
        return try await self.follow(try await self.submitter.submit(planned))
    }

    // MARK: - What is told

    private func tell(_ messages: [OutgoingMessage]) async throws {
        guard !messages.isEmpty else { return }
        try await self.store.write { [now = self.now()] in
            for message in messages { try $0.send(message, at: now) }
        }
    }

    /// Takes over top-ups that the file does not know, and tells the operator of them, and of purchases that hang.
    private func adopt(_ findings: TopUpHistoryReader.Findings, of customer: CustomerID) async throws {
        let (now, id, unknown) = (self.now(), customer.rawValue, findings.unknown)
        if !unknown.isEmpty {
            self.logger.error(
                "top-ups found at Lago that this file does not know; was it restored?",
                metadata: ["customer": "\(id)", "count": "\(unknown.count)"]
            )
            let alert = try self.outbox.topUpsAdopted(unknown.map(\.id), of: id, at: now)
            try await self.store.write { transaction in
                for topUp in unknown { _ = try transaction.plan(topUp) }
                for message in alert { try transaction.send(message, at: now) }
            }
        }
        for purchase in findings.foreign where now - purchase.createdAt >= TopUpHistory.pendingCounts {
            try await self.tell(
                try self.outbox.foreignPending(
                    transaction: purchase.id,
                    credits: purchase.credits.description,
                    of: id,
                    since: purchase.createdAt
                )
            )
        }
    }
}
