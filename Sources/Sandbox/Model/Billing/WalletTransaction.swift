import Foundation
import Money

/// Credits that enter or leave a wallet.
///
/// - Unit: `credits` are decimals; `cents` are what they were worth, in minor units of the wallet's currency.
struct WalletTransaction: Sendable {
    enum Kind: String, Sendable {
        case purchased, granted, voided, invoiced

        var isInbound: Bool { self == .purchased || self == .granted }
    }

    enum Status: String, Sendable {
        case pending, settled, failed
    }

    let id: String
    let walletID: String
    let kind: Kind
    let credits: FixedDecimal
    let cents: Int64
    let currency: Currency
    let createdAt: Date
    var status: Status
    var settledAt: Date?
    var failedAt: Date?
    var invoiceID: String?
    var name: String?
    var priority: Int64 = 50
    /// nil at a Lago that knows none.
    var metadata: [JSONObject.Member]? = []
    var requiresSuccessfulPayment = false
    var paymentMethod: JSONValue = ["payment_method_id": nil, "payment_method_type": "provider"]
    /// What is left of an inbound transaction; nil while it is pending and for all others.
    var remainingCents: Int64?

    /// A transaction that takes effect at once, but for a purchased one, which waits for its payment.
    init(
        id: String = LagoID.new(),
        _ kind: Kind,
        credits: FixedDecimal,
        cents: Int64,
        wallet: SandboxWallet,
        at now: Date
    ) {
        self.id = id
        self.walletID = wallet.id
        self.kind = kind
        self.credits = credits
        self.cents = cents
        self.currency = wallet.currency
        self.createdAt = now
        self.status = kind == .purchased ? .pending : .settled
        self.settledAt = kind == .purchased ? nil : now
        self.remainingCents = kind == .granted ? cents : nil
        self.requiresSuccessfulPayment = wallet.invoiceRequiresSuccessfulPayment
    }

    /// The fields that REST and webhooks share.
    func json(of organization: Organization, rate: FixedDecimal) -> JSONValue {
        func time(_ date: Date?) -> JSONValue { .text(date.map(LagoTime.seconds)) }
        let remaining = self.remainingCents.map { FixedDecimal(cents: $0, rate: rate, currency: self.currency) }
        var json: JSONValue = [
            "lago_id": .string(self.id), "lago_wallet_id": .string(self.walletID),
            "lago_invoice_id": .text(self.invoiceID), "lago_credit_note_id": nil, "lago_voided_invoice_id": nil,
            "billing_entity_code": .string(organization.billingEntity), "status": .string(self.status.rawValue),
            "source": "manual", "transaction_status": .string(self.kind.rawValue),
            "transaction_type": self.kind.isInbound ? "inbound" : "outbound",
            "amount": .string(Amount(minorUnits: self.cents, currency: self.currency).major.description),
            "credit_amount": .string(self.credits.description),
            "remaining_amount_cents": self.remainingCents.map { .integer($0) } ?? nil,
            "remaining_credit_amount": .text(remaining?.description), "priority": .integer(self.priority),
            "purchase_order_number": nil, "settled_at": time(self.settledAt), "failed_at": time(self.failedAt),
            "created_at": time(self.createdAt),
            "invoice_requires_successful_payment": .bool(self.requiresSuccessfulPayment),
            "name": .text(self.name), "payment_method": self.paymentMethod,
        ]
        if let metadata {
            json["metadata"] = .array(metadata.map { ["key": .string($0.key), "value": $0.value] })
        }
        return json
    }

    /// Whether the transaction has every one of these metadata pairs.
    func matches(_ pairs: [String: String]) -> Bool {
        pairs.allSatisfy { key, value in
            (self.metadata ?? []).contains { $0.key == key && $0.value == .string(value) }
        }
    }
}
