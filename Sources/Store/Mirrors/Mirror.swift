private import Foundation
internal import GRDB

/// A row that mirrors an object of Lago's as last seen.
protocol Mirror {
    /// The statement that keeps it.
    static var saving: MirrorStatement { get }
    /// Lago's id, the columns of the table in the statement's order, the object, and when it was asked for.
    var id: String { get }
    var values: [(any DatabaseValueConvertible)?] { get }
    var object: [UInt8] { get }
    var seenAt: Int64 { get }
}

/// `INSERT … ON CONFLICT DO UPDATE` of one mirror table: what was seen earlier never replaces what was seen later.
struct MirrorStatement: Sendable {
    let sql: String

    init(table: String, columns: [String]) {
        let all = ["id"] + columns + ["object", "seenAt"]
        self.sql = """
            INSERT INTO \(table) (\(all.joined(separator: ", ")))
            VALUES (\(all.map { _ in "?" }.joined(separator: ", ")))
            ON CONFLICT (id) DO UPDATE SET \(all.dropFirst().map { "\($0) = excluded.\($0)" }.joined(separator: ", "))
            WHERE excluded.seenAt >= \(table).seenAt
            """
    }
}

extension Transaction {
    /// Keeps a mirror as seen, unless a later look has been kept already.
    func keep<Kept: Mirror>(_ mirror: Kept) throws {
        let values: [(any DatabaseValueConvertible)?] =
            [mirror.id] + mirror.values + [Data(mirror.object), mirror.seenAt]
        try self.execute(Kept.saving.sql, StatementArguments(values))
    }
}
