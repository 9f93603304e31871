private import Foundation
package import Jobs
package import LagoAPI
internal import LagoEvents
package import Logging
internal import Notices
internal import Rules
package import Store

/// Finds out who is to be told of something that happened at Lago, and queues the mails: once for each fact, whoever
/// tells it and however often.
package struct Announcer: Sendable {
    private static let unconfigured = Duration.seconds(60)
    /// How long Lago is asked what a webhook left out, in milliseconds; later it would be news to nobody.
    private static let patience = Sweep.tooOld

    let store: Store
    let looks: Looks?
    let outbox: Outbox
    private let backoff: Backoff
    let logger: Logger
    let now: @Sendable () -> Int64

    /// - Parameter looks: nil while Lago is not configured.
    package init(
        store: Store,
        looks: Looks?,
        outbox: Outbox,
        backoff: Backoff = Backoff(),
        logger: Logger,
        now: @escaping @Sendable () -> Int64
    ) {
        self.store = store
        self.looks = looks
        self.outbox = outbox
        self.backoff = backoff
        self.logger = logger
        self.now = now
    }

    /// What follows from an announcement.
    enum Result: Sendable {
        case tell([OutgoingMessage], then: [(job: NewJob, dueAt: Int64)] = [])
        /// Nobody is told, and why.
        case nobody(because: String)
        /// Lago does not have yet what the mail depends on.
        case notYet(Duration)
    }

    /// A handler for jobs whose arguments are an announcement.
    @Sendable
    package func callAsFunction(_ lease: Lease) async throws -> JobOutcome {
        let announcement = try Announcement(job: lease.arguments)
        do {
            let result = try await self.result(of: announcement, lease.customer.map(CustomerID.init(rawValue:)))
            return self.outcome(of: result, announcement)
        } catch let error as LagoError where error.canRetryHelp || self.now() - announcement.at < Self.patience {
            let delay = self.backoff.delay(afterAttempt: lease.attempt, jitter: 0)
            return JobOutcome(.again(after: delay, reason: "\(error)"))
        } catch let error as LagoError {
            return JobOutcome(.permanent(reason: "\(error)"))
        }
    }

    private func outcome(of result: Result, _ announcement: Announcement) -> JobOutcome {
        switch result {
        case .notYet(let wait): return JobOutcome(.notYet(for: wait))
        case .nobody(let reason):
            let place = "\(announcement.kind.rawValue)/\(announcement.id)"
            self.logger.info("nobody is told", metadata: ["what": "\(place)", "reason": "\(reason)"])
            return JobOutcome(.succeeded)
        case .tell(let messages, let jobs):
            return JobOutcome(.succeeded) { [now = self.now()] transaction in
                for message in messages { try transaction.send(message, at: now) }
                for job in jobs { try transaction.enqueue(job.job, .keep(dueAt: job.dueAt), at: now) }
            }
        }
    }

    private func result(of announcement: Announcement, _ customer: CustomerID?) async throws -> Result {
        let body = try await self.body(of: announcement)
        if announcement.kind == .operatorAlert { return try await self.trouble(announcement, body) }
        guard let looks = self.looks else { return .notYet(Self.unconfigured) }
        let item = Item(
            announcement: announcement,
            payload: body.flatMap(LagoPayload.init(webhook:)),
            person: body.flatMap { LagoPayload.customer(in: $0) },
            named: customer,
            looks: looks
        )
        do {
            switch announcement.kind {
            case .invoiceIssued, .paymentReceived, .paymentFailed, .paymentActionRequired, .paymentOverdue,
                .invoiceVoided:
                return try await self.invoice(item)
            case .creditNoteIssued: return try await self.creditNote(item)
            case .walletTerminated, .creditsExpiring: return try await self.wallet(item)
            default: return try await self.subscription(item)
            }
        } catch LagoError.notFound {
            return .nobody(because: "Lago knows it no more")
        }
    }

    private func body(of announcement: Announcement) async throws -> [UInt8]? {
        guard let event = announcement.event else { return nil }
        return try await self.store.bodies(of: [event], bytes: 1).first.flatMap { $0.isEmpty ? nil : $0 }
    }
}

extension Announcer {
    /// All that is known of what is announced, before Lago is asked.
    struct Item: Sendable {
        let announcement: Announcement
        /// The object as the webhook has it.
        let payload: LagoPayload?
        /// The customer inside it.
        let person: LagoCustomer?
        /// The customer that the event names.
        let named: CustomerID?
        let looks: Looks

        var client: LagoClient { self.looks.reader.client }
        var kind: MessageKind { self.announcement.kind }
    }

    /// Whom a mail is for, and what they want.
    struct Reader: Sendable {
        let person: MirroredCustomer
        let settings: CustomerSettings
        /// Lago can collect money from them.
        let hasProvider: Bool
    }

    /// - Parameter customer: asked for at Lago where the webhook does not say enough.
    func reader(_ item: Item, _ customer: CustomerID) async throws -> Reader {
        // One without an address may have got it since.
        let isInside = item.person?.externalID == customer.rawValue && item.person?.email?.isEmpty == false
        let found = isInside ? item.person : nil
        let person = if let found { found } else { try await item.looks.customer(customer) }
        return Reader(
            person: MirroredCustomer(person, seenAt: self.now()),
            settings: try CustomerSettings(json: try await self.store.customerSettings(customer.rawValue)),
            hasProvider: person.paymentProvider != nil
        )
    }

    /// - Parameter thread: the beginning of the facts that one conversation is about.
    func mail(
        _ kind: MessageKind,
        _ arguments: some Encodable,
        fact: String,
        to reader: Reader,
        thread: String? = nil,
        never: (state: MessageState, reason: String)? = nil
    ) throws -> [OutgoingMessage] {
        try self.outbox.messages(
            kind,
            try Outbox.json(arguments),
            fact: fact,
            to: reader.person,
            reader.settings,
            dueAt: self.now(),
            thread: thread,
            never: never
        )
    }
}
