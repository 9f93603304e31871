internal import GRDB

/// The mails to an address that were sent of late, and those that wait.
package struct AddressTraffic: Hashable, Sendable {
    /// When mails of the asked kinds were sent since the asked time, in Unix milliseconds, the oldest first.
    package let sentAt: [Int64]
    /// Others of the asked kinds that wait to be taken up.
    package let waiting: Int
    /// Others of the asked kinds that somebody is at, and that were queued before.
    package let ahead: Int
}

extension Store {
    /// When mails of these kinds were sent to an address since a time, the oldest first; all in Unix milliseconds.
    package func sent(_ kinds: [String], to address: String, since: Int64) async throws -> [Int64] {
        try self.keys.all(
            """
            SELECT sentAt FROM message
            WHERE recipient = :recipient AND sentAt >= :since AND kind IN \(Self.list(kinds)) ORDER BY sentAt
            """,
            ["recipient": address, "since": since]
        ) { $0[0] }
    }

    private static func list(_ kinds: [String]) -> String { "(" + kinds.map { "'\($0)'" }.joined(separator: ",") + ")" }

    /// - Parameters:
    ///   - message: whose address is asked about; it is not counted.
    ///   - kinds: of messages.
    ///   - since: Unix milliseconds.
    package func traffic(beside message: Message, kinds: [String], since: Int64) async throws -> AddressTraffic {
        let others = try self.keys.all(
            Self.others(of: Self.list(kinds)),
            ["recipient": message.recipient, "customer": message.customer, "id": message.id]
        ) { (id: $0[0] as Int64, isLeased: ($0[1] as String) == "leased") }
        // After those that wait: what is sent between the two reads is seen twice, never missed.
        return AddressTraffic(
            sentAt: try await self.sent(kinds, to: message.recipient, since: since),
            waiting: others.count { !$0.isLeased },
            ahead: others.count { $0.isLeased && $0.id < message.id }
        )
    }

    /// - Parameter kinds: a list of SQL's.
    static func others(of kinds: String) -> String {
        """
        SELECT message.id, job.state FROM message \(Transaction.liveJob)
        WHERE message.state = 'queued' AND recipient = :recipient AND message.customer IS :customer
            AND message.kind IN \(kinds) AND message.id <> :id
        LIMIT 1000
        """
    }

    /// The messages that a digest stands for, the oldest first, without their texts.
    package func messages(inDigest id: Int64, limit: Int) async throws -> [Message] {
        try await self.read { db in
            try Row.fetchAll(
                db,
                sql: """
                    SELECT id, kind, customer, recipient, fact, arguments, locale, state, reason, messageId, thread,
                        subject, NULL AS text, NULL AS html, smtpReply, createdAt, sentAt
                    FROM message WHERE digest = ? ORDER BY id LIMIT ?
                    """,
                arguments: [id, limit]
            ).compactMap(Message.init(row:))
        }
    }
}

extension Transaction {
    /// Joins messages with the jobs that send them. The states are those of an index.
    static var liveJob: String {
        """
        JOIN job ON job.kind = 'mail' AND job.key = CAST(message.id AS TEXT) AND job.state IN ('available', 'leased')
        """
    }

    static let waitingDigest = """
        SELECT message.id FROM message \(liveJob) AND job.state = 'available'
        WHERE message.state = 'queued' AND message.kind = :kind AND recipient = :recipient AND message.customer IS :customer
        LIMIT 1
        """

    /// Has a message that is `digested` told by a digest to its address: one that waits, else this one.
    ///
    /// A digest that somebody is at takes no more: what it says may be found already.
    package func tell(_ id: Int64, in digest: NewMessage, dueAt: Int64, at now: Int64) throws {
        let waiting: Int64? = try self.row(
            Self.waitingDigest,
            ["kind": digest.kind, "recipient": digest.recipient, "customer": digest.customer]
        )?["id"]
        guard let target = try waiting ?? self.queue(digest, dueAt: dueAt, at: now) else { return }
        try self.execute("UPDATE message SET digest = :digest WHERE id = :id", ["digest": target, "id": id])
    }
}
