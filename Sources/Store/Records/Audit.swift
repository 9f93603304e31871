internal import GRDB

/// What somebody did who may do more than read.
package struct AuditEntry: Hashable, Sendable {
    /// Unix milliseconds.
    package let at: Int64
    /// `cli`, `api`.
    package let actor: String
    /// `jobs.retry`.
    package let action: String
    /// `job 12`.
    package let subject: String
    package let detail: String?
}

extension Transaction {
    /// Notes what an operator did: `jobs.retry` on `job 12`, by `cli`.
    package func audit(_ action: String, subject: String, actor: String, detail: String? = nil, at now: Int64) throws {
        try self.execute(
            """
            INSERT INTO auditEntry (at, actor, action, subject, detail)
            VALUES (:now, :actor, :action, :subject, :detail)
            """,
            ["now": now, "actor": actor, "action": action, "subject": subject, "detail": detail]
        )
    }
}

extension Store {
    /// What was noted, the newest first.
    package func auditEntries(limit: Int) async throws -> [AuditEntry] {
        try await self.read { db in
            try Row.fetchAll(db, sql: "SELECT * FROM auditEntry ORDER BY id DESC LIMIT ?", arguments: [limit]).map {
                AuditEntry(
                    at: $0["at"],
                    actor: $0["actor"],
                    action: $0["action"],
                    subject: $0["subject"],
                    detail: $0["detail"]
                )
            }
        }
    }
}
