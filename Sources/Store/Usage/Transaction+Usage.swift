private import Foundation
internal import GRDB
package import Jobs
package import LagoEvents

extension Transaction {
    private static let insertion = """
        INSERT INTO usageEvent (subscription, transactionId, customer, content, isStamped, acceptedAt)
        VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (subscription, transactionId) DO NOTHING
        """

    static let usageTwin = """
        SELECT content, isStamped, acceptedAt FROM usageEvent
        WHERE subscription = :subscription AND transactionId = :transaction
        """

    /// Takes usage events in, all of them or none; one that waits already, with the same content, stays as it is.
    ///
    /// - Parameter isSame: whether two contents that differ in their bytes say the same.
    /// - Returns: when each was accepted, in Unix milliseconds: now, or when the one was that waits.
    /// - Throws: `UsageEventTaken`.
    package func accept(
        _ events: [UsageEvent],
        at now: Int64,
        isSame: (_ one: [UInt8], _ other: [UInt8]) -> Bool = { $0 == $1 }
    ) throws -> [Int64] {
        let insert = try self.db.cachedStatement(sql: Self.insertion)
        var times: [Int64] = []
        times.reserveCapacity(events.count)
        for (index, event) in events.enumerated() {
            try insert.execute(
                arguments: [
                    event.subscription, event.transactionID, event.customer.rawValue, Data(event.content),
                    event.isStamped, now,
                ]
            )
            if self.db.changesCount > 0 {
                times.append(now)
            } else {
                times.append(try self.timeOfTwin(of: event, index, isSame) ?? now)
            }
        }
        self.note(.usage)
        return times
    }

    private func timeOfTwin(
        of event: UsageEvent,
        _ index: Int,
        _ isSame: (_ one: [UInt8], _ other: [UInt8]) -> Bool
    ) throws -> Int64? {
        let twin = try self.row(
            Self.usageTwin,
            ["subscription": event.subscription, "transaction": event.transactionID]
        )
        guard let twin else { return nil }
        let content = [UInt8](twin["content"] as Data)
        guard twin["isStamped"] == event.isStamped, content == event.content || isSame(content, event.content) else {
            throw UsageEventTaken(index: index)
        }
        return twin["acceptedAt"]
    }

    /// Lets usage events go that wait no longer.
    package func removeUsage(_ ids: [Int64]) throws {
        for id in ids { try self.execute("DELETE FROM usageEvent WHERE id = ?", [id]) }
    }

    /// Writes a job down that was given up before it was begun: somebody has to look at it, and retry or discard it.
    package func bury(_ job: NewJob, reason: String, at now: Int64) throws {
        try self.execute(
            """
            INSERT INTO job (
                kind, key, customer, lane, arguments, state, isHead, createdAt, askedAt, dueAt, maxAttempts, endedAt,
                lastError)
            VALUES (:kind, :key, :customer, :lane, :arguments, 'dead', 0, :now, :now, :now, :maxAttempts, :now, :reason)
            """,
            [
                "kind": job.kind.rawValue, "key": job.key, "customer": job.customer, "lane": job.lane?.rawValue,
                "arguments": job.arguments, "now": now, "maxAttempts": job.maxAttempts, "reason": reason,
            ]
        )
    }
}
