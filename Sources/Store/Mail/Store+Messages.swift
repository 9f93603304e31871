internal import GRDB
package import LagoEvents

extension Store {
    /// The newest messages first, without their texts.
    package func messages(_ filter: MessageFilter = MessageFilter(), limit: Int) async throws -> [Message] {
        try await self.read { db in
            try Row.fetchAll(
                db,
                sql: """
                    SELECT id, kind, customer, recipient, fact, arguments, locale, state, reason, messageId, thread,
                        subject, NULL AS text, NULL AS html, smtpReply, createdAt, sentAt
                    FROM message
                    WHERE (:kind IS NULL OR kind = :kind) AND (:customer IS NULL OR customer = :customer)
                        AND (:state IS NULL OR state = :state)
                    ORDER BY id DESC LIMIT :limit
                    """,
                arguments: [
                    "kind": filter.kind, "customer": filter.customer, "state": filter.state?.rawValue, "limit": limit,
                ]
            ).compactMap(Message.init(row:))
        }
    }

    /// How many messages of a kind are in a state: for tests and support; reads the whole table.
    package func messageCount(kind: String, state: MessageState) async throws -> Int {
        try await self.read { db in
            let sql = "SELECT count(*) FROM message WHERE kind = ? AND state = ?"
            return try Int.fetchOne(db, sql: sql, arguments: [kind, state.rawValue]) ?? 0
        }
    }

    /// One message with its texts.
    package func message(_ id: Int64) async throws -> Message? {
        try self.keys.first("SELECT * FROM message WHERE id = ?", [id], Message.init(row:))
    }

    /// A customer's messages with their texts, the oldest first, from the one after `id`.
    package func messages(of customer: String, after id: Int64, limit: Int) async throws -> [Message] {
        try await self.read { db in
            try Row.fetchAll(
                db,
                sql: "SELECT * FROM message WHERE customer = ? AND id > ? ORDER BY id LIMIT ?",
                arguments: [customer, id, limit]
            ).compactMap(Message.init(row:))
        }
    }

    /// The attempts to send a message, the first one first; none once its job is no longer kept.
    package func attempts(ofMessage id: Int64) async throws -> [AttemptSummary] {
        try await self.read { db in
            try Row.fetchAll(
                db,
                sql: Self.attemptsOfMail,
                arguments: ["key": "\(id)"]
            ).map(AttemptSummary.init(row:))
        }
    }

    static let attemptsOfMail = """
        SELECT attempt.* FROM job JOIN attempt ON attempt.jobId = job.id
        WHERE job.kind = 'mail' AND job.key = :key ORDER BY job.id, claim
        """

    /// Whether a fact was told to a customer, or is about to be, whatever became of the mail.
    package func hasMessage(kind: String, customer: CustomerID, fact: String) async throws -> Bool {
        try await self.read { db in
            let sql = "SELECT EXISTS (SELECT 1 FROM message WHERE customer = ? AND kind = ? AND fact = ?)"
            return try Bool.fetchOne(db, sql: sql, arguments: [customer.rawValue, kind, fact]) ?? false
        }
    }

    /// The mail of another kind and fact to the same reader; nil where there is none.
    package func message(kind: String, fact: String, beside message: Message) async throws -> Message? {
        try self.keys.first(
            "SELECT * FROM message WHERE customer = ? AND kind = ? AND fact = ? AND recipient = ?",
            [message.customer, kind, fact, message.recipient],
            Message.init(row:)
        )
    }

    /// When a customer was last told a fact of this beginning, or was to be, in Unix milliseconds; nil for never.
    package func lastMessage(kind: String, customer: CustomerID, beginning fact: String) async throws -> Int64? {
        try await self.read { db in
            try Int64.fetchOne(
                db,
                sql: """
                    SELECT max(createdAt) FROM message
                    WHERE customer = :customer AND kind = :kind AND state IN ('queued', 'sent', 'digested')
                        AND substr(fact, 1, length(:fact)) = :fact
                    """,
                arguments: ["customer": customer.rawValue, "kind": kind, "fact": fact]
            )
        }
    }

    /// Whether a low-balance mail about this account waits to be sent.
    package func hasQueuedMail(to customer: CustomerID, account: String) async throws -> Bool {
        try await self.read { db in
            try Bool.fetchOne(
                db,
                sql: """
                    SELECT EXISTS (
                        SELECT 1 FROM message WHERE customer = :customer AND kind = 'low_balance' AND state = 'queued'
                            AND substr(fact, 1, length(:account)) = :account)
                    """,
                arguments: ["customer": customer.rawValue, "account": account + "/"]
            ) ?? false
        }
    }

    /// What a customer has set, as JSON of the set keys only.
    package func customerSettings(_ customer: String) async throws -> String? {
        try self.keys.first("SELECT settings FROM customerSetting WHERE customer = ?", [customer]) { $0[0] }
    }
}

extension Message {
    init?(row: Row) {
        guard let state = MessageState(rawValue: row["state"]) else { return nil }
        self.init(
            id: row["id"],
            kind: row["kind"],
            customer: row["customer"],
            recipient: row["recipient"],
            fact: row["fact"],
            arguments: row["arguments"],
            locale: row["locale"],
            state: state,
            reason: row["reason"],
            messageID: row["messageId"],
            thread: row["thread"],
            subject: row["subject"],
            text: row["text"],
            html: row["html"],
            smtpReply: row["smtpReply"],
            createdAt: row["createdAt"],
            sentAt: row["sentAt"]
        )
    }
}
