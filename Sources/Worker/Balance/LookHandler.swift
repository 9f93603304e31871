private import Foundation
package import Jobs
private import LagoAPI
private import LagoEvents
private import Money
package import Rules
package import Store

/// Looks at one customer's balance at Lago, and queues the mails that follow.
package struct LookHandler: Sendable {
    /// How long to wait for somebody to configure Lago.
    private static let unconfigured = Duration.seconds(60)

    private let looks: Looks?
    private let store: Store
    private let policy: LowBalance
    private let outbox: Outbox
    private let outage: Outage?
    private let backoff: Backoff
    private let now: @Sendable () -> Int64

    /// - Parameters:
    ///   - looks: nil while Lago is not configured; then looks wait.
    ///   - policy: the operator's thresholds; a customer may have other ones.
    ///   - outage: the long one that ended when this worker started.
    package init(
        looks: Looks?,
        store: Store,
        policy: LowBalance,
        outbox: Outbox,
        outage: Outage? = nil,
        backoff: Backoff = Backoff(),
        now: @escaping @Sendable () -> Int64
    ) {
        self.looks = looks
        self.store = store
        self.policy = policy
        self.outbox = outbox
        self.outage = outage
        self.backoff = backoff
        self.now = now
    }

    /// A handler for jobs whose key is the customer's id.
    @Sendable
    package func callAsFunction(_ lease: Lease) async throws -> JobOutcome {
        guard let looks = self.looks else { return JobOutcome(.notYet(for: Self.unconfigured)) }
        do {
            let result = try await looks.look(at: CustomerID(rawValue: lease.key))
            return try await self.conclude(result, looks)
        } catch let error as LagoError {
            return self.outcome(of: error, lease)
        }
    }

    /// A look is never given up for what an operator can mend, as a key that Lago refuses: nothing else would look
    /// again before the customer's next event.
    private func outcome(of error: LagoError, _ lease: Lease) -> JobOutcome {
        switch error {
        case .badRequest, .validation: return JobOutcome(.permanent(reason: "\(error)"))
        default:
            let delay = self.backoff.delay(afterAttempt: lease.attempt, jitter: 0)
            return JobOutcome(.again(after: delay, reason: "\(error)"))
        }
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

    private func conclude(_ result: Looks.Result, _ looks: Looks) async throws -> JobOutcome {
        let look = result.look
        let (changes, person, messages) = try await self.decide(result, looks)
        let readings = result.accounts.map { Self.reading($1, account: $0, look: look) }
        let kept =
            look.held.keep.isEmpty ? nil : String(decoding: try JSONEncoder().encode(look.held.keep), as: UTF8.self)
        let overdue = try look.held.overdue.flatMap { try self.outbox.periodOverdue($0, customer: look.customer) }
        return JobOutcome(.succeeded) { [now = self.now()] transaction in
            try Self.save(result, person, at: look.readAt, transaction)
            try transaction.save(heldUsage: kept, of: look.customer, at: look.readAt)
            for reading in readings { try transaction.save(reading) }
            for change in changes where change.before != change.after {
                let isKept = try transaction.save(
                    change.after,
                    of: look.customer,
                    account: change.account,
                    after: change.before,
                    at: now
                )
                guard isKept else { throw OvertakenError(customer: look.customer.rawValue) }
            }
            for message in messages + overdue { try transaction.send(message, at: now) }
        }
    }

    /// What becomes of each account, and the mails that follow.
    private func decide(
        _ result: Looks.Result,
        _ looks: Looks
    ) async throws -> (changes: [Change], person: MirroredCustomer?, messages: [OutgoingMessage]) {
        let look = result.look
        let rule = LowBalance(
            policy: try result.settings.policy(default: self.policy.policy),
            minimumInterval: self.policy.minimumInterval
        )
        let last = Dictionary(
            try await self.store.balances(of: look.customer).map { ($0.account, $0.seenAt) },
            uniquingKeysWith: max
        )
        var changes: [Change] = []
        for (account, reading) in result.accounts.sorted(by: { $0.key < $1.key }) {
            changes.append(try await self.change(account, reading, rule, look, looks, lastSeenAt: last[account]))
        }
        let hasNews = changes.contains { $0.mail != nil || $0.recovered != nil }
        let person = try await self.person(look, isNeeded: hasNews, looks)
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
        return (changes, person, messages)
    }

    private func change(
        _ account: String,
        _ reading: AccountReading,
        _ rule: LowBalance,
        _ look: BalanceLook,
        _ looks: Looks,
        lastSeenAt: Int64?
    ) async throws -> Change {
        let before = try await self.store.thresholds(of: look.customer, account: account)
        var state = try LowBalanceState(before)
        if let queued = state.queued, !(try await self.store.hasQueuedMail(to: look.customer, account: account)) {
            // Its message has come to an end without telling: discarded by an operator.
            state = rule.giveUp(queued.number, state: state)
        }
        var (next, decision) = rule.observe(reading, state: state, at: look.readAt)
        if case .mail = decision {
            let whole = try await looks.withPendingTopUps(
                reading,
                account: account,
                of: look.customer,
                wallets: look.wallets(of: account),
                at: look.readAt
            )
            (next, decision) = rule.observe(whole, state: state, at: look.readAt)
        }
        var change = Change(account: account, before: before, after: try ThresholdRecord(next))
        switch decision {
        case .mail(let mail):
            change.mail = mail
            if let lastSeenAt, self.outage?.isTooOld(lastSeenAt) == true, !mail.isQueuedAlready {
                change.tooOld = "too_old: the balance fell while no worker ran, perhaps more than 72 hours ago"
            }
        case .recovered(let descent):
            change.recovered = state.lastMailed.map { (descent, $0) }
        case .none: break
        }
        return change
    }

    /// The customer as Lago has it now, where a mail is to be written; one without an address where Lago has none.
    private func person(_ look: BalanceLook, isNeeded: Bool, _ looks: Looks) async throws -> MirroredCustomer? {
        guard isNeeded else { return nil }
        do {
            return MirroredCustomer(try await looks.customer(look.customer), seenAt: look.readAt)
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
            at: self.now()
        )
    }

    private static func save(
        _ result: Looks.Result,
        _ person: MirroredCustomer?,
        at seenAt: Int64,
        _ transaction: Transaction
    ) throws {
        for wallet in result.look.wallets { try transaction.save(MirroredWallet(wallet, seenAt: seenAt)) }
        for subscription in result.look.subscriptions {
            try transaction.save(MirroredSubscription(subscription, seenAt: seenAt))
        }
        for invoice in result.look.invoices { try transaction.save(MirroredInvoice(invoice, seenAt: seenAt)) }
        for item in result.transactions { try transaction.save(MirroredTransaction(item, seenAt: seenAt)) }
        if let person, !person.object.isEmpty { try transaction.save(person) }
    }

    private static func reading(_ reading: AccountReading, account: String, look: BalanceLook) -> BalanceReading {
        let wallets =
            look.balance.accounts.first { $0.currency.code == account }?.wallets
            ?? look.balance.wallets.filter { $0.reading.id == account }
        return BalanceReading(
            customer: look.customer,
            account: account,
            currency: reading.amount.currency.code,
            settledCents: wallets.reduce(0) { $0 + $1.settled },
            liveCents: reading.amount.minorUnits,
            credits: reading.credits.description,
            at: look.readAt
        )
    }
}

extension LowBalanceState {
    /// As kept; the state before the first look where nothing is.
    init(_ record: ThresholdRecord?) throws {
        guard let record else {
            self.init()
            return
        }
        self = try JSONDecoder().decode(Self.self, from: Data(record.state.utf8))
    }
}

extension ThresholdRecord {
    init(_ state: LowBalanceState) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        self.init(
            descent: Int64(state.descent),
            state: String(decoding: try encoder.encode(state), as: UTF8.self)
        )
    }
}
