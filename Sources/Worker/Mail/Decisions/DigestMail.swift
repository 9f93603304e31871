private import Foundation
internal import LagoEvents
internal import Notices
private import Rules
internal import Store

/// Makes one mail of those that were held back.
struct DigestMail: Sendable {
    /// How many of a customer's mails are named.
    private static let named = 20
    /// How many alerts are read, how many groups are shown, and how many of each.
    private static let (read, groups, shown) = (10_000, 12, 5)

    let store: Store
    let billingURL: @Sendable (_ customer: String) -> String
    /// The dashboard's page for operators.
    let adminURL: String

    func customer(_ message: Message) async throws -> MailDecision {
        let settings = try CustomerSettings(json: try await self.store.customerSettings(message.customer ?? ""))
        guard settings.wants(mail: message.kind) else {
            return .end(.suppressed, reason: "the customer does not want mail of this kind")
        }
        let arguments = try JSONDecoder().decode(DigestArguments.self, from: Data(message.arguments.utf8))
        let messages = try await self.store.messages(inDigest: message.id, limit: Self.read)
        let entries = messages.compactMap { held in
            held.subject.map { Notice.CustomerDigest.Entry(title: $0, at: held.createdAt) }
        }
        guard !entries.isEmpty else { return .end(.superseded, reason: "there is nothing to tell") }
        return .send(
            .customerDigest(
                Notice.CustomerDigest(
                    customerName: arguments.customerName,
                    entries: Array(entries.prefix(Self.named)),
                    more: max(0, entries.count - Self.named),
                    billingURL: self.billingURL(message.customer ?? "")
                )
            )
        )
    }

    func operators(_ message: Message) async throws -> MailDecision {
        let messages = try await self.store.messages(inDigest: message.id, limit: Self.read)
        let alerts = try messages.map { held in
            (alert: try JSONDecoder().decode(AlertArguments.self, from: Data(held.arguments.utf8)), at: held.createdAt)
        }
        guard let first = alerts.first else { return .end(.superseded, reason: "there is nothing to tell") }
        if alerts.count == 1 { return .send(.operatorAlert(first.alert.notice(link: self.adminURL))) }
        return .send(
            .operatorDigest(
                Notice.OperatorDigest(groups: Self.groups(alerts), since: first.at, link: self.adminURL)
            )
        )
    }

    /// By title, the largest group first; what is beyond a dozen is one group of its own.
    private static func groups(_ alerts: [(alert: AlertArguments, at: Int64)]) -> [Notice.OperatorDigest.Group] {
        let byTitle = Dictionary(grouping: alerts) { $0.alert.title }
            .sorted { ($1.value.count, $0.key) < ($0.value.count, $1.key) }
        func group(_ title: String, _ items: [(alert: AlertArguments, at: Int64)]) -> Notice.OperatorDigest.Group {
            let newest = items.suffix(Self.shown).reversed()
            return .init(
                title: title,
                count: items.count,
                entries: newest.map { .init(text: $0.alert.whatHappened, at: $0.alert.since ?? $0.at) }
            )
        }
        var groups = byTitle.prefix(Self.groups).map { group($0.key, $0.value) }
        let rest = byTitle.dropFirst(Self.groups).flatMap(\.value)
        if !rest.isEmpty { groups.append(group("Others", rest.sorted { $0.at < $1.at })) }
        return groups
    }
}

extension AlertArguments {
    /// - Parameter link: the dashboard's page for operators.
    func notice(link: String) -> Notice.OperatorAlert {
        Notice.OperatorAlert(
            title: self.title,
            whatHappened: self.whatHappened,
            whatToDo: self.whatToDo,
            since: self.since,
            link: link
        )
    }
}
