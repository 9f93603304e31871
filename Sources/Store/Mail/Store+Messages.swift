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

    /// One message with its texts.
    package func message(_ id: Int64) async throws -> Message? {
        try await self.read { db in
            let statement = try db.cachedStatement(sql: "SELECT * FROM message WHERE id = ?")
            return try Row.fetchOne(statement, arguments: [id]).flatMap(Message.init(row:))
        }
    }

    /// Whether a fact was told to a customer, or is about to be, whatever became of the mail.
    package func hasMessage(kind: String, customer: CustomerID, fact: String) async throws -> Bool {
        try await self.read { db in
            let sql = "SELECT EXISTS (SELECT 1 FROM message WHERE customer = ? AND kind = ? AND fact = ?)"
            return try Bool.fetchOne(db, sql: sql, arguments: [customer.rawValue, kind, fact]) ?? false
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
        try await self.read { db in
            try String.fetchOne(
                db,
                sql: "SELECT settings FROM customerSetting WHERE customer = ?",
                arguments: [customer]
            )
        }
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
