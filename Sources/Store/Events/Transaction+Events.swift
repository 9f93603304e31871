internal import Foundation
internal import GRDB
package import LagoEvents

extension Transaction {
    /// Rows of one body that are kept in one minute; beyond them a repeated body is only counted.
    static var repeatsKeptPerMinute: Int { 10 }

    /// Writes a delivery down: a new event, a duplicate of a known key, or a repeat of a known body.
    package func record(_ delivery: Delivery) throws -> Recording {
        let first = try self.row(
            "SELECT min(id) AS id FROM event WHERE digest = :digest",
            ["digest": Data(delivery.digest)]
        )
        if let first: Int64 = first?["id"] {
            return try self.recordRepeat(delivery, of: first)
        }
        return try self.insert(delivery, outcome: delivery.outcome, withBody: true)
    }

    private func insert(_ delivery: Delivery, outcome: EventOutcome, withBody: Bool) throws -> Recording {
        let isInbox = outcome == .pending || outcome == .repeat
        let inserted = try self.row(
            """
            INSERT INTO event (key, webhookType, organization, customer, digest, origin, outcome, receivedAt, processedAt)
            VALUES (:key, :type, :organization, :customer, :digest, 'webhook', :outcome, :now, :processedAt)
            ON CONFLICT (key) DO UPDATE SET duplicates = duplicates + 1
            RETURNING id, duplicates
            """,
            [
                "key": delivery.key.rawValue,
                "type": delivery.envelope?.webhookType.rawValue,
                "organization": delivery.envelope?.organization?.rawValue,
                "customer": delivery.envelope?.customer?.rawValue,
                "digest": Data(delivery.digest),
                "outcome": outcome.rawValue,
                "now": delivery.receivedAt,
                "processedAt": isInbox ? nil : delivery.receivedAt,
            ]
        )
        guard let inserted, inserted["duplicates"] == 0 else { return .duplicate }
        let id: Int64 = inserted["id"]
        if withBody {
            try self.execute(
                "INSERT INTO eventBody (eventId, body) VALUES (:id, :body)",
                ["id": id, "body": Data(delivery.body)]
            )
        }
        if isInbox { self.note(.inbox) }
        return .event(id: id, outcome: outcome)
    }

    /// A body that is known: under its own key it is a duplicate, under another a repeat, of which few are kept.
    private func recordRepeat(_ delivery: Delivery, of first: Int64) throws -> Recording {
        let known = try self.row(
            "UPDATE event SET duplicates = duplicates + 1 WHERE key = :key RETURNING id",
            ["key": delivery.key.rawValue]
        )
        if known != nil { return .duplicate }
        let counted = try self.row(
            """
            UPDATE event SET
                repeats = repeats + 1,
                repeatsThisMinute = CASE WHEN repeatMinute IS :minute THEN repeatsThisMinute + 1 ELSE 1 END,
                repeatMinute = :minute
            WHERE id = :id
            RETURNING repeatsThisMinute
            """,
            ["id": first, "minute": delivery.receivedAt / 60_000]
        )
        guard let kept: Int = counted?["repeatsThisMinute"], kept <= Self.repeatsKeptPerMinute else { return .counted }
        // What cannot be read or is unknown hints at nothing.
        let outcome: EventOutcome = delivery.outcome == .pending ? .repeat : delivery.outcome
        return try self.insert(delivery, outcome: outcome, withBody: false)
    }

    /// The oldest events of the inbox.
    package func pendingEvents(limit: Int) throws -> [PendingEvent] {
        try self.rows(
            """
            SELECT id, webhookType, customer, outcome, receivedAt FROM event
            WHERE processedAt IS NULL ORDER BY id LIMIT :limit
            """,
            ["limit": limit]
        ).compactMap { row in
            guard let outcome = EventOutcome(rawValue: row["outcome"]) else { return nil }
            return PendingEvent(
                id: row["id"],
                webhookType: (row["webhookType"] as String?).map(WebhookType.init(rawValue:)),
                customer: (row["customer"] as String?).map(CustomerID.init(rawValue:)),
                outcome: outcome,
                receivedAt: row["receivedAt"]
            )
        }
    }

    /// Takes events out of the inbox with this outcome; one that is a repeat stays one.
    package func finish(events ids: [Int64], as outcome: EventOutcome, at now: Int64) throws {
        guard !ids.isEmpty else { return }
        try self.execute(
            """
            UPDATE event SET
                outcome = CASE outcome WHEN 'repeat' THEN 'repeat' ELSE :outcome END,
                processedAt = :now
            WHERE id IN (SELECT value FROM json_each(:ids)) AND processedAt IS NULL
            """,
            [
                "outcome": outcome.rawValue, "now": now,
                "ids": "[" + ids.map(String.init).joined(separator: ",") + "]",
            ]
        )
    }
}

extension Store {
    /// The newest events first.
    package func events(_ filter: EventFilter = EventFilter(), limit: Int) async throws -> [EventSummary] {
        try await self.read { db in
            try Row.fetchAll(
                db,
                sql: """
                    SELECT id, key, webhookType, customer, receivedAt, origin, outcome, duplicates FROM event
                    WHERE (:type IS NULL OR webhookType = :type) AND (:customer IS NULL OR customer = :customer)
                        AND (:outcome IS NULL OR outcome = :outcome)
                    ORDER BY id DESC LIMIT :limit
                    """,
                arguments: [
                    "type": filter.webhookType, "customer": filter.customer, "outcome": filter.outcome?.rawValue,
                    "limit": limit,
                ]
            ).compactMap(EventSummary.init(row:))
        }
    }

    /// The event with this row number or key, with its body where that is still there.
    package func event(idOrKey text: String) async throws -> (event: EventSummary, body: [UInt8]?)? {
        try await self.read { db in
            let row = try Row.fetchOne(
                db,
                sql: """
                    SELECT event.*, body FROM event LEFT JOIN eventBody ON eventId = event.id
                    WHERE key = :key OR event.id = :id ORDER BY key = :key DESC LIMIT 1
                    """,
                arguments: ["key": text, "id": Int64(text)]
            )
            guard let row, let event = EventSummary(row: row) else { return nil }
            return (event, (row["body"] as Data?).map { [UInt8]($0) })
        }
    }

    /// How many events have each outcome: for tests and support; reads the whole table.
    package func eventCounts() async throws -> [EventOutcome: Int] {
        try await self.read { db in
            let rows = try Row.fetchAll(db, sql: "SELECT outcome, count(*) AS n FROM event GROUP BY outcome")
            return Dictionary(
                rows.compactMap { row in EventOutcome(rawValue: row["outcome"]).map { ($0, row["n"] as Int) } },
                uniquingKeysWith: +
            )
        }
    }
}

extension EventSummary {
    fileprivate init?(row: Row) {
        guard let origin = EventOrigin(rawValue: row["origin"]), let outcome = EventOutcome(rawValue: row["outcome"])
        else { return nil }
        self.init(
            id: row["id"],
            key: row["key"],
            webhookType: row["webhookType"],
            customer: row["customer"],
            receivedAt: row["receivedAt"],
            origin: origin,
            outcome: outcome,
            duplicates: row["duplicates"]
        )
    }
}
