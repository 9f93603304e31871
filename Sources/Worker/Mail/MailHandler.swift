private import Foundation
package import Jobs
package import Logging
package import Mail
package import Metrics
package import Notices
package import Rules
package import Settings
package import Signatures
package import Store
private import Telemetry

/// Sends one mail: decides anew whether it is still to be sent, finds its words, hands it in, and keeps the reply.
package struct MailHandler: Sendable {
    /// What a mail needs that is configured.
    package struct Post: Sendable {
        let settings: MailSettings
        let sink: MailSink
        let renderer: NoticeRenderer
        let signer: LinkSigner

        package init(settings: MailSettings, sink: MailSink, renderer: NoticeRenderer, signer: LinkSigner) {
            self.settings = settings
            self.sink = sink
            self.renderer = renderer
            self.signer = signer
        }
    }

    private static let unconfigured = Duration.seconds(60)
    /// How long a mail waits while others to its domain take long.
    private static let occupied = Duration.seconds(5)

    let store: Store
    private let post: Post?
    private let accounts: AccountMail
    private let topUps: TopUpMail
    private let billing: BillingMail
    private let digests: DigestMail
    private let budget: MailBudget
    private let adminURL: String
    private let minimumInterval: Int64
    let outbox: Outbox
    let lane: MailLane
    private let hands: DomainHands
    let metrics: any MetricsFactory
    let logger: Logger
    let now: @Sendable () -> Int64

    /// - Parameters:
    ///   - post: nil while mail is not configured; what is queued then waits.
    ///   - looks: nil while Lago is not configured.
    ///   - adminURL: the dashboard's page for operators.
    ///   - hands: how many mails are worked at a time.
    package init(
        store: Store,
        post: Post?,
        looks: Looks?,
        policy: LowBalance,
        outbox: Outbox,
        billingURL: @escaping @Sendable (_ customer: String) -> String,
        adminURL: String,
        lane: MailLane,
        hands: Int,
        metrics: any MetricsFactory,
        logger: Logger,
        now: @escaping @Sendable () -> Int64
    ) {
        self.store = store
        self.post = post
        self.accounts = AccountMail(store: store, looks: looks, policy: policy, billingURL: billingURL, now: now)
        let instructions = post?.settings.paymentInstructions ?? []
        self.billing = BillingMail(
            store: store,
            looks: looks,
            instructions: instructions,
            billingURL: billingURL,
            now: now
        )
        self.digests = DigestMail(store: store, billingURL: billingURL, adminURL: adminURL)
        self.budget = MailBudget(store: store, now: now)
        self.adminURL = adminURL
        self.topUps = TopUpMail(
            store: store,
            looks: looks,
            instructions: instructions,
            billingURL: billingURL,
            now: now
        )
        self.minimumInterval = policy.minimumInterval
        self.outbox = outbox
        self.lane = lane
        self.hands = DomainHands(of: hands)
        self.metrics = metrics
        self.logger = logger
        self.now = now
    }

    /// A handler for jobs whose key is the message's row number.
    @Sendable
    package func callAsFunction(_ lease: Lease) async throws -> JobOutcome {
        guard let id = Int64(lease.key), let message = try await self.store.message(id) else {
            return JobOutcome(.permanent(reason: "there is no message \(lease.key)"))
        }
        guard message.state == .queued else { return JobOutcome(.succeeded) }
        guard let post = self.post else {
            return JobOutcome(.notYet(for: Self.unconfigured))
        }
        if let wait = self.lane.wait(for: message.recipient, at: self.now()) {
            return JobOutcome(.notYet(for: .milliseconds(wait)))
        }
        // Before Lago is asked what the mail says.
        if let wait = post.sink.wait { return JobOutcome(.notYet(for: wait)) }
        let outcome = try await self.hands.working(for: message.recipient) {
            try await self.attempt(message, lease, post)
        }
        return outcome ?? JobOutcome(.notYet(for: Self.occupied))
    }

    private func attempt(_ message: Message, _ lease: Lease, _ post: Post) async throws -> JobOutcome {
        switch try await self.decide(message, post) {
        case .putOff(let until, let writes):
            return JobOutcome(.notYet(for: .milliseconds(max(1, until - self.now()))), writes: writes)
        case .end(let state, let reason, let writes):
            return self.ended(message, state, reason: reason, writes)
        case .send(let notice, let attachments, let settlement):
            if let (state, reason) = try await self.stop(message, post) {
                return self.ended(message, state, reason: reason, settlement.givenUp)
            }
            let off = post.settings.noticesOff
            let (name, budget) = (notice.customerName, self.budget)
            if let writes = try await budget.heldBack(message, customerName: name, noticesOff: off) {
                return try self.digested(message, notice, post) {
                    try settlement.sent($0); try writes($0)
                }
            }
            if let wait = await self.waitForRelay(message, post) { return JobOutcome(.notYet(for: wait)) }
            let letter = Letter(notice: notice, attachments: attachments, settlement: settlement)
            return try await self.send(message, letter, lease, post)
        }
    }

    /// Why a mail that is true all the same is not to be sent.
    private func stop(_ message: Message, _ post: Post) async throws -> (MessageState, reason: String)? {
        if let stop = try await self.store.suppression(of: message.recipient, kind: message.kind) {
            return (.suppressed, stop.reason.rawValue)
        }
        // One that was put off is late by the interval at the most.
        if self.now() - message.createdAt > Sweep.tooOld + self.minimumInterval {
            return (.superseded, "too_old: it waited for more than 72 hours")
        }
        return post.settings.noticesOff.contains(message.kind) ? (.suppressed, "NOTICES_OFF names this kind") : nil
    }

    private func decide(_ message: Message, _ post: Post) async throws -> MailDecision {
        guard let kind = MessageKind(rawValue: message.kind) else {
            return .end(.failed, reason: "this version knows no mails of kind \(message.kind)")
        }
        let links = post.links(for: message, at: self.now())
        switch kind {
        case .lowBalance, .balanceRecovered:
            return try await self.accounts.decide(message)
        case .topUpPaused, .topUpLimit: return try await self.topUps.decide(message, links)
        case .topUpSucceeded, .topUpFailed, .topUpActionRequired:
            return TopUpArguments.areOf(message)
                ? try await self.topUps.decide(message, links) : try await self.billing.decide(message, kind, links)
        case .operatorAlert: return try await self.operatorAlert(message)
        case .operatorDigest: return try await self.digests.operators(message)
        case .customerDigest: return try await self.digests.customer(message)
        default: return try await self.billing.decide(message, kind, links)
        }
    }

    private func operatorAlert(_ message: Message) async throws -> MailDecision {
        if let decision = try await self.budget.gathered(message) { return decision }
        let alert = try JSONDecoder().decode(AlertArguments.self, from: Data(message.arguments.utf8))
        return .send(.operatorAlert(alert.notice(link: self.adminURL)))
    }

    /// How long to stay away while mail does not flow; asks the relay when it is this message's turn to.
    private func waitForRelay(_ message: Message, _ post: Post) async -> Duration? {
        switch self.lane.permit(for: message.recipient, at: self.now()) {
        case .send, .attempt: return nil
        case .wait(let milliseconds): return .milliseconds(milliseconds)
        case .probe:
            if await post.sink.probe() != nil {
                _ = self.lane.relayFailed(at: self.now())
                return .seconds(60)
            }
            self.noteAnswer()
            return nil
        }
    }

    /// - Parameter address: whose message was taken; nil where the relay only answered.
    func noteAnswer(takingMailTo address: String? = nil) {
        guard self.lane.relayAnswered(takingMailTo: address, at: self.now()) else { return }
        self.logger.notice("mail flows again")
        self.store.submit { [now = self.now()] in
            _ = try $0.releaseMail(limit: 1000, at: now)
        } failed: { _ in
            // They come by themselves, only later.
        }
    }

    /// It is told later, with others: its words are kept, as those of a mail are that was sent.
    private func digested(
        _ message: Message,
        _ notice: Notice,
        _ post: Post,
        _ writes: @escaping @Sendable (Transaction) throws -> Void
    ) throws -> JobOutcome {
        let links = post.links(for: message, at: self.now())
        let words = try post.renderer.render(notice, locale: links.locale, unsubscribeURL: try links.unsubscribe())
        var outcome = MessageOutcome(.digested, reason: "more than five optional mails in a day")
        (outcome.subject, outcome.text, outcome.html) = (words.subject, words.text, words.html)
        outcome.locale = words.locale.rawValue
        return self.ended(message, outcome, writes)
    }

    // MARK: - One attempt

    /// A mail that is to be sent as things stand.
    private struct Letter: Sendable {
        let notice: Notice
        let attachments: [MailAttachment]
        let settlement: MailSettlement
    }

    private func send(
        _ message: Message,
        _ letter: Letter,
        _ lease: Lease,
        _ post: Post
    ) async throws -> JobOutcome {
        let (settlement, links) = (letter.settlement, post.links(for: message, at: self.now()))
        let unsubscribe = letter.notice.kind.isOptional ? try links.unsubscribe() : nil
        let words = try post.renderer.render(letter.notice, locale: links.locale, unsubscribeURL: unsubscribe)
        guard let id = MessageID(rawValue: message.messageID) else {
            return self.ended(message, .failed, reason: "its Message-ID is not of our form", settlement.givenUp)
        }
        let mail: MailMessage
        do throws(MailAddressError) {
            mail = MailMessage(
                id: id,
                kind: message.kind,
                date: message.createdAt,
                from: post.settings.from,
                replyTo: post.settings.replyTo,
                to: Mailbox(address: try MailAddress(message.recipient)),
                subject: words.subject,
                text: words.text,
                html: words.html,
                references: message.thread.flatMap(MessageID.init(rawValue:)).map { [$0] } ?? [],
                unsubscribeURL: unsubscribe,
                attachments: letter.attachments
            )
        } catch {
            return self.ended(message, .failed, reason: "\(error)", settlement.givenUp)
        }
        var outcome = MessageOutcome(.queued)
        (outcome.subject, outcome.text, outcome.html) = (words.subject, words.text, words.html)
        outcome.locale = words.locale.rawValue
        let answer = await post.sink.send(mail)
        if case .refused(let reply) = answer, reply.saysThatItIsTooLarge, !letter.attachments.isEmpty {
            outcome.reason = Paperwork.tooLarge
            outcome.smtpReply = "\(reply)"
            return self.again(message, outcome, after: .seconds(1))
        }
        return try self.conclude(answer, message, outcome, settlement, lease)
    }
}
