package import Money
private import Transport

/// What buys credits for a wallet.
package struct LagoTopUpInput: Sendable {
    /// Lago's id of the wallet.
    package var walletID: String
    package var paidCredits: FixedDecimal
    /// The label on the invoice.
    package var name: String?
    /// Keys of at most 20 characters, values of at most 100.
    package var metadata: [(key: String, value: String)]

    package init(
        walletID: String,
        paidCredits: FixedDecimal,
        name: String? = nil,
        metadata: [(key: String, value: String)] = []
    ) {
        self.walletID = walletID
        self.paidCredits = paidCredits
        self.name = name
        self.metadata = metadata
    }
}

extension LagoTopUpInput: Encodable {
    private enum CodingKeys: String, CodingKey {
        case name, metadata
        case walletID = "wallet_id"
        case paidCredits = "paid_credits"
    }

    private struct Pair: Encodable {
        let key: String
        let value: String
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(self.walletID, forKey: .walletID)
        // Lago takes credits as strings only.
        try container.encode(self.paidCredits.description, forKey: .paidCredits)
        try container.encodeIfPresent(self.name, forKey: .name)
        try container.encode(self.metadata.map { Pair(key: $0.key, value: $0.value) }, forKey: .metadata)
    }
}

extension LagoClient {
    /// Buys credits. Lago knows no key that would make a second call the same purchase: after an error whose `effect` is
    /// `unknown`, the wallet's transactions tell.
    ///
    /// - Parameter last: where its turn comes later, it is not sent; so it has surely ended a `deadline` after this.
    /// - Returns: the pending transaction.
    package func createWalletTransaction(
        _ input: LagoTopUpInput,
        notAfter last: ContinuousClock.Instant? = nil
    ) async throws -> LagoWalletTransaction {
        let request = try self.request("POST", "/wallet_transactions", sending: ["wallet_transaction": input])
        let body = try await self.send(request, as: "create_wallet_transaction", notAfter: last).body
        let made = try LagoFields(body).objects("wallet_transactions", as: LagoWalletTransaction.init(_:))
        guard let transaction = made.first else { throw LagoError.unreadable(what: "wallet_transactions is empty") }
        return transaction
    }

    /// One transaction, of whichever wallet; `id` is Lago's.
    ///
    /// - Throws: `LagoError.notFound` with `wallet_transaction_not_found`.
    package func walletTransaction(id: String) async throws -> LagoWalletTransaction {
        try await self.object(at: "/wallet_transactions/\(try Query.segment(id))", as: "wallet_transaction")
    }
}

extension LagoError {
    /// What is known of a call that was to change something.
    package enum Effect: Hashable, Sendable {
        /// Nothing was changed, and the same call may be made again: not a byte of it left.
        case none
        /// Lago said no, and changed nothing.
        case refused
        /// It may have been carried out, now or later: a proxy on the way may hold it still.
        case unknown
    }

    package var effect: Effect {
        switch self {
        case .badRequest, .unauthorized, .forbidden, .notFound, .noRoute, .conflict: .refused
        case .validation(let code, _): code == "lock_acquisition_failed" ? .unknown : .refused
        // Whoever answers so has not passed it on: a proxy says 413 or 414 for Lago, too. But a time-out, a conflict and
        // an early request may be about one that is on its way.
        case .unexpected(let status):
            (400..<500).contains(status) && ![408, 409, 425].contains(status) ? .refused : .unknown
        case .rateLimited, .server, .unreadable: .unknown
        // Nothing is changed by fetching.
        case .file: .refused
        case .transport(let error): error.requestLeft ? .unknown : .none
        }
    }
}
