internal import GRDB
internal import Jobs
package import LagoEvents

extension Transaction {
    /// Writes a message down with the job that sends it; nil when its fact was told to its address already.
    ///
    /// - Parameter dueAt: Unix milliseconds from which it may be sent.
    @discardableResult
    package func queue(_ message: NewMessage, dueAt: Int64, at now: Int64) throws -> Int64? {
        try self.execute(
            """
            INSERT INTO message (
                kind, customer, recipient, fact, arguments, locale, state, reason, messageId, thread, createdAt)
            VALUES (
                :kind, :customer, :recipient, :fact, :arguments, :locale, :state, :reason, :messageId, :thread, :now)
            ON CONFLICT DO NOTHING
            """,
            [
                "kind": message.kind, "customer": message.customer, "recipient": message.recipient,
                "fact": message.fact, "arguments": message.arguments, "locale": message.locale,
                "state": message.state.rawValue, "reason": message.reason, "messageId": message.messageID,
                "thread": message.thread, "now": now,
            ]
        )
        guard self.db.changesCount > 0 else { return nil }
        let id = self.db.lastInsertedRowID
        if message.state == .queued {
            let job = Self.job(ofMessage: id, customer: message.customer)
            try self.enqueue(job, .keep(dueAt: dueAt), at: now)
        }
        return id
    }

    /// Puts a mail on record that is not to be sent; where it waits to be, it ends as this one.
    package func supersede(_ message: NewMessage, at now: Int64) throws {
        try self.execute(
            """
            UPDATE message SET state = :state, reason = :reason
            WHERE customer = :customer AND kind = :kind AND fact = :fact AND recipient = :recipient AND state = 'queued'
            """,
            [
                "state": message.state.rawValue, "reason": message.reason, "customer": message.customer,
                "kind": message.kind, "fact": message.fact, "recipient": message.recipient,
            ]
        )
        if self.db.changesCount == 0 { try self.queue(message, dueAt: now, at: now) }
    }

    /// Makes a customer's mails that wait without a failed attempt due at once, where their facts begin so: what they wait
    /// for is there.
    package func hurryMail(of customer: CustomerID, beginning fact: String, at now: Int64) throws {
        let messages = try self.rows(
            """
            SELECT id FROM message
            WHERE customer = :customer AND state = 'queued' AND substr(fact, 1, length(:fact)) = :fact
            """,
            ["customer": customer.rawValue, "fact": fact]
        )
        for row in messages {
            let key = "\(row["id"] as Int64)"
            guard try self.row(Self.freshMail, ["key": key]) != nil else { continue }
            let job = Self.job(ofMessage: row["id"], customer: customer.rawValue)
            try self.enqueue(job, .replace(dueAt: now), at: now)
        }
    }

    /// Whether a mail's job waits without a failed attempt. The states are those of an index, which SQLite does not see
    /// from one of them alone.
    static let freshMail = """
        SELECT 1 FROM job
        WHERE kind = 'mail' AND key = :key AND state IN ('available', 'leased') AND state = 'available' AND attempt = 0
        """

    /// The Message-ID of the first mail to this address whose fact begins so: what the later ones refer to.
    package func firstMessageID(customer: String, recipient: String, fact: String) throws -> String? {
        try self.row(
            """
            SELECT messageId FROM message
            WHERE customer = :customer AND recipient = :recipient AND state IN ('queued', 'sent')
                AND substr(fact, 1, length(:fact)) = :fact
            ORDER BY id LIMIT 1
            """,
            ["customer": customer, "recipient": recipient, "fact": fact]
        )?["messageId"]
    }

    /// Makes the queued mails with this number of an account's due earlier, whichever descent they were queued in: where
    /// the account has risen and fallen again, it is another by now.
    package func bringForward(
        kind: String,
        customer: String,
        account: String,
        number: Int,
        dueAt: Int64,
        at now: Int64
    ) throws {
        let messages = try self.rows(
            """
            SELECT id FROM message
            WHERE customer = :customer AND kind = :kind AND state = 'queued'
                AND fact GLOB :account || '/*/' || :number
            """,
            ["customer": customer, "kind": kind, "account": account, "number": number]
        )
        for row in messages {
            try self.enqueue(Self.job(ofMessage: row["id"], customer: customer), .replace(dueAt: dueAt), at: now)
        }
    }

    /// What became of the other mails of a fact: whether one was sent, and whether one may still be.
    package func siblings(of message: Message) throws -> (isSent: Bool, isQueued: Bool) {
        let states: [String] = try self.rows(
            "SELECT state FROM message WHERE kind = :kind AND fact = :fact AND customer = :customer AND id <> :id",
            ["kind": message.kind, "fact": message.fact, "customer": message.customer, "id": message.id]
        ).map { $0["state"] }
        return (states.contains(MessageState.sent.rawValue), states.contains(MessageState.queued.rawValue))
    }

    /// Makes mails that wait without a failed attempt of their own due at once, at most `limit`: the relay is back, or a
    /// restart finds out. What waits for another reason is decided anew, and waits again. Returns how many there were.
    package func releaseMail(limit: Int, at now: Int64) throws -> Int {
        try self.execute(
            """
            UPDATE job SET dueAt = :now WHERE id IN (
                SELECT id FROM job
                WHERE isHead = 1 AND kind = 'mail' AND dueAt > :now AND state = 'available' AND attempt = 0
                ORDER BY dueAt, id LIMIT :limit)
            """,
            ["now": now, "limit": limit]
        )
        let count = self.db.changesCount
        if count > 0 { self.note(.jobs) }
        return count
    }

    private static func job(ofMessage id: Int64, customer: String?) -> NewJob {
        NewJob(
            kind: .mail,
            key: "\(id)",
            customer: customer,
            lane: customer == nil ? nil : .mail,
            maxAttempts: .max
        )
    }

    /// Keeps what an attempt came to; what the outcome leaves open stays as it was.
    package func settle(message id: Int64, as outcome: MessageOutcome, at now: Int64) throws {
        try self.execute(
            """
            UPDATE message SET
                state = :state, reason = :reason, smtpReply = coalesce(:reply, smtpReply),
                subject = coalesce(:subject, subject), text = coalesce(:text, text), html = coalesce(:html, html),
                locale = coalesce(:locale, locale), sentAt = CASE :state WHEN 'sent' THEN :now END
            WHERE id = :id AND state = 'queued'
            """,
            [
                "id": id, "state": outcome.state.rawValue, "reason": outcome.reason, "reply": outcome.smtpReply,
                "subject": outcome.subject, "text": outcome.text, "html": outcome.html, "locale": outcome.locale,
                "now": now,
            ]
        )
    }
}
