internal import Foundation
internal import GRDB
package import LagoEvents

/// An event of our own making, for a fact that no webhook told.
package struct HealedEvent: Hashable, Sendable {
    package let fact: Fact
    /// Like a webhook's, with the object as it was read.
    package let body: [UInt8]
    /// SHA-256 of the body.
    package let digest: [UInt8]
    /// Why nobody is mailed about it any more: it happened too long ago.
    package let isTooOld: Bool

    package init(fact: Fact, body: [UInt8], digest: [UInt8], isTooOld: Bool) {
        self.fact = fact
        self.body = body
        self.digest = digest
        self.isTooOld = isTooOld
    }
}

/// How well webhooks told what happened, since a time.
package struct ServiceLevel: Hashable, Sendable {
    /// Facts that a webhook told first.
    package let live: Int
    /// Facts that a sweep found first.
    package let healed: Int
    /// Seconds from a fact to its being known, of those that Lago gives a time for; nil without any.
    package let median: Double?
    package let worst: Double?
}

extension Transaction {
    /// Takes facts for known; returns those that were not before. The latest words about one are kept: another
    /// payment fails for another reason.
    package func learn(_ facts: [Fact], from origin: FactOrigin, at now: Int64) throws -> [Fact] {
        try facts.filter { fact in
            try self.execute(
                """
                INSERT INTO fact (key, customer, origin, at, knownAt, detail) VALUES (?, ?, ?, ?, ?, ?)
                ON CONFLICT DO NOTHING
                """,
                [fact.key, fact.customer?.rawValue, origin.rawValue, fact.at, now, fact.detail]
            )
            let isNew = self.db.changesCount > 0
            if !isNew, let detail = fact.detail {
                try self.execute("UPDATE fact SET detail = ? WHERE key = ?", [detail, fact.key])
            }
            return isNew
        }
    }

    /// Makes an event of a fact that a sweep found; false, and nothing happens, when it is known meanwhile.
    package func heal(_ event: HealedEvent, organization: OrganizationID?, at now: Int64) throws -> Bool {
        guard try !self.learn([event.fact], from: .healed, at: now).isEmpty else { return false }
        let outcome: EventOutcome = event.isTooOld ? .tooOld : .pending
        try self.execute(
            """
            INSERT INTO event (key, webhookType, organization, customer, digest, origin, outcome, receivedAt, processedAt)
            VALUES (:key, :type, :organization, :customer, :digest, 'healed', :outcome, :now, :processedAt)
            """,
            [
                "key": "healed/\(event.fact.key)", "type": event.fact.type.rawValue,
                "organization": organization?.rawValue, "customer": event.fact.customer?.rawValue,
                "digest": Data(event.digest), "outcome": outcome.rawValue, "now": now,
                "processedAt": event.isTooOld ? now : nil,
            ]
        )
        let id = self.db.lastInsertedRowID
        try self.execute("INSERT INTO eventBody (eventId, body) VALUES (?, ?)", [id, Data(event.body)])
        if !event.isTooOld { self.note(.inbox) }
        return true
    }

    /// Whether a webhook comes late for a fact that a sweep told; the next one of the same fact is about something else,
    /// as another payment that failed.
    package func isLate(_ fact: Fact, at now: Int64) throws -> Bool {
        try self.execute(
            "UPDATE fact SET toldAt = :now WHERE key = :key AND origin = 'healed' AND toldAt IS NULL",
            ["key": fact.key, "now": now]
        )
        return self.db.changesCount > 0
    }
}

extension Store {
    /// Those of these facts that are not known.
    package func unknown(of facts: [Fact]) async throws -> [Fact] {
        guard !facts.isEmpty else { return [] }
        return try await self.read { db in
            let statement = try db.cachedStatement(sql: "SELECT 1 FROM fact WHERE key = ?")
            return try facts.filter { try Int.fetchOne(statement, arguments: [$0.key]) == nil }
        }
    }

    /// Who told a fact first; nil where it is not known.
    package func origin(ofFact key: String) async throws -> FactOrigin? {
        try await self.read { db in
            try String.fetchOne(db, sql: "SELECT origin FROM fact WHERE key = ?", arguments: [key])
                .flatMap(FactOrigin.init(rawValue:))
        }
    }

    /// What was said about the first of these facts of which anything was said.
    package func detail(of keys: [String]) async throws -> String? {
        try await self.read { db in
            let statement = try db.cachedStatement(sql: "SELECT detail FROM fact WHERE key = ?")
            for key in keys {
                if let detail = try String.fetchOne(statement, arguments: [key]) { return detail }
            }
            return nil
        }
    }

    /// The keys of facts that begin so, without the beginning.
    package func facts(beginning prefix: String) async throws -> [String] {
        try await self.read { db in
            try String.fetchAll(
                db,
                sql: "SELECT substr(key, length(:prefix) + 1) FROM fact WHERE key >= :prefix AND key < :prefix || '~'",
                arguments: ["prefix": prefix]
            )
        }
    }

    /// How well webhooks told what happened since a time, in Unix milliseconds.
    package func serviceLevel(since: Int64) async throws -> ServiceLevel {
        try await self.read { db in
            let counts = try Row.fetchAll(
                db,
                sql:
                    "SELECT origin, count(*) AS n FROM fact WHERE knownAt >= ? AND origin <> 'baseline' GROUP BY origin",
                arguments: [since]
            )
            let byOrigin = Dictionary(uniqueKeysWithValues: counts.map { ($0["origin"] as String, $0["n"] as Int) })
            let delays = """
                FROM fact WHERE knownAt >= ? AND origin <> 'baseline' AND at IS NOT NULL
                """
            let count = try Int.fetchOne(db, sql: "SELECT count(*) \(delays)", arguments: [since]) ?? 0
            let median = try Int64.fetchOne(
                db,
                sql: "SELECT max(0, knownAt - at) AS delay \(delays) ORDER BY delay LIMIT 1 OFFSET ?",
                arguments: [since, count / 2]
            )
            let worst = try Int64.fetchOne(db, sql: "SELECT max(max(0, knownAt - at)) \(delays)", arguments: [since])
            return ServiceLevel(
                live: byOrigin[FactOrigin.webhook.rawValue] ?? 0,
                healed: byOrigin[FactOrigin.healed.rawValue] ?? 0,
                median: median.map { Double($0) / 1000 },
                worst: worst.map { Double($0) / 1000 }
            )
        }
    }
}
