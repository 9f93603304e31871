private import Foundation
internal import GRDB
package import LagoEvents

/// How much usage waits for Lago, and since when the oldest of it.
package struct UsageBacklog: Hashable, Sendable {
    package let count: Int
    /// Unix milliseconds; nil where none waits.
    package let oldestAcceptedAt: Int64?

    package init(count: Int, oldestAcceptedAt: Int64?) {
        self.count = count
        self.oldestAcceptedAt = oldestAcceptedAt
    }
}

extension Store {
    static let oldestUsage = "SELECT * FROM usageEvent ORDER BY id"

    /// The usage events that wait for Lago, the oldest first.
    ///
    /// - Parameters:
    ///   - bytes: of contents; the event that goes past it is the last.
    ///   - others: numbers of events to leave out.
    package func waitingUsage(
        limit: Int,
        bytes: Int = .max,
        except others: Set<Int64> = []
    ) async throws -> [WaitingUsage] {
        try await self.read { db in
            var (found, size) = ([WaitingUsage](), 0)
            let rows = try Row.fetchCursor(db, sql: Self.oldestUsage)
            while found.count < limit, size < bytes, let row = try rows.next() {
                guard !others.contains(row["id"]) else { continue }
                let waiting = WaitingUsage(row: row)
                size += waiting.event.content.count
                found.append(waiting)
            }
            return found
        }
    }

    package func usageBacklog() async throws -> UsageBacklog {
        try await self.read { db in
            UsageBacklog(
                count: try Int.fetchOne(db, sql: "SELECT count(*) FROM usageEvent") ?? 0,
                oldestAcceptedAt: try Int64.fetchOne(db, sql: "SELECT acceptedAt FROM usageEvent ORDER BY id LIMIT 1")
            )
        }
    }

    /// The subscription of this id as last seen: the active one where several had the id, else the latest.
    package func subscription(externalID: String) async throws -> MirroredSubscription? {
        try await self.read { db in
            try Row.fetchOne(
                db,
                sql: """
                    SELECT * FROM subscription WHERE externalId = ?
                    ORDER BY status = 'active' DESC, seenAt DESC LIMIT 1
                    """,
                arguments: [externalID]
            ).map { row in
                MirroredSubscription(
                    id: row["id"],
                    externalID: row["externalId"],
                    customer: CustomerID(rawValue: row["customer"]),
                    plan: row["plan"],
                    status: row["status"],
                    object: [UInt8](row["object"] as Data),
                    seenAt: row["seenAt"]
                )
            }
        }
    }
}

extension WaitingUsage {
    fileprivate init(row: Row) {
        self.init(
            id: row["id"],
            event: UsageEvent(
                subscription: row["subscription"],
                transactionID: row["transactionId"],
                customer: CustomerID(rawValue: row["customer"]),
                content: [UInt8](row["content"] as Data),
                isStamped: row["isStamped"]
            ),
            acceptedAt: row["acceptedAt"]
        )
    }
}

extension WaitingUsage {
    /// The event as Lago is to have it: a JSON object.
    ///
    /// Without a time in it, Lago would stamp its arrival, and bill what waited over a month's end in the wrong period.
    package var json: [UInt8] { self.event.json(acceptedAt: self.acceptedAt) }
}

extension UsageEvent {
    /// The event as Lago is to have it: a JSON object with the time of its acceptance where it names none.
    package func json(acceptedAt: Int64) -> [UInt8] {
        guard self.isStamped, self.content.last == UInt8(ascii: "}") else { return self.content }
        return self.content.dropLast() + #","timestamp":"\#(Self.timestamp(of: acceptedAt))"}"#.utf8
    }

    /// Unix milliseconds as Lago takes a time: seconds, as decimal text.
    package static func timestamp(of milliseconds: Int64) -> String {
        let digits = String(milliseconds % 1000)
        return "\(milliseconds / 1000).\(String(repeating: "0", count: 3 - digits.count))\(digits)"
    }
}
