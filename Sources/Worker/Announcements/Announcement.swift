private import Foundation
internal import Jobs
internal import LagoEvents
internal import Notices
internal import Store

/// Something that happened and that people are to be told of, as a job carries it: what is told, and to whom, is found
/// when the job runs.
struct Announcement: Hashable, Codable, Sendable {
    let kind: MessageKind
    /// Lago's id of the object; of an operator's alert, the event's row number.
    let id: String
    /// What tells two of one object apart: a payment's id, a reminder's number, a time.
    var detail: String?
    /// The row number of the event that tells it, whose body has the object.
    var event: Int64?
    /// When it became known, in Unix milliseconds.
    let at: Int64

    init(_ kind: MessageKind, id: String, detail: String? = nil, event: Int64? = nil, at: Int64) {
        self.kind = kind
        self.id = id
        self.detail = detail
        self.event = event
        self.at = at
    }

    /// Of a fact that nobody is mailed about: nil.
    init?(_ fact: Fact, event: Int64, at: Int64) {
        guard let (kind, detail) = Self.kind(of: fact) else { return nil }
        self.init(kind, id: fact.id, detail: detail, event: event, at: at)
    }

    /// Of trouble at Lago that the operator is told of; nil for other types.
    init?(_ type: WebhookType?, event: Int64, at: Int64) {
        guard let type, case .operators = WebhookRule(type) else { return nil }
        self.init(.operatorAlert, id: "\(event)", event: event, at: at)
    }

    private static func kind(of fact: Fact) -> (MessageKind, detail: String?)? {
        let words = fact.what.split(separator: "/", maxSplits: 1).map(String.init)
        let detail = words.count > 1 ? words[1] : nil
        switch (fact.subject, words.first) {
        case (.invoice, "issued"): return (.invoiceIssued, nil)
        case (.invoice, "paid"): return (.paymentReceived, nil)
        case (.invoice, "payment_failed"): return (.paymentFailed, nil)
        case (.invoice, Fact.actionRequiredWord): return (.paymentActionRequired, detail)
        case (.invoice, "overdue"): return (.paymentOverdue, "0")
        case (.invoice, "voided"): return (.invoiceVoided, nil)
        case (.creditNote, "issued"): return (.creditNoteIssued, nil)
        case (.subscription, "started"): return (.subscriptionStarted, nil)
        case (.subscription, "ending"): return (.subscriptionEnding, detail)
        case (.subscription, "terminated"): return (.subscriptionEnded, nil)
        case (.subscription, "trial_ended"): return (.trialEnded, nil)
        case (.subscription, "usage_threshold"): return (.usageThresholdReached, detail)
        case (.wallet, "terminated"): return (.walletTerminated, nil)
        default: return nil
        }
    }

    /// - Parameter customer: the operator's id, for people who search.
    func job(of customer: CustomerID?) throws -> NewJob {
        NewJob(
            kind: .tell,
            key: [self.kind.rawValue, self.id, self.detail].compactMap { $0 }.joined(separator: "/"),
            customer: customer?.rawValue,
            arguments: try Outbox.json(self)
        )
    }

    init(job arguments: String?) throws {
        self = try JSONDecoder().decode(Self.self, from: Data((arguments ?? "").utf8))
    }
}
