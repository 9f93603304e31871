internal import LagoAPI
internal import LagoEvents
private import Money
internal import Store

// MARK: - What the operator is told

extension Announcer {
    /// How many usage events an alert names.
    private static let named = 5

    /// What Lago, or what it talks to, could not do.
    func trouble(_ announcement: Announcement, _ body: [UInt8]?) async throws -> Result {
        guard let body, let type = Envelope(body: body)?.webhookType, case .operators(let title) = WebhookRule(type)
        else {
            return .nobody(because: "the event's body is gone")
        }
        let alert = AlertArguments(
            title: title,
            whatHappened: LagoTrouble(webhook: body).map(Self.words(for:)) ?? "Lago sent \(type.rawValue).",
            whatToDo: "See the event: sluice events show \(announcement.id)",
            since: announcement.at
        )
        return .tell(try self.outbox.alert(alert, fact: "event/\(announcement.id)"))
    }

    static func words(for trouble: LagoTrouble) -> String {
        var parts: [String] = []
        if let customer = trouble.customer { parts.append("customer \(customer)") }
        if let invoice = trouble.invoice { parts.append("invoice \(invoice)") }
        if let overdue = trouble.overdue, let currency = Currency(overdue.currency) {
            parts.append("\(Amount(minorUnits: overdue.cents, currency: currency)) overdue")
        }
        for (what, ids) in trouble.events {
            let more = ids.count > Self.named ? " and \(ids.count - Self.named) more" : ""
            parts.append("\(what): \(ids.prefix(Self.named).joined(separator: ", "))\(more)")
        }
        if let provider = trouble.provider { parts.append(provider) }
        let place = parts.joined(separator: "; ")
        let said = [trouble.words, trouble.code.map { "(\($0))" }].compactMap { $0 }.joined(separator: " ")
        return said.isEmpty ? place : place.isEmpty ? said : "\(place): \(said)"
    }
}
