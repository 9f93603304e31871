internal import LagoAPI
internal import LagoEvents
private import Money
internal import Notices
internal import Rules
internal import Store

/// Finds what the customer and the operator are to be told about top-ups. A message goes with the change that it tells of
/// in one transaction; its fact makes it one, however often the change is found.
struct TopUpNews: Sendable {
    /// Words that come beside a refusal, and the decision that follows it, are waited for so long, in milliseconds.
    private static let pause: Int64 = 5_000
    /// A webhook tells sooner, unless it is lost, in milliseconds.
    private static let toldWithin: Int64 = 60_000
    /// What nobody has paid for so long, and nobody collects, the customer is asked to pay, in milliseconds.
    private static let collectedWithin: Int64 = 900_000
    private static let unknownAlert: Int64 = 900_000

    let outbox: Outbox
    let looks: Looks
    let store: Store
    let allowance: TopUpAllowance
    let now: @Sendable () -> Int64

    /// Whom mails are for, and what they want.
    private struct Reader {
        let person: MirroredCustomer
        let settings: CustomerSettings
        /// Lago can collect money from them.
        let hasProvider: Bool
    }

    private func reader(_ customer: CustomerID) async throws -> Reader {
        let found = try await self.looks.customer(customer)
        return Reader(
            person: MirroredCustomer(found, seenAt: self.now()),
            settings: try CustomerSettings(json: try await self.store.customerSettings(customer.rawValue)),
            hasProvider: found.paymentProvider != nil
        )
    }

    // MARK: - What became of one

    /// What a step of a top-up has to tell: once when it is paid, once when it first fails, and whenever the customer has
    /// to act.
    func news(of after: TopUp, before: TopUp) async throws -> [OutgoingMessage] {
        var messages: [OutgoingMessage] = try self.alerts(about: after)
        switch after.stands {
        case .settled where before.stands != .settled:
            messages += try await self.mail(.topUpSucceeded, after, "paid", since: after.settled?.at)
            messages += try await self.limits(after)
        case .failed where before.stands != .failed && after.invoiceState == TopUpRecord.Invoice.payable.rawValue:
            messages += try await self.mail(.topUpFailed, after, "failed", since: after.failures.last?.at) {
                $0.failure = .declined
            }
        case .submitted:
            messages += try await self.requests(after, isNewlyInvoiced: before.invoiceID == nil)
            messages += try await self.limits(after)
        default: break
        }
        return messages
    }

    /// Lago made nothing of it, and said why. Of refusals in a row the first is told, and the pause.
    func refused(_ topUp: TopUp) async throws -> [OutgoingMessage] {
        guard topUp.origin == TopUpOrigin.automatic.rawValue, try await !self.isTold(.topUpFailed, topUp, "failed")
        else { return [] }
        let records = try await self.store.topUps(of: topUp.customer, account: topUp.account)
            .map { $0.id == topUp.id ? topUp : $0 }.compactMap(TopUpRecord.init)
        guard TopUpHistory(records: records).failuresInARow(at: self.now()).count == 1 else { return [] }
        return try await self.mail(.topUpFailed, topUp, "failed", since: topUp.failures.last?.at) {
            $0.failure = .refused
        }
    }

    /// What only the customer can do: confirm a payment, or pay where nobody collects.
    private func requests(_ topUp: TopUp, isNewlyInvoiced: Bool) async throws -> [OutgoingMessage] {
        guard let invoice = topUp.invoiceID else { return [] }
        let age = self.now() - topUp.created.clockTime.counted(at: self.now())
        var confirmations = try await self.store.facts(beginning: "invoice/\(invoice)/\(Fact.actionRequiredWord)/")
        var payments: [LagoPayment]?
        if confirmations.isEmpty, age > Self.toldWithin {
            // No webhook said so, but one may have been lost.
            payments = try await self.payments(of: invoice)
            confirmations = (payments ?? []).filter { $0.status == Fact.requiresAction }.map(\.id)
        }
        var messages: [OutgoingMessage] = []
        for payment in confirmations {
            let what = "\(Fact.actionRequiredWord)/\(payment)"
            guard try await !self.isTold(.topUpActionRequired, topUp, what) else { continue }
            messages += try await self.mail(.topUpActionRequired, topUp, what) { $0.action = .confirmation }
        }
        let isOverdue = age > Self.collectedWithin
        guard confirmations.isEmpty, isNewlyInvoiced || isOverdue else { return messages }
        guard try await !self.isTold(.topUpActionRequired, topUp, "unpaid") else { return [] }
        // Nobody collects without a provider, nor from a customer who has no payment method.
        if !isOverdue || payments?.isEmpty != true {
            guard try await !self.reader(topUp.customer).hasProvider else { return [] }
        }
        return try await self.mail(.topUpActionRequired, topUp, "unpaid") { $0.action = .payment }
    }

    /// The attempts to collect an invoice; nil where this Lago lists none.
    private func payments(of invoice: String) async throws -> [LagoPayment]? {
        do {
            return try await self.looks.reader.client.payments(invoiceID: invoice)
        } catch LagoError.noRoute {
            return nil
        }
    }

    private func isTold(_ kind: MessageKind, _ topUp: TopUp, _ what: String) async throws -> Bool {
        try await self.store.hasMessage(kind: kind.rawValue, customer: topUp.customer, fact: Self.fact(topUp, what))
    }

    // MARK: - What is decided

    /// Decisions that people are told of.
    static let told: Set<TopUpReason> = [.pausedAfterFailures, .dailyLimit, .monthlyLimit]

    /// What a decision has to tell that was not so before.
    func news(of opinion: TopUpDesk.Opinion, of customer: CustomerID) async throws -> [OutgoingMessage] {
        let account = opinion.account.currency.code
        let last = try await self.store.topUpDecision(of: customer, account: account)?.reason
        let reason = opinion.decision.reason
        guard opinion.policy.mode == .on, Self.told.contains(reason), reason.rawValue != last else { return [] }
        if reason == .pausedAfterFailures { return try await self.paused(opinion, of: customer) }
        let currency = opinion.account.currency
        let use = AutoTopUp(policy: opinion.policy).use(of: opinion.history, currency: currency, at: self.now())
        return try await self.limit(reason == .dailyLimit ? .day : .month, use, percent: 100, currency, of: customer)
    }

    /// What a top-up that Lago has makes of the month's limit.
    private func limits(_ topUp: TopUp) async throws -> [OutgoingMessage] {
        guard topUp.origin == TopUpOrigin.automatic.rawValue, let currency = Currency(topUp.account) else { return [] }
        let settings = try CustomerSettings(json: try await self.store.customerSettings(topUp.customer.rawValue))
        let rule = AutoTopUp(policy: try settings.topUpPolicy(within: self.allowance))
        let others = try await self.store.topUps(of: topUp.customer, account: topUp.account)
            .filter { $0.id != topUp.id }.compactMap(TopUpRecord.init)
        func use(_ records: [TopUpRecord]) -> AutoTopUp.Use {
            rule.use(of: TopUpHistory(records: records), currency: currency, at: self.now())
        }
        let (with, without) = (use(others + [topUp].compactMap(TopUpRecord.init)), use(others))
        guard let percent = with.shareOfMonth, percent != without.shareOfMonth else { return [] }
        return try await self.limit(.month, with, percent: percent, currency, of: topUp.customer)
    }

    private func limit(
        _ span: TopUpLimitArguments.Span,
        _ use: AutoTopUp.Use,
        percent: Int,
        _ currency: Currency,
        of customer: CustomerID
    ) async throws -> [OutgoingMessage] {
        let endsAt = span == .day ? use.dayEndsAt : use.monthEndsAt
        let fact = "top_up_limit/\(currency.code)/\(span.rawValue)/\(endsAt)/\(percent)"
        let kind = MessageKind.topUpLimit
        guard try await !self.store.hasMessage(kind: kind.rawValue, customer: customer, fact: fact) else { return [] }
        let reader = try await self.reader(customer)
        let arguments = TopUpLimitArguments(
            account: currency.code,
            customerName: reader.person.name,
            span: span,
            used: span == .day ? Int64(use.countOfDay) : use.ofMonth.minorUnits,
            limit: span == .day ? Int64(use.maxPerDay) : use.maxPerMonth?.minorUnits ?? 0,
            percent: percent,
            endsAt: endsAt
        )
        return try self.outbox.messages(
            kind,
            try Outbox.json(arguments),
            fact: fact,
            to: reader.person,
            reader.settings,
            dueAt: self.now()
        )
    }

    private func paused(_ opinion: TopUpDesk.Opinion, of customer: CustomerID) async throws -> [OutgoingMessage] {
        let failed = opinion.topUps.filter { $0.origin == TopUpOrigin.automatic.rawValue && !$0.failures.isEmpty }
        guard let last = failed.max(by: { ($0.failures.last?.at ?? 0) < ($1.failures.last?.at ?? 0) }) else {
            return []
        }
        let count = failed.reduce(0) { $0 + $1.failures.count }
        let inARow = opinion.history.failuresInARow(at: self.now()).count
        let mails = try await self.mail(.topUpPaused, last, "paused/\(count)") { $0.failures = inARow }
        return try mails + self.outbox.topUpsPaused(last, failures: inARow, fact: "\(last.id)/\(count)")
    }

    // MARK: - What the operator is told

    /// What takes too long.
    func alerts(about topUp: TopUp) throws -> [OutgoingMessage] {
        let age = self.now() - topUp.created.clockTime.counted(at: self.now())
        switch topUp.stands {
        case .unknown where self.now() - topUp.updatedAt >= Self.unknownAlert:
            return try self.outbox.topUpUnknown(topUp)
        case .submitted where age >= TopUpHistory.pendingCounts: return try self.outbox.topUpPending(topUp)
        default: return []
        }
    }

    // MARK: -

    private static func fact(_ topUp: TopUp, _ what: String) -> String {
        "top_up/\(topUp.transactionID ?? topUp.id)/\(what)"
    }

    /// - Parameter since: when it happened, in Unix milliseconds: nobody is mailed about what is long past.
    private func mail(
        _ kind: MessageKind,
        _ topUp: TopUp,
        _ what: String,
        since: Int64? = nil,
        _ fill: (inout TopUpArguments) -> Void = { _ in }
    ) async throws -> [OutgoingMessage] {
        let (reader, now) = (try await self.reader(topUp.customer), self.now())
        var arguments = TopUpArguments(topUp: topUp.id, customerName: reader.person.name)
        fill(&arguments)
        let isLongAgo = since.map { now - $0 > Sweep.tooOld } ?? false
        return try self.outbox.messages(
            kind,
            try Outbox.json(arguments),
            fact: Self.fact(topUp, what),
            to: reader.person,
            reader.settings,
            dueAt: kind == .topUpSucceeded ? now : now + Self.pause,
            never: isLongAgo ? (.superseded, "too_old: it happened more than 72 hours ago") : nil
        )
    }
}
