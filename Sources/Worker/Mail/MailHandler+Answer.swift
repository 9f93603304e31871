private import Foundation
internal import Jobs
internal import Logging
internal import Mail
internal import Metrics
internal import Store
private import Telemetry

/// What follows from the mail server's answer to one attempt.
extension MailHandler {
    private static let giveUpAfter: Int64 = 48 * 3_600_000
    /// So many attempts, about two hours of them, a mail has that is old already when it is first tried.
    private static let fewestAttempts = 8
    private static let backoff = Backoff(base: .seconds(60), limit: .seconds(3600))
    private static let refusalWindow: Int64 = 600_000
    /// A relay that comes and goes is told of once an hour.
    private static let hour: Int64 = 3_600_000

    /// What follows from the relay's answer.
    func conclude(
        _ answer: MailOutcome,
        _ message: Message,
        _ tried: MessageOutcome,
        _ settlement: MailSettlement,
        _ lease: Lease
    ) throws -> JobOutcome {
        var outcome = tried
        switch answer {
        case .sent(let reply):
            self.noteAnswer(takingMailTo: message.recipient)
            (outcome.state, outcome.smtpReply) = (.sent, "\(reply)")
            return self.ended(message, outcome, settlement.sent)
        case .again(let reply, let reason):
            outcome.smtpReply = reply.map { "\($0)" }
            return self.again(message, outcome, reason: reason, settlement, lease)
        case .unclear(let reason):
            return self.again(message, outcome, reason: reason, settlement, lease)
        case .recipientUnknown(let reply):
            outcome.smtpReply = "\(reply)"
            return try self.refused(message, outcome, isUnknown: true, settlement)
        case .refused(let reply):
            outcome.smtpReply = "\(reply)"
            return try self.refused(message, outcome, isUnknown: false, settlement)
        case .relayUnavailable(let reason, let reply):
            outcome.smtpReply = reply.map { "\($0)" }
            return try self.relayFailed(message, outcome, reason: reason)
        case .later(let wait):
            return JobOutcome(.notYet(for: wait))
        case .interrupted:
            return JobOutcome(.notYet(for: .seconds(1)))
        case .invalid(let reason):
            (outcome.state, outcome.reason) = (.failed, reason)
            return self.ended(message, outcome, settlement.givenUp)
        }
    }

    /// Not now: again after a minute, doubling to an hour, for two days.
    private func again(
        _ message: Message,
        _ tried: MessageOutcome,
        reason: String,
        _ settlement: MailSettlement,
        _ lease: Lease
    ) -> JobOutcome {
        var outcome = tried
        guard self.now() - message.createdAt < Self.giveUpAfter || lease.attempt < Self.fewestAttempts else {
            (outcome.state, outcome.reason) = (.failed, "gave up after 48 hours: \(reason)")
            return self.ended(message, outcome, settlement.givenUp)
        }
        outcome.reason = reason
        let delay = Self.backoff.delay(afterAttempt: lease.attempt, jitter: 0)
        return JobOutcome(.again(after: delay, reason: reason)) { [outcome, now = self.now()] transaction in
            try transaction.settle(message: message.id, as: outcome, at: now)
        }
    }

    /// Once more, in another form.
    func again(_ message: Message, _ outcome: MessageOutcome, after delay: Duration) -> JobOutcome {
        JobOutcome(.again(after: delay, reason: outcome.reason ?? "")) { [now = self.now()] transaction in
            try transaction.settle(message: message.id, as: outcome, at: now)
        }
    }

    /// Never to this address; unless so many are refused that it is the relay's doing, and then the message waits.
    private func refused(
        _ message: Message,
        _ tried: MessageOutcome,
        isUnknown: Bool,
        _ settlement: MailSettlement
    ) throws -> JobOutcome {
        let now = self.now()
        var outcome = tried
        let stop = self.lane.refused(message.recipient, at: now)
        guard stop == nil, !self.lane.isStopped(for: message.recipient) else {
            outcome.reason = self.lane.isPaused ? "the relay refuses everybody" : "the relay refuses the whole domain"
            let alert = try stop.map { try self.refusalAlert($0, at: now, reply: tried.smtpReply) } ?? []
            return JobOutcome(.notYet(for: .seconds(900))) { [outcome] transaction in
                try transaction.settle(message: message.id, as: outcome, at: now)
                if stop != nil { try transaction.liftRefusals(since: now - Self.refusalWindow) }
                for message in alert { try transaction.send(message, at: now) }
            }
        }
        (outcome.state, outcome.reason) = (.failed, isUnknown ? "there is nobody of that address" : "refused")
        return self.ended(message, outcome) { transaction in
            try settlement.givenUp(transaction)
            guard isUnknown else { return }
            try transaction.suppress(
                message.recipient,
                kind: nil,
                reason: .refused,
                detail: tried.smtpReply,
                at: now
            )
        }
    }

    private func relayFailed(_ message: Message, _ tried: MessageOutcome, reason: String) throws -> JobOutcome {
        let now = self.now()
        var outcome = tried
        outcome.reason = reason
        let isNew = self.lane.relayFailed(at: now)
        if isNew { self.logger.error("mail is stopped", metadata: ["reason": "\(reason)"]) }
        let alert = isNew ? try self.relayAlert(at: now, reason: reason) : []
        return JobOutcome(.notYet(for: .seconds(60))) { [outcome] transaction in
            try transaction.settle(message: message.id, as: outcome, at: now)
            for message in alert { try transaction.send(message, at: now) }
        }
    }

    private func relayAlert(at now: Int64, reason: String) throws -> [OutgoingMessage] {
        try self.outbox.alert(
            AlertArguments(
                title: "Mail was stopped: the mail server could not be used",
                whatHappened: "The mail server of SMTP_URL took no mail: \(reason). Mails waited, and none was lost.",
                whatToDo:
                    "If this comes again, check SMTP_URL, SMTP_TLS and the mail server's log. The server is asked "
                    + "every minute, and mail flows again when it answers.",
                since: now
            ),
            fact: "mail_stopped/\(now / Self.hour)"
        )
    }

    private func refusalAlert(_ stop: MailLane.Stop, at now: Int64, reply: String?) throws -> [OutgoingMessage] {
        let (whose, place) =
            switch stop {
            case .everybody: ("everybody", "")
            case .domain(let domain): (domain, " of \(domain)")
            }
        self.logger.error("mail is stopped", metadata: ["reason": "the relay refuses \(whose)"])
        return try self.outbox.alert(
            AlertArguments(
                title: "Mail was stopped: the mail server refused many addresses\(place)",
                whatHappened: "More than five addresses\(place) were refused within ten minutes, the last with: "
                    + "\(reply ?? "no reply"). That is rarely the addresses' fault, so no more were tried.",
                whatToDo:
                    "Check that the mail server lets this sender relay. One mail is tried every 15 minutes, and mail "
                    + "flows again when one is taken.",
                since: now
            ),
            fact: "mail_refused/\(whose)/\(now / Self.hour)"
        )
    }

    // MARK: - The end of a message

    func ended(
        _ message: Message,
        _ state: MessageState,
        reason: String,
        _ writes: @escaping @Sendable (Transaction) throws -> Void
    ) -> JobOutcome {
        self.ended(message, MessageOutcome(state, reason: reason), writes)
    }

    func ended(
        _ message: Message,
        _ outcome: MessageOutcome,
        _ writes: @escaping @Sendable (Transaction) throws -> Void
    ) -> JobOutcome {
        Metric.mails.counter([("state", outcome.state.rawValue)], in: self.metrics).increment()
        return JobOutcome(.succeeded) { [now = self.now()] transaction in
            try transaction.settle(message: message.id, as: outcome, at: now)
            try writes(transaction)
        }
    }
}
