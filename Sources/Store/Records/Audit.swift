internal import GRDB

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
