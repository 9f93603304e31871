internal import LagoAPI
private import Money

/// Finds our top-ups among Lago's transactions, by the key in their metadata.
struct TopUpLookUp: Sendable {
    /// Keys of Lago's metadata, which takes 20 characters.
    static let key = "sluice_id"
    static let originKey = "sluice_origin"
    /// How far a transaction may seem older than its intent, in milliseconds.
    static let margin: Int64 = 600_000

    let client: LagoClient

    /// What a complete list says.
    struct Answer: Sendable {
        /// Nil where Lago has none.
        let transaction: LagoWalletTransaction?
        /// By Lago's clock, in Unix milliseconds: not later than the list began.
        let at: Int64
        /// By the same clock: the list went back as far as this.
        let from: Int64
    }

    /// Lists a wallet's purchases back to before the intent, and compares row by row: Lago before 1.51 ignores the filter.
    ///
    /// - Parameter from: how far back, by Lago's clock; nil where the intent is of just now.
    func find(_ id: String, inWallet wallet: String, from: Int64?) async throws -> Answer {
        let at = try await self.time()
        let from = from ?? at - Self.margin
        let filter = LagoTransactionFilter(direction: .inbound, cause: .purchased, metadata: (Self.key, id))
        for try await batch in try self.client.walletTransactions(walletID: wallet, filter: filter) {
            if let found = batch.first(where: { Self.isOurs($0, id) }) {
                return Answer(transaction: found, at: at, from: from)
            }
            if batch.contains(where: { $0.createdAt < from }) { break }
        }
        return Answer(transaction: nil, at: at, from: from)
    }

    /// What was granted along with a purchase has the same mark.
    private static func isOurs(_ transaction: LagoWalletTransaction, _ id: String) -> Bool {
        transaction.metadata?[Self.key] == id && transaction.cause == LagoWalletTransaction.Cause.purchased.rawValue
    }

    /// A wallet's purchases since a time, and some before it, newest first.
    func purchases(inWallet wallet: String, since: Int64) async throws -> [LagoWalletTransaction] {
        let filter = LagoTransactionFilter(direction: .inbound, cause: .purchased)
        var found: [LagoWalletTransaction] = []
        for try await batch in try self.client.walletTransactions(walletID: wallet, filter: filter) {
            found += batch
            if batch.contains(where: { $0.createdAt < since }) { break }
        }
        return found
    }

    /// Lago's time; asked for where no answer has told it yet.
    func time() async throws -> Int64 {
        if let time = self.client.time { return time }
        _ = try await self.client.organization()
        guard let time = self.client.time else { throw LagoError.unreadable(what: "the answer has no Date") }
        return time
    }
}
