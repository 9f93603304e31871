internal import Mail
internal import Notices
internal import Store

/// What is to be done with a queued mail, as things stand right before an attempt to send it.
enum MailDecision: Sendable {
    /// Say this; the settlement is told what became of it.
    case send(Notice, attachments: [MailAttachment] = [], MailSettlement = .none)
    /// Come back at this time, in Unix milliseconds.
    case putOff(until: Int64, writes: @Sendable (Transaction) throws -> Void = { _ in })
    /// It is over without a mail.
    case end(MessageState, reason: String, writes: @Sendable (Transaction) throws -> Void = { _ in })
}

/// What a mail that is sent, or never will be, changes beside its own row.
struct MailSettlement: Sendable {
    let sent: @Sendable (Transaction) throws -> Void
    let givenUp: @Sendable (Transaction) throws -> Void

    static let none = MailSettlement(sent: { _ in }, givenUp: { _ in })
}
