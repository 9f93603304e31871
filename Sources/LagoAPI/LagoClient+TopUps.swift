private import Foundation
package import Money
private import Transport

/// What buys credits for a wallet.
package struct LagoTopUpInput: Sendable {
    /// Lago's id of the wallet.
    package var walletID: String
    package var paidCredits: FixedDecimal
    /// Keys of at most 20 characters, values of at most 100.
    package var metadata: [(key: String, value: String)]
    /// More members of Lago's, as `name`, the label on the invoice: a JSON object; nil for none.
    package var extras: [UInt8]?

    package init(
        walletID: String,
        paidCredits: FixedDecimal,
        metadata: [(key: String, value: String)] = [],
        extras: [UInt8]? = nil
    ) {
        self.walletID = walletID
        self.paidCredits = paidCredits
        self.metadata = metadata
        self.extras = extras
    }
}

extension LagoTopUpInput: Encodable {
    private enum CodingKeys: String, CodingKey {
        case metadata
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
        try container.encode(self.metadata.map { Pair(key: $0.key, value: $0.value) }, forKey: .metadata)
    }

    fileprivate var json: [UInt8] {
        get throws {
            let own = [UInt8](try JSONEncoder().encode(self))
            guard let extras = self.extras, let first = extras.firstIndex(of: UInt8(ascii: "\"")) else { return own }
            return own.dropLast() + [UInt8(ascii: ",")] + extras[first...]
        }
    }
}

extension LagoClient {
    /// Buys credits. Lago knows no key that would make a second call the same purchase: after an error whose `effect` is
    /// `unknown`, the wallet's transactions tell.
    ///
    /// - Parameter last: where its turn comes later, it is not sent; so it has surely ended a `deadline` after this.
    /// - Returns: the pending transaction; what was granted along with it is another one.
    package func createWalletTransaction(
        _ input: LagoTopUpInput,
        notAfter last: ContinuousClock.Instant? = nil
    ) async throws -> LagoWalletTransaction {
        let json = Self.wrapped(try input.json, in: "wallet_transaction")
        let request = self.request("POST", "/wallet_transactions", json: json)
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

    /// Has the provider try to charge an invoice again.
    ///
    /// - Throws: `LagoError.conflict` with `invalid_status` for an invoice that is paid, and
    ///   `payment_processor_is_currently_handling_payment` while a charge is under way.
    package func retryPayment(invoiceID: String) async throws {
        let request = self.request("POST", "/invoices/\(try Query.segment(invoiceID))/retry_payment")
        _ = try await self.send(request, as: "retry_payment")
    }

    /// The page where a purchase is paid, at the provider; Lago gives the same for a day.
    ///
    /// - Throws: `LagoError.validation`, whose `codes` have `wallet_transaction_has_no_attached_invoice` before Lago has made
    ///   the invoice, `wallet_transaction_already_settled`, or why there is no page, as `no_linked_payment_provider`.
    package func transactionPaymentURL(id: String) async throws -> String {
        let path = "/wallet_transactions/\(try Query.segment(id))/payment_url"
        let body = try await self.send(self.request("POST", path), as: "transaction_payment_url").body
        return try LagoFields(body).object("wallet_transaction_payment_details").read("payment_url", as: .link)
    }

    /// The page where an invoice is paid, at the provider; Lago gives the same for a day.
    ///
    /// - Throws: `LagoError.validation`, whose `codes` say why there is none, as `no_linked_payment_provider`, or
    ///   `invalid_invoice_status_or_payment_status` for one that is paid or voided.
    package func invoicePaymentURL(id: String) async throws -> String {
        let path = "/invoices/\(try Query.segment(id))/payment_url"
        let body = try await self.send(self.request("POST", path), as: "invoice_payment_url").body
        return try LagoFields(body).object("invoice_payment_details").read("payment_url", as: .link)
    }

    /// The payments of an invoice, the newest first; none where the provider was never asked.
    package func payments(invoiceID: String) async throws -> [LagoPayment] {
        try await self.pages(at: "/payments", query: [("invoice_id", invoiceID)], as: "payments").all()
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

    /// Lago's words for what it refuses, as `amount_below_minimum`; empty for other errors.
    package var codes: Set<String> {
        guard case .validation(_, let details) = self else { return [] }
        return Set(details.values.joined())
    }

    package var effect: Effect {
        switch self {
        case .badRequest, .unauthorized, .forbidden, .notFound, .noRoute, .conflict: .refused
        case .validation(let code, _): code == "lock_acquisition_failed" ? .unknown : .refused
        // A proxy said no, as with 413, and Lago heard nothing.
        case .unexpected(let status) where (400..<500).contains(status) && ![408, 409, 425].contains(status): .refused
        case .rateLimited, .server, .unexpected, .unreadable: .unknown
        case .transport(let error): error.requestLeft ? .unknown : .none
        }
    }
}
