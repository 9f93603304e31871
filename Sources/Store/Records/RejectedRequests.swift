internal import Foundation
internal import GRDB

/// A request that was turned away, kept so that an operator can see why.
package struct RejectedRequest: Hashable, Sendable {
    /// Unix milliseconds.
    package let at: Int64
    /// The peer's address, without its port.
    package let address: String
    /// From the closed set of rejection reasons.
    package let reason: String
    /// What the request called its signature, as far as that is one that exists.
    package let algorithm: String?
    /// SHA-256 of the body, where there was one.
    package let digest: [UInt8]?
    /// The first bytes of the body, at most `bodyLimit`; nil when it is another organisation's.
    package let body: [UInt8]?

    /// Bytes of a body that are kept.
    package static var bodyLimit: Int { 2048 }

    package init(at: Int64, address: String, reason: String, algorithm: String?, digest: [UInt8]?, body: [UInt8]?) {
        self.at = at
        self.address = address
        self.reason = reason
        self.algorithm = algorithm
        self.digest = digest
        self.body = body.map { Array($0.prefix(Self.bodyLimit)) }
    }
}

extension Transaction {
    /// Rows that are kept. With 2 KiB of body each, the table stays below 5 MiB.
    static var rejectedRequestsKept: Int64 { 2000 }

    /// Keeps a rejected request and drops the oldest beyond the bound.
    package func record(_ rejected: RejectedRequest) throws {
        try self.execute(
            """
            INSERT INTO rejectedRequest (at, address, reason, algorithm, digest, body)
            VALUES (:at, :address, :reason, :algorithm, :digest, :body)
            """,
            [
                "at": rejected.at, "address": rejected.address, "reason": rejected.reason,
                "algorithm": rejected.algorithm, "digest": rejected.digest.map { Data($0) },
                "body": rejected.body.map { Data($0) },
            ]
        )
        try self.execute(
            "DELETE FROM rejectedRequest WHERE id <= :last",
            ["last": self.db.lastInsertedRowID - Self.rejectedRequestsKept]
        )
    }
}

extension Store {
    /// The newest rejected requests first.
    package func rejectedRequests(limit: Int) async throws -> [RejectedRequest] {
        try await self.read { db in
            try Row.fetchAll(db, sql: "SELECT * FROM rejectedRequest ORDER BY id DESC LIMIT ?", arguments: [limit])
                .map { row in
                    RejectedRequest(
                        at: row["at"],
                        address: row["address"],
                        reason: row["reason"],
                        algorithm: row["algorithm"],
                        digest: (row["digest"] as Data?).map { [UInt8]($0) },
                        body: (row["body"] as Data?).map { [UInt8]($0) }
                    )
                }
        }
    }
}
