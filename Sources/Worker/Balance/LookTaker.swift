private import Foundation
private import LagoAPI
internal import LagoEvents
private import Money
package import Rules
package import Store

/// Looks at one customer's balance at Lago, and says what is to be written: readings, the mails that follow, and when to
/// look again. Jobs and the poller take the same path.
package struct LookTaker: Sendable {
    typealias Writes = @Sendable (Transaction) throws -> Void

    private let looks: Looks
    let store: Store
    private let policy: LowBalance
    private let outbox: Outbox
    let polling: PollingPace
    let coverage: RadarCoverage
    /// nil where nothing is topped up.
    let topUps: TopUpDesk?
    let now: @Sendable () -> Int64

    /// - Parameters:
    ///   - policy: the operator's thresholds; a customer may have other ones.
    ///   - coverage: whether the radar tells whose usage moves.
    package init(
        looks: Looks,
        store: Store,
        policy: LowBalance,
        outbox: Outbox,
        polling: PollingPace = PollingPace(),
        coverage: RadarCoverage = RadarCoverage(),
        topUps: TopUpDesk? = nil,
        now: @escaping @Sendable () -> Int64
    ) {
        self.looks = looks
        self.store = store
        self.policy = policy
        self.outbox = outbox
        self.polling = polling
        self.coverage = coverage
        self.topUps = topUps
        self.now = now
    }

    /// The same, with looks that ask through another client.
    package func asking(_ looks: Looks) -> LookTaker {
        LookTaker(
            looks: looks,
            store: self.store,
            policy: self.policy,
            outbox: self.outbox,
            polling: self.polling,
            coverage: self.coverage,
            topUps: self.topUps,
            now: self.now
        )
    }

    /// A full look.
    ///
    /// - Throws: `LagoError`, or what the store throws; the writes throw `OvertakenError`.
    func look(at customer: CustomerID) async throws -> Writes {
        let result = try await self.looks.look(at: customer)
        let topUps = try await self.topUpSteps(after: result)
        if topUps.contains(where: \.needsJob) { self.looks.latest.keep(result) }
        return try self.writes(for: result, try await self.decide(result, topUps), topUps)
    }

    /// A look by what is known, and what Lago says of usage; nil where that is not enough to go by, or where more would
    /// follow from it than numbers: then a full look is due.
    ///
    /// - Parameter lookedAt: the last look, in Unix milliseconds.
    func scout(_ customer: CustomerID, since lookedAt: Int64) async throws -> Writes? {
        let limit = self.polling.walletsSeen.milliseconds
        let scouted: Looks.Result?
        do {
            scouted = try await self.looks.scout(customer, since: lookedAt, walletsSeenWithin: limit)
        } catch LagoError.notFound {
            // Something that was there is gone; a full look says what.
            return nil
        }
        guard let result = scouted else { return nil }
        let decision = try await self.decide(result, [], mayAsk: false)
        let isPlain = decision.changes.allSatisfy { $0.before == $0.after && $0.mail == nil && $0.recovered == nil }
        let topUps = try await self.topUpSteps(after: result)
        guard isPlain, topUps.allSatisfy({ !$0.needsJob }) else { return nil }
        return try self.writes(for: result, decision, topUps)
    }

    /// What is decided about one account.
    private struct Change: Sendable {
        let account: String
        let before: ThresholdRecord?
        var after: ThresholdRecord
        var mail: LowBalanceMail?
        /// The threshold of the descent that is over.
        var recovered: (descent: Int, threshold: String)?
        /// Why the mail is only put on record.
        var tooOld: String?
    }

    /// What follows from a look.
    private struct Decision: Sendable {
        let changes: [Change]
        let person: MirroredCustomer?
        let messages: [OutgoingMessage]
        let plan: LookPlan
    }

    private func writes(for result: Looks.Result, _ decision: Decision, _ topUps: [TopUpStep]) throws -> Writes {
        let look = result.look
        let forecasts = try result.judged.forecasts(at: look.readAt)
        let readings = result.judged.readings.map { Self.reading($1, account: $0, look: look) }
        let kept =
            look.held.keep.isEmpty ? nil : String(decoding: try JSONEncoder().encode(look.held.keep), as: UTF8.self)
        let overdue = try look.held.overdue.flatMap { try self.outbox.periodOverdue($0, customer: look.customer) }
        return { [now = self.now()] transaction in
            try Self.save(result, decision.person, at: look.readAt, transaction)
            try transaction.save(heldUsage: kept, of: look.customer, at: look.readAt)
            for reading in readings { try transaction.save(reading) }
            for forecast in forecasts { try transaction.save(forecast, of: look.customer) }
            for change in decision.changes where change.before != change.after {
                let isKept = try transaction.save(
                    change.after,
                    of: look.customer,
                    account: change.account,
                    after: change.before,
                    at: now
                )
                guard isKept else { throw OvertakenError(customer: look.customer.rawValue) }
            }
            for message in decision.messages + overdue { try transaction.send(message, at: now) }
            for step in topUps { try step.write(in: transaction, at: now) }
            if look.balance.wallets.isEmpty {
                try transaction.unschedule(look.customer)
            } else {
                try decision.plan.write(in: transaction)
            }
        }
    }

    /// What becomes of each account, and the mails that follow.
    ///
    /// - Parameter mayAsk: Lago may be asked for what a mail depends on.
    private func decide(
        _ result: Looks.Result,
        _ topUps: [TopUpStep],
        mayAsk: Bool = true
    ) async throws -> Decision {
        let look = result.look
        let rule = LowBalance(
            policy: try result.settings.policy(default: self.policy.policy),
            minimumInterval: self.policy.minimumInterval
        )
        let last = Dictionary(
            try await self.store.balances(of: look.customer).map { ($0.account, $0.seenAt) },
            uniquingKeysWith: max
        )
        let plan = self.plan(result, try self.thresholds(rule.policy, result.settings))
        var changes: [Change] = []
        for (account, reading) in result.judged.readings.sorted(by: { $0.key < $1.key }) {
            let sight = Sight(
                account: account,
                reading: reading,
                underWay: topUps.first { $0.decision.account == account }?.underWay,
                lastSeenAt: last[account]
            )
            changes.append(try await self.change(sight, rule, look, mayAsk: mayAsk))
        }
        guard mayAsk else { return Decision(changes: changes, person: nil, messages: [], plan: plan) }
        let hasNews = changes.contains { $0.mail != nil || $0.recovered != nil }
        let person = try await self.person(look, isNeeded: hasNews)
        var messages: [OutgoingMessage] = []
        for index in changes.indices {
            let mails = try self.messages(changes[index], person, result.settings)
            // Where no address can be written to, nobody waits for an outcome.
            if let mail = changes[index].mail, !mails.contains(where: \.isOnItsWay) {
                let state = try LowBalanceState(changes[index].after)
                changes[index].after = try ThresholdRecord(rule.giveUp(mail.number, state: state))
            }
            messages += mails
        }
        return Decision(changes: changes, person: person, messages: messages, plan: plan)
    }

    /// An account as a look finds it.
    private struct Sight: Sendable {
        let account: String
        let reading: AccountReading
        /// A top-up of ours that Lago does not show yet.
        let underWay: AccountReading.PendingTopUp?
        /// Unix milliseconds; nil for the first look.
        let lastSeenAt: Int64?
    }

    private func change(
        _ sight: Sight,
        _ rule: LowBalance,
        _ look: BalanceLook,
        mayAsk: Bool
    ) async throws -> Change {
        let (account, reading) = (sight.account, sight.reading)
        let before = try await self.store.thresholds(of: look.customer, account: account)
        var state = try LowBalanceState(before)
        if let queued = state.queued, !(try await self.store.hasQueuedMail(to: look.customer, account: account)) {
            // Its message has come to an end without telling: discarded by an operator.
            state = rule.giveUp(queued.number, state: state)
        }
        var (next, decision) = rule.observe(reading, state: state, at: look.readAt)
        if case .mail = decision, mayAsk {
            let whole = try await self.looks.withPendingTopUps(
                reading,
                account: account,
                of: look.customer,
                wallets: look.wallets(of: account),
                at: look.readAt
            )
            let withOurs = whole.pendingTopUp == nil ? whole.with(pendingTopUp: sight.underWay) : whole
            (next, decision) = rule.observe(withOurs, state: state, at: look.readAt)
        }
        var change = Change(account: account, before: before, after: try ThresholdRecord(next))
        switch decision {
        case .mail(let mail):
            change.mail = mail
            // One that is queued already is of a time when somebody looked.
            if !mail.isQueuedAlready { change.tooOld = Self.tooOld(sight.lastSeenAt, at: look.readAt) }
        case .recovered(let descent):
            change.recovered = state.lastMailed.map { (descent, $0) }
            change.tooOld = Self.tooOld(sight.lastSeenAt, at: look.readAt)
        case .none: break
        }
        return change
    }

    /// Why nobody is mailed about what happened since an account was last seen: perhaps it was long ago.
    private static func tooOld(_ lastSeenAt: Int64?, at now: Int64) -> String? {
        guard let lastSeenAt, now - lastSeenAt > Sweep.tooOld else { return nil }
        return "too_old: nobody looked for more than 72 hours"
    }

    /// The customer as Lago has it now, where a mail is to be written; one without an address where Lago has none.
    private func person(_ look: BalanceLook, isNeeded: Bool) async throws -> MirroredCustomer? {
        guard isNeeded else { return nil }
        do {
            return MirroredCustomer(try await self.looks.customer(look.customer), seenAt: look.readAt)
        } catch LagoError.notFound {
            let id = look.customer.rawValue
            return MirroredCustomer(id: id, name: nil, email: nil, locale: nil, object: [], seenAt: look.readAt)
        }
    }

    private func messages(
        _ change: Change,
        _ person: MirroredCustomer?,
        _ settings: CustomerSettings
    ) throws -> [OutgoingMessage] {
        guard let person else { return [] }
        if let mail = change.mail {
            guard !mail.isQueuedAlready else {
                return [.bringForward(account: change.account, customer: person.id, mail)]
            }
            return try self.outbox.lowBalance(
                mail,
                account: change.account,
                to: person,
                settings,
                tooOld: change.tooOld
            )
        }
        guard let (descent, threshold) = change.recovered else { return [] }
        return try self.outbox.recovered(
            descent: descent,
            threshold: threshold,
            account: change.account,
            to: person,
            settings,
            tooOld: change.tooOld,
            at: self.now()
        )
    }
}
