package import Money

/// Credits that came into a wallet or left it, as far as Sluice reads it, and as it was received.
///
/// - Unit: credits have five decimals; `amount` is in major units of the wallet's currency, `…Cents` in its smallest;
///   times are Unix milliseconds.
/// - Source: `wallet_transactions` of `GET /wallets/{id}/wallet_transactions`, and the webhooks `wallet_transaction.*`.
package struct LagoWalletTransaction: LagoObject, Identifiable {
    package static let member = "wallet_transaction"

    package enum Status: String, CaseIterable, Sendable {
        /// A `failed` one can still become `settled`, when its invoice is paid later.
        case pending, settled, failed
    }

    package enum Direction: String, CaseIterable, Sendable {
        case inbound, outbound
    }

    package enum Cause: String, CaseIterable, Sendable {
        case purchased, granted, voided, invoiced
    }

    package let id: String
    package let walletID: String
    /// Of the invoice that sold the credits or consumed them; nil until Lago has made it.
    package let invoiceID: String?
    /// One of `Status`.
    package let status: String
    /// `transaction_type`: one of `Direction`.
    package let direction: String
    /// `transaction_status`: one of `Cause`.
    package let cause: String
    /// `manual`, `interval` or `threshold`: REST calls are `manual`.
    package let source: String?
    /// Money, always positive.
    package let amount: FixedDecimal
    /// May differ from what was asked for by Lago's rounding: never match by it.
    package let credits: FixedDecimal
    /// What is left of an inbound one; nil while pending, and before Lago 1.41.
    package let remainingAmountCents: Int64?
    package let remainingCredits: FixedDecimal?
    package let name: String?
    /// nil where the field is missing: before Lago 1.9. The first of two equal keys counts.
    package let metadata: [String: String]?
    package let createdAt: Int64
    package let settledAt: Int64?
    package let failedAt: Int64?
    /// The whole JSON object, byte for byte.
    package let json: [UInt8]

    package init(_ fields: LagoFields) throws(LagoError) {
        self.id = try fields.read("lago_id", as: .text)
        self.walletID = try fields.read("lago_wallet_id", as: .text)
        self.invoiceID = try fields.readIfAny("lago_invoice_id", as: .text)
        self.status = try fields.read("status", as: .text)
        self.direction = try fields.read("transaction_type", as: .text)
        self.cause = try fields.read("transaction_status", as: .text)
        self.source = try fields.readIfAny("source", as: .text)
        self.amount = try fields.read("amount", as: .decimal)
        self.credits = try fields.read("credit_amount", as: .decimal)
        self.remainingAmountCents = try fields.readIfAny("remaining_amount_cents", as: .integer)
        self.remainingCredits = try fields.readIfAny("remaining_credit_amount", as: .decimal)
        self.name = try fields.readIfAny("name", as: .text)
        let pairs = try fields.objectsIfAny("metadata", as: Pair.init)
        self.metadata = pairs.map { pairs in
            Dictionary(pairs.map { ($0.key, $0.value) }, uniquingKeysWith: { first, _ in first })
        }
        self.createdAt = try fields.read("created_at", as: .time)
        self.settledAt = try fields.readIfAny("settled_at", as: .time)
        self.failedAt = try fields.readIfAny("failed_at", as: .time)
        self.json = fields.json
    }

    private struct Pair {
        let key: String
        let value: String

        init(_ fields: LagoFields) throws(LagoError) {
            self.key = try fields.read("key", as: .text)
            self.value = try fields.readIfAny("value", as: .text) ?? ""
        }
    }
}
