private import Foundation
internal import GRDB
package import LagoEvents

/// An answer of Lago's to a read, as last received.
package struct KeptAnswer: Hashable, Sendable {
    /// JSON, byte for byte.
    package let body: [UInt8]
    /// Unix milliseconds.
    package let readAt: Int64
}

extension Transaction {
    /// How many answers are kept.
    private static let mostAnswers = 20_000

    /// Keeps an answer instead of the one before; the oldest goes where there are too many.
    ///
    /// - Parameter request: path and query.
    package func keep(answer body: [UInt8], to request: String, of customer: CustomerID?, at now: Int64) throws {
        // A new row number each time, so that the row numbers are in the order of the last readings.
        try self.execute(
            "INSERT OR REPLACE INTO lagoAnswer (request, customer, body, readAt) VALUES (?, ?, ?, ?)",
            [request, customer?.rawValue, Data(body), now]
        )
        try self.execute(
            "DELETE FROM lagoAnswer WHERE id <= (SELECT max(id) FROM lagoAnswer) - ?",
            [Self.mostAnswers]
        )
    }
}

extension Store {
    /// The answer to a read as last received; nil where none is kept.
    package func answer(to request: String) async throws -> KeptAnswer? {
        try await self.read { db in
            try Row.fetchOne(
                db.cachedStatement(sql: "SELECT body, readAt FROM lagoAnswer WHERE request = ?"),
                arguments: [request]
            ).map { KeptAnswer(body: [UInt8]($0["body"] as Data), readAt: $0["readAt"]) }
        }
    }
}
