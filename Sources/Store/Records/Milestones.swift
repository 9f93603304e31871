private import Foundation
internal import GRDB

/// Something that is done once in the life of a file.
package enum Milestone: String, Sendable {
    /// Everything at Lago has been seen once, and nothing of it is news.
    case baseline
    /// The credit notes have been seen once, which a key may not allow at first.
    case creditNotes = "credit_notes"
    /// When Lago last refused a top-up for our key's sake, until it takes one.
    case topUpsRefused = "top_ups_refused"
    /// When the operator was last told that Lago does not accept our key.
    case keyRefusedTold = "key_refused_told"
    /// When Lago last made a transaction without the metadata that it was given.
    case metadataDropped = "metadata_dropped"
    /// Not done once, but moved on: up to when it is known whose usage moved.
    case radar
}

extension Transaction {
    /// Takes a milestone back.
    package func forget(_ milestone: Milestone) throws {
        try self.execute("DELETE FROM milestone WHERE name = :name", ["name": milestone.rawValue])
    }

    /// Notes that it is done; a second time changes nothing.
    package func reach(_ milestone: Milestone, at now: Int64) throws {
        try self.execute(
            "INSERT INTO milestone (name, at) VALUES (:name, :now) ON CONFLICT DO NOTHING",
            ["name": milestone.rawValue, "now": now]
        )
    }

    /// When it was reached, in Unix milliseconds; nil when it was not.
    package func reached(_ milestone: Milestone) throws -> Int64? {
        try self.row("SELECT at FROM milestone WHERE name = :name", ["name": milestone.rawValue])?["at"]
    }

    /// Moves a milestone on.
    package func move(_ milestone: Milestone, at now: Int64) throws {
        try self.execute(
            "INSERT INTO milestone (name, at) VALUES (:name, :now) ON CONFLICT (name) DO UPDATE SET at = excluded.at",
            ["name": milestone.rawValue, "now": now]
        )
    }

    /// The key of this name, which is `fresh` when there was none yet.
    package func secret(_ name: String, fresh: [UInt8]) throws -> [UInt8] {
        try self.execute(
            "INSERT INTO secret (name, value) VALUES (:name, :fresh) ON CONFLICT DO NOTHING",
            ["name": name, "fresh": Data(fresh)]
        )
        let row = try self.row("SELECT value FROM secret WHERE name = :name", ["name": name])
        return (row?["value"] as Data?).map { [UInt8]($0) } ?? fresh
    }
}

extension Store {
    /// When it was reached, in Unix milliseconds; nil when it was not.
    package func reached(_ milestone: Milestone) async throws -> Int64? {
        try await self.read { db in
            try Int64.fetchOne(db, sql: "SELECT at FROM milestone WHERE name = ?", arguments: [milestone.rawValue])
        }
    }
}
