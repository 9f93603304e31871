private import Foundation
internal import Mail
internal import Notices
private import Rules
private import Settings
internal import Store

/// Holds back what would be too much for one reader, and tells it in one mail later: nothing is dropped.
struct MailBudget: Sendable {
    /// Optional mails to one address in a day.
    private static let optionalPerDay = 5
    private static let day: Int64 = 86_400_000
    /// Operators get one mail in so many milliseconds.
    private static let operatorPause: Int64 = 15 * 60_000
    /// How long a digest waits for those that come with the first, in milliseconds.
    private static let gathering: Int64 = 5_000
    /// How long to wait for a mail that somebody is at, in milliseconds.
    private static let moment: Int64 = 2_000

    let store: Store
    let now: @Sendable () -> Int64

    // MARK: - Customers

    private static let counted = MessageKind.allCases.filter { $0.isOptional && $0 != .customerDigest }.map(\.rawValue)

    /// What puts one optional mail too many into a digest, which is due when the day's first is a day old; nil where it
    /// may go.
    func heldBack(
        _ message: Message,
        customerName: String?,
        noticesOff: [String]
    ) async throws -> (@Sendable (Transaction) throws -> Void)? {
        guard Self.counted.contains(message.kind) else { return nil }
        let now = self.now()
        let sent = try await self.store.sent(Self.counted, to: message.recipient, since: now - Self.day)
        guard sent.count >= Self.optionalPerDay, let first = sent.first,
            try await self.wantsDigests(message, noticesOff)
        else { return nil }
        let digest = NewMessage(
            kind: MessageKind.customerDigest.rawValue,
            customer: message.customer,
            recipient: message.recipient,
            fact: "digest/\(message.id)",
            arguments: try Outbox.json(DigestArguments(customerName: customerName)),
            locale: message.locale,
            messageID: try MessageID.make(UUID().uuidString, like: message.messageID).rawValue
        )
        return { try $0.tell(message.id, in: digest, dueAt: first + Self.day, at: now) }
    }

    /// Who wants no digests gets each mail: in a digest that never goes out it would be lost.
    private func wantsDigests(_ message: Message, _ noticesOff: [String]) async throws -> Bool {
        let kind = MessageKind.customerDigest.rawValue
        guard !noticesOff.contains(kind) else { return false }
        let settings = try CustomerSettings(json: try await self.store.customerSettings(message.customer ?? ""))
        guard settings.wants(mail: kind) else { return false }
        return try await self.store.suppression(of: message.recipient, kind: kind) == nil
    }

    // MARK: - Operators

    private static let operators = [MessageKind.operatorAlert.rawValue, MessageKind.operatorDigest.rawValue]

    /// What to do with an alert instead of sending it; nil where it may go by itself.
    func gathered(_ message: Message) async throws -> MailDecision? {
        let now = self.now()
        let traffic = try await self.store.traffic(
            beside: message,
            kinds: Self.operators,
            since: now - Self.operatorPause
        )
        // Whoever was first may be the one that goes by itself.
        if traffic.ahead > 0 { return .putOff(until: now + Self.moment) }
        guard !traffic.sentAt.isEmpty || traffic.waiting > 0 else { return nil }
        let dueAt = traffic.sentAt.last.map { $0 + Self.operatorPause } ?? now + Self.gathering
        let digest = NewMessage(
            kind: MessageKind.operatorDigest.rawValue,
            customer: nil,
            recipient: message.recipient,
            fact: "digest/\(message.id)",
            arguments: "{}",
            messageID: try MessageID.make(UUID().uuidString, like: message.messageID).rawValue
        )
        return .end(.digested, reason: "told in a digest, with others") {
            try $0.tell(message.id, in: digest, dueAt: dueAt, at: now)
        }
    }
}

/// What a digest for a customer is made from, beside the mails that it stands for.
struct DigestArguments: Hashable, Codable, Sendable {
    let customerName: String?
}
