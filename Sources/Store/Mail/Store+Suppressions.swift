internal import GRDB

extension Store {
    /// Why mail of this kind to this address is stopped; nil when it is not.
    package func suppression(of address: String, kind: String) async throws -> Suppression? {
        try self.keys.first(
            "SELECT * FROM suppression WHERE address = :address AND kind IN ('*', :kind) ORDER BY kind LIMIT 1",
            ["address": address.lowercased(), "kind": kind],
            Suppression.init(row:)
        )
    }

    /// Suppressions in the order of their addresses, page by page.
    ///
    /// - Parameter last: the last one of the page before; nil for the first page.
    package func suppressions(
        _ filter: SuppressionFilter = SuppressionFilter(),
        after last: Suppression? = nil,
        limit: Int
    ) async throws -> [Suppression] {
        try await self.read { db in
            try Row.fetchAll(
                db,
                sql: """
                    SELECT * FROM suppression
                    WHERE (address, kind) > (:lastAddress, :lastKind)
                        AND (:address IS NULL OR address = :address) AND (:reason IS NULL OR reason = :reason)
                    ORDER BY address, kind LIMIT :limit
                    """,
                arguments: [
                    "lastAddress": last?.address ?? "", "lastKind": last.map { $0.kind ?? Suppression.everyKind } ?? "",
                    "address": filter.address?.lowercased(), "reason": filter.reason?.rawValue, "limit": limit,
                ]
            ).compactMap(Suppression.init(row:))
        }
    }
}

extension Suppression {
    init?(row: Row) {
        guard let reason = SuppressionReason(rawValue: row["reason"]) else { return nil }
        let kind: String = row["kind"]
        self.init(
            address: row["address"],
            kind: kind == Self.everyKind ? nil : kind,
            reason: reason,
            detail: row["detail"],
            at: row["at"]
        )
    }
}
