private import Foundation
internal import GRDB

/// A wallet transaction of Lago's as last seen.
package struct MirroredTransaction: Hashable, Sendable {
    /// Lago's id of it.
    package let id: String
    /// Lago's id of its wallet.
    package let wallet: String
    /// `inbound` or `outbound`.
    package let type: String
    /// `pending`, `settled` or `failed`.
    package let status: String
    /// Unix milliseconds, at Lago.
    package let createdAt: Int64
    /// The whole object, as Lago sent it.
    package let object: [UInt8]
    /// Unix milliseconds.
    package let seenAt: Int64

    package init(
        id: String,
        wallet: String,
        type: String,
        status: String,
        createdAt: Int64,
        object: [UInt8],
        seenAt: Int64
    ) {
        self.id = id
        self.wallet = wallet
        self.type = type
        self.status = status
        self.createdAt = createdAt
        self.object = object
        self.seenAt = seenAt
    }
}

extension MirroredTransaction: Mirror {
    static let saving = MirrorStatement(table: "walletTransaction", columns: ["wallet", "type", "status", "createdAt"])

    var values: [(any DatabaseValueConvertible)?] { [self.wallet, self.type, self.status, self.createdAt] }
}

extension Transaction {
    /// Keeps a wallet transaction as seen, unless a later look has been kept already.
    package func save(_ transaction: MirroredTransaction) throws { try self.keep(transaction) }
}

extension Store {
    /// The objects of the newest inbound transactions of these wallets that are known, as Lago sent them, newest first.
    ///
    /// - Parameter limit: of each wallet.
    package func transactions(ofWallets ids: [String], limit: Int = 50) async throws -> [[UInt8]] {
        try await self.read { db in
            try ids.flatMap { id in
                try Data.fetchAll(
                    db,
                    sql: """
                        SELECT object FROM walletTransaction WHERE wallet = ? AND type = 'inbound'
                        ORDER BY createdAt DESC LIMIT ?
                        """,
                    arguments: [id, limit]
                ).map { [UInt8]($0) }
            }
        }
    }

    /// When the newest transaction of a wallet that is known was made at Lago, in Unix milliseconds.
    package func newestTransaction(ofWallet id: String) async throws -> Int64? {
        try await self.read { db in
            try Int64.fetchOne(
                db,
                sql: "SELECT max(createdAt) FROM walletTransaction WHERE wallet = ?",
                arguments: [id]
            )
        }
    }
}
