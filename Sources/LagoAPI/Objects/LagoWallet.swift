package import Money

/// A wallet, as far as Sluice reads it, and as it was received.
///
/// - Unit: `…Cents` count the currency's smallest unit as Lago does; credits have five decimals; times are Unix
///   milliseconds.
/// - Source: `wallets` of `GET /wallets`, and the webhooks `wallet.*`. The ongoing balance is as fresh as Lago's last
///   refresh, which in its free edition follows credits and debits only.
package struct LagoWallet: LagoObject, Identifiable {
    package static let member = "wallet"

    package let id: String
    package let externalCustomerID: String
    /// `active` or `terminated`, which is final.
    package let status: String
    package let currency: Currency
    /// Not unique.
    package let name: String?
    /// nil before Lago 1.41; unique among a customer's active wallets.
    package let code: String?
    /// 1 to 50, 1 is consumed first; 50 where Lago gives none.
    package let priority: Int64
    /// What a credit costs, in major units of the currency; never changes.
    package let rate: FixedDecimal
    package let credits: LagoWalletCredits
    /// The settled balance: authoritative for money.
    package let balanceCents: Int64
    /// Negative when usage ran ahead of the last top-up.
    package let ongoingBalanceCents: Int64
    /// What may be paid from it; webhooks do not tell, and then nothing is restricted here.
    package let restriction: LagoWalletRestriction
    /// Whether Lago itself has a rule that tops this wallet up at a threshold, which only its premium edition obeys.
    package let hasThresholdRule: Bool
    /// In minor units, for paid credits; nil for no limit.
    package let paidTopUpMinimumCents: Int64?
    package let paidTopUpMaximumCents: Int64?
    package let createdAt: Int64
    package let expiresAt: Int64?
    package let terminatedAt: Int64?
    package let lastBalanceSyncAt: Int64?
    package let lastConsumedCreditAt: Int64?
    /// The whole JSON object, byte for byte.
    package let json: [UInt8]

    package var isActive: Bool { self.status == "active" }

    package init(_ fields: LagoFields) throws(LagoError) {
        self.id = try fields.read("lago_id", as: .text)
        self.externalCustomerID = try fields.read("external_customer_id", as: .text)
        self.status = try fields.read("status", as: .text)
        self.currency = try fields.read("currency", as: .currency)
        self.name = try fields.readIfAny("name", as: .text)
        self.code = try fields.readIfAny("code", as: .text)
        self.priority = try fields.readIfAny("priority", as: .integer) ?? 50
        self.rate = try fields.read("rate_amount", as: .decimal)
        self.credits = try LagoWalletCredits(fields)
        self.balanceCents = try fields.read("balance_cents", as: .integer)
        self.ongoingBalanceCents = try fields.read("ongoing_balance_cents", as: .integer)
        self.restriction = try fields.objectIfAny("applies_to", as: LagoWalletRestriction.init) ?? .none
        let rules = try fields.objectsIfAny("recurring_transaction_rules", as: Rule.init) ?? []
        self.hasThresholdRule = rules.contains { $0.trigger == "threshold" && $0.status != "terminated" }
        self.paidTopUpMinimumCents = try fields.readIfAny("paid_top_up_min_amount_cents", as: .integer)
        self.paidTopUpMaximumCents = try fields.readIfAny("paid_top_up_max_amount_cents", as: .integer)
        self.createdAt = try fields.read("created_at", as: .time)
        self.expiresAt = try fields.readIfAny("expiration_at", as: .time)
        self.terminatedAt = try fields.readIfAny("terminated_at", as: .time)
        self.lastBalanceSyncAt = try fields.readIfAny("last_balance_sync_at", as: .time)
        self.lastConsumedCreditAt = try fields.readIfAny("last_consumed_credit_at", as: .time)
        self.json = fields.json
    }

    private struct Rule {
        let trigger: String?
        let status: String?

        init(_ fields: LagoFields) throws(LagoError) {
            self.trigger = try fields.readIfAny("trigger", as: .text)
            self.status = try fields.readIfAny("status", as: .text)
        }
    }
}

/// A wallet's balances, counted in credits.
package struct LagoWalletCredits: Hashable, Sendable {
    /// Settled.
    package let balance: FixedDecimal
    /// Settled less the usage that is not billed yet; as stale as `ongoingBalanceCents`.
    package let ongoing: FixedDecimal
    /// Over the wallet's life, voided ones included; nil where Lago does not give it.
    package let consumed: FixedDecimal?

    init(_ fields: LagoFields) throws(LagoError) {
        self.balance = try fields.read("credits_balance", as: .decimal)
        self.ongoing = try fields.readIfAny("credits_ongoing_balance", as: .decimal) ?? self.balance
        self.consumed = try fields.readIfAny("consumed_credits", as: .decimal)
    }
}

/// Which fees a wallet may pay: those of one of the types, and charges of one of the metrics.
package struct LagoWalletRestriction: Hashable, Sendable {
    /// `charge`, `add_on`, `subscription`, `credit`, `commitment`, `fixed_charge`, `product`.
    package let feeTypes: [String]
    package let metricCodes: [String]

    /// Whether it may pay anything.
    package var isNone: Bool { self.feeTypes.isEmpty && self.metricCodes.isEmpty }

    static let none = LagoWalletRestriction(feeTypes: [], metricCodes: [])

    private init(feeTypes: [String], metricCodes: [String]) {
        self.feeTypes = feeTypes
        self.metricCodes = metricCodes
    }

    init(_ fields: LagoFields) throws(LagoError) {
        self.feeTypes = try fields.readIfAny("fee_types", as: .texts) ?? []
        self.metricCodes = try fields.readIfAny("billable_metric_codes", as: .texts) ?? []
    }
}
