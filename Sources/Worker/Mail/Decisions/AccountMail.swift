private import Foundation
private import Jobs
internal import LagoEvents
private import Money
internal import Notices
internal import Rules
internal import Store

/// Decides anew about a queued mail on an account, right before an attempt to send it.
struct AccountMail: Sendable {
    /// How long a mail waits for somebody to configure Lago, in milliseconds.
    private static let unconfigured: Int64 = 60_000

    let store: Store
    let looks: Looks?
    let policy: LowBalance
    let billingURL: @Sendable (_ customer: String) -> String
    let now: @Sendable () -> Int64

    func decide(_ message: Message) async throws -> MailDecision {
        let arguments = try JSONDecoder().decode(AccountArguments.self, from: Data(message.arguments.utf8))
        let now = self.now()
        guard let looks = self.looks, let id = message.customer else {
            return .putOff(until: now + Self.unconfigured)
        }
        let customer = CustomerID(rawValue: id)
        let settings = try CustomerSettings(json: try await self.store.customerSettings(id))
        let rule = LowBalance(
            policy: try settings.policy(default: self.policy.policy),
            minimumInterval: self.policy.minimumInterval
        )
        let record = try await self.store.thresholds(of: customer, account: arguments.account)
        let facts = Facts(
            message: message,
            arguments: arguments,
            customer: customer,
            record: record,
            rule: rule,
            now: now
        )
        guard let reading = try await looks.freshAccount(arguments.account, of: customer, at: now) else {
            return .end(.superseded, reason: "the account has no active wallet any more", writes: facts.giveUp)
        }
        guard settings.wants(mail: message.kind) else {
            return .end(.suppressed, reason: "the customer does not want mail of this kind", writes: facts.giveUp)
        }
        return arguments.number == nil ? try self.recovery(facts, reading) : try await self.lowBalance(facts, reading)
    }

    /// All that a decision is made from, beside the reading.
    private struct Facts: Sendable {
        let message: Message
        let arguments: AccountArguments
        let customer: CustomerID
        let record: ThresholdRecord?
        let rule: LowBalance
        let now: Int64

        var number: Int { self.arguments.number ?? 0 }

        func keep(_ state: LowBalanceState, in transaction: Transaction) throws {
            let next = try ThresholdRecord(state)
            guard next != self.record else { return }
            let isKept = try transaction.save(
                next,
                of: self.customer,
                account: self.arguments.account,
                after: self.record,
                at: self.now
            )
            guard isKept else { throw OvertakenError(customer: self.customer.rawValue) }
        }

        /// The account waits no longer for this mail, unless a copy to another address may still be sent.
        @Sendable
        func giveUp(_ transaction: Transaction) throws {
            let others = try transaction.siblings(of: self.message)
            guard !others.isSent, !others.isQueued else { return }
            try self.change(in: transaction) { self.rule.giveUp(self.number, state: $0) }
        }

        /// The mail is out, whatever a look has found meanwhile: this cannot be overtaken, only joined with what it left.
        func told(
            _ sent: LowBalanceConfirmation.Send,
            _ reading: AccountReading,
            in transaction: Transaction
        ) throws {
            var isOwed = false
            try self.change(in: transaction) { state in
                var (state, send) = (state, sent)
                let (marked, again) = self.rule.confirm(self.number, reading: reading, state: state, at: self.now)
                if case .send(let now) = again { (state, send) = (marked, now) }
                let told = self.rule.settle(send, as: .sent, state: state, at: self.now)
                isOwed = told.isOwed
                return told.state
            }
            if isOwed { try transaction.enqueue(.look(at: self.customer), .keep(dueAt: self.now), at: self.now) }
        }

        /// Changes the state as it is now.
        private func change(
            in transaction: Transaction,
            _ body: (LowBalanceState) -> LowBalanceState
        ) throws {
            let account = self.arguments.account
            let current = try transaction.thresholds(of: self.customer, account: account)
            let next = try ThresholdRecord(body(try LowBalanceState(current)))
            guard next != current else { return }
            _ = try transaction.save(next, of: self.customer, account: account, after: current, at: self.now)
        }
    }

    private func lowBalance(_ facts: Facts, _ reading: AccountReading) async throws -> MailDecision {
        let before = try LowBalanceState(facts.record)
        let (state, confirmation) = facts.rule.confirm(facts.number, reading: reading, state: before, at: facts.now)
        let keep: @Sendable (Transaction) throws -> Void = { try facts.keep(state, in: $0) }
        switch confirmation {
        case .putOff(let until, _):
            return .putOff(until: until, writes: keep)
        case .send(let send):
            let settlement = MailSettlement(sent: { try facts.told(send, reading, in: $0) }, givenUp: facts.giveUp)
            return .send(self.notice(facts, reading, threshold: send.threshold), settlement)
        case .superseded(let reason):
            let copy = facts.rule.copyTells(of: facts.number, reading: reading, state: before, at: facts.now)
            if reason == .alreadyTold, let copy { return .send(self.notice(facts, reading, threshold: copy)) }
            return .end(.superseded, reason: reason.rawValue, writes: keep)
        }
    }

    private func recovery(_ facts: Facts, _ reading: AccountReading) throws -> MailDecision {
        guard facts.rule.isAbove(facts.arguments.threshold, reading: reading, at: facts.now) else {
            return .end(.superseded, reason: "the balance is low again")
        }
        let notice = Notice.BalanceRecovered(
            customerName: facts.arguments.customerName,
            balance: .both(reading.credits, reading.amount),
            threshold: Self.threshold(try Threshold(facts.arguments.threshold)),
            runOut: Self.runOut(reading),
            now: facts.now,
            billingURL: self.billingURL(facts.customer.rawValue)
        )
        return .send(.balanceRecovered(notice))
    }

    private func notice(_ facts: Facts, _ reading: AccountReading, threshold: Threshold) -> Notice {
        .lowBalance(
            Notice.LowBalance(
                customerName: facts.arguments.customerName,
                balance: .both(reading.credits, reading.amount),
                threshold: Self.threshold(threshold),
                runOut: Self.runOut(reading),
                now: facts.now,
                billingURL: self.billingURL(facts.customer.rawValue)
            )
        )
    }

    private static func runOut(_ reading: AccountReading) -> Notice.RunOut? {
        reading.forecast.map { Notice.RunOut(at: $0.runsOutAt, earliest: $0.earliest, latest: $0.latest) }
    }

    private static func threshold(_ threshold: Threshold) -> Notice.Threshold {
        switch threshold {
        case .credits(let credits): .credits(credits)
        case .money(let amount): .money(amount)
        case .shareOfTopUp(let percent): .share(percent)
        case .daysLeft(let days): .timeLeft(.seconds(days * 86_400))
        }
    }
}
