internal import Foundation
internal import GRDB
package import LagoEvents

extension Transaction {
    /// Rows of one body that are kept in one minute; beyond them a repeated body is only counted.
    static var repeatsKeptPerMinute: Int { 10 }

    /// Writes a delivery down: a new event, a duplicate of a known key, or a repeat of a known body.
    package func record(_ delivery: Delivery) throws -> Recording {
        let outcome = delivery.outcome
        if let id = try self.insert(delivery, as: outcome, isRepeat: false) {
            try self.execute("INSERT INTO eventBody (eventId, body) VALUES (?, ?)", [id, Data(delivery.body)])
            return .event(id: id, outcome: outcome)
        }
        let isKnownKey = try self.row(
            "UPDATE event SET duplicates = duplicates + 1 WHERE key = ? RETURNING id",
            [delivery.key.rawValue]
        )
        return isKnownKey != nil ? .duplicate : try self.recordRepeat(delivery)
    }

    /// Inserts an event row if its key is new and, unless it is to be a repeat, its body too; returns its id.
    ///
    /// This runs for every delivery, so it is one statement of one row without RETURNING: SQLite keeps a journal of its
    /// own for any other, in case it must be undone halfway.
    private func insert(_ delivery: Delivery, as outcome: EventOutcome, isRepeat: Bool) throws -> Int64? {
        let isInbox = outcome == .pending || outcome == .repeat
        try self.execute(
            """
            INSERT INTO event (
                key, webhookType, organization, customer, digest, origin, outcome, receivedAt, processedAt, isRepeat)
            VALUES (?, ?, ?, ?, ?, 'webhook', ?, ?, ?, ?) ON CONFLICT DO NOTHING
            """,
            [
                delivery.key.rawValue,
                delivery.envelope?.webhookType?.rawValue,
                delivery.envelope?.organization?.rawValue,
                delivery.envelope?.customer?.rawValue,
                Data(delivery.digest),
                outcome.rawValue,
                delivery.receivedAt,
                isInbox ? nil : delivery.receivedAt,
                isRepeat,
            ]
        )
        guard self.db.changesCount > 0 else { return nil }
        if isInbox { self.note(.inbox) }
        return self.db.lastInsertedRowID
    }

    /// A known body under a new key: counted on its first event, and few of them kept, as hints without a body.
    private func recordRepeat(_ delivery: Delivery) throws -> Recording {
        let counted = try self.row(
            """
            UPDATE event SET
                repeats = repeats + 1,
                repeatsThisMinute = CASE WHEN repeatMinute IS :minute THEN repeatsThisMinute + 1 ELSE 1 END,
                repeatMinute = :minute
            WHERE digest = :digest AND isRepeat = 0
            RETURNING repeatsThisMinute
            """,
            ["digest": Data(delivery.digest), "minute": delivery.receivedAt / 60_000]
        )
        guard let kept: Int = counted?["repeatsThisMinute"], kept <= Self.repeatsKeptPerMinute else { return .counted }
        // What cannot be read or is unknown hints at nothing.
        let outcome: EventOutcome = delivery.outcome == .pending ? .repeat : delivery.outcome
        return try self.insert(delivery, as: outcome, isRepeat: true).map { .event(id: $0, outcome: outcome) }
            ?? .duplicate
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
    /// The oldest events of the inbox.
    package func pendingEvents(limit: Int) async throws -> [PendingEvent] {
        try await self.read { db in
            let statement = try db.cachedStatement(
                sql: """
                    SELECT id, webhookType, customer, outcome, receivedAt, origin FROM event
                    WHERE processedAt IS NULL ORDER BY id LIMIT ?
                    """
            )
            return try Row.fetchAll(statement, arguments: [limit]).compactMap { row in
                // By position: a look-up by name costs more than the row.
                guard let outcome = EventOutcome(rawValue: row[3] as String),
                    let origin = EventOrigin(rawValue: row[5] as String)
                else { return nil }
                return PendingEvent(
                    id: row[0],
                    webhookType: (row[1] as String?).map(WebhookType.init(rawValue:)),
                    customer: (row[2] as String?).map(CustomerID.init(rawValue:)),
                    origin: origin,
                    outcome: outcome,
                    receivedAt: row[4]
                )
            }
        }
    }

    /// The bodies of events, as many of the first as fit in `bytes`, at least one; one that is gone is empty.
    package func bodies(of ids: [Int64], bytes: Int) async throws -> [[UInt8]] {
        try await self.read { db in
            let statement = try db.cachedStatement(sql: "SELECT body FROM eventBody WHERE eventId = ?")
            var (bodies, size): ([[UInt8]], Int) = ([], 0)
            for id in ids where size < bytes {
                let body = try Data.fetchOne(statement, arguments: [id]).map { [UInt8]($0) } ?? []
                bodies.append(body)
                size += body.count
            }
            return bodies
        }
    }

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
