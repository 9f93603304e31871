internal import GRDB

extension Transaction {
    /// Stops mail to an address, of one kind or, with nil, of every.
    ///
    /// What stopped it first stays on record, but for a refusal, which is our own reading of a reply and may be taken
    /// back: a bounce, a complaint or an operator's wish takes its place.
    ///
    /// - Parameter detail: words, of which the first 500 characters are kept.
    /// - Returns: whether anything was changed.
    @discardableResult
    package func suppress(
        _ address: String,
        kind: String?,
        reason: SuppressionReason,
        detail: String?,
        at now: Int64
    ) throws -> Bool {
        try self.execute(
            """
            INSERT INTO suppression (address, kind, reason, detail, at) VALUES (:address, :kind, :reason, :detail, :now)
            ON CONFLICT DO UPDATE SET reason = excluded.reason, detail = coalesce(excluded.detail, detail), at = :now
            WHERE reason = 'refused' AND excluded.reason IN ('bounced', 'complained', 'operator')
            """,
            [
                "address": address.lowercased(), "kind": kind ?? Suppression.everyKind, "reason": reason.rawValue,
                "detail": detail.map { String($0.unicodeScalars.prefix(Suppression.detailLimit)) }, "now": now,
            ]
        )
        return self.db.changesCount > 0
    }

    /// Lets mail go to an address again.
    ///
    /// - Parameter kind: the one kind that is let go; nil for all that is on record of the address.
    /// - Returns: what stood in the way; empty when nothing did.
    package func lift(_ address: String, kind: String? = nil) throws -> [Suppression] {
        try self.rows(
            "DELETE FROM suppression WHERE address = :address AND (:kind IS NULL OR kind = :kind) RETURNING *",
            ["address": address.lowercased(), "kind": kind]
        ).compactMap(Suppression.init(row:))
    }

    /// Takes back what a relay that refuses everybody made us believe of addresses.
    package func liftRefusals(since: Int64) throws {
        try self.execute("DELETE FROM suppression WHERE reason = 'refused' AND at >= :since", ["since": since])
    }
}
