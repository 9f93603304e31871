private import HTTPTypes
package import LagoAPI
package import LagoEvents
package import Money

/// Credits that somebody wants to buy.
package struct PurchaseOrder: Sendable {
    /// A UUID: the same order again, after a failure, has the same.
    package let id: String
    package let customer: CustomerID
    package let wallet: LagoWallet
    package let credits: FixedDecimal
    /// A JSON object of Lago's members that go along, as `name`; nil for none.
    package let extras: [UInt8]?
}

/// Credits that are bought, and perhaps not paid yet.
package struct PurchaseReceipt: Sendable {
    /// Lago's `wallet_transaction`, as it was received.
    package let transaction: [UInt8]
    /// Where it is paid; nil where Lago gives no such page, or none yet.
    package let paymentURL: String?

    package init(transaction: [UInt8], paymentURL: String?) {
        self.transaction = transaction
        self.paymentURL = paymentURL
    }
}

/// What the operator sells.
package struct PurchaseTerms: Sendable {
    /// What a credit of a new wallet costs, in major units; no wallet is made in other currencies.
    package let rates: [Currency: FixedDecimal]
    /// The most credits of one purchase.
    package let maximum: FixedDecimal

    package init(rates: [Currency: FixedDecimal], maximum: FixedDecimal) {
        self.rates = rates
        self.maximum = maximum
    }
}

extension APIFailure {
    /// Nobody knows yet what becomes of a purchase; the same request again goes on with it.
    package static let purchasePending = APIFailure(
        .gatewayTimeout,
        code: "purchase_pending",
        message: "the purchase is under way; send the same request again to learn what became of it",
        headers: [.retryAfter: "5"]
    )
}
