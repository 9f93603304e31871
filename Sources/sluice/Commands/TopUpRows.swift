import Foundation
import LagoEvents
import Money
import Notices
import Rules
import Settings
import Store
import Telemetry

/// A top-up as `--json` and tables show it.
struct TopUpRow: Output.Row {
    private let topUp: TopUp
    private let decisions: [TopUpDecisionRow]?

    /// - Parameter decisions: what was decided meanwhile, where that is shown.
    init(_ topUp: TopUp, decisions: [TopUpDecisionRow]? = nil) {
        self.topUp = topUp
        self.decisions = decisions
    }

    static let columns = ["ID", "CREATED", "CUSTOMER", "ORIGIN", "STATE", "REASON", "CREDITS", "INVOICE", "UPDATED"]

    var cells: [String] {
        [
            self.topUp.id, Timestamp.text(milliseconds: self.topUp.created.at), self.topUp.customer.rawValue,
            self.topUp.origin, self.topUp.state, self.topUp.reason ?? "-", self.topUp.credits,
            self.topUp.invoiceID ?? "-", Timestamp.text(milliseconds: self.topUp.updatedAt),
        ]
    }

    private enum CodingKeys: String, CodingKey {
        case id, origin, state, reason, decisions
        case customer = "external_customer_id"
        case wallet = "wallet_id"
        case credits = "paid_credits"
        case transaction = "lago_transaction_id"
        case invoice = "lago_invoice_id"
        case createdAt = "created_at"
        case updatedAt = "updated_at"
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(self.topUp.id, forKey: .id)
        try container.encode(self.topUp.customer.rawValue, forKey: .customer)
        try container.encode(self.topUp.wallet, forKey: .wallet)
        try container.encode(self.topUp.origin, forKey: .origin)
        try container.encode(self.topUp.state, forKey: .state)
        try container.encode(self.topUp.reason, forKey: .reason)
        try container.encode(self.topUp.credits, forKey: .credits)
        try container.encode(self.topUp.transactionID, forKey: .transaction)
        try container.encode(self.topUp.invoiceID, forKey: .invoice)
        try container.encode(Timestamp.text(milliseconds: self.topUp.created.at), forKey: .createdAt)
        try container.encode(Timestamp.text(milliseconds: self.topUp.updatedAt), forKey: .updatedAt)
        try container.encodeIfPresent(self.decisions, forKey: .decisions)
    }
}

extension SettingsOptions {
    /// A customer's policy as it is now.
    func topUpPolicy(of customer: CustomerID, in store: Store) async throws -> TopUpPolicy {
        let own = try CustomerSettings(json: try await store.customerSettings(customer.rawValue))
        return try own.topUpPolicy(within: try await self.load().topUps.allowance)
    }
}

/// A decision as `--json` and tables show it.
struct TopUpDecisionRow: Output.Row {
    private let decision: TopUpDecisionRecord
    private let detail: Detail?
    /// In plain words; nil for a reason that a later version wrote.
    let explanation: String?

    /// What a decision keeps beside its reason, as far as it is shown.
    private struct Detail: Decodable {
        let credits: String?
        let cents: Int64?
    }

    /// - Parameter policy: as it is now; what it was at the time of the decision is not kept.
    init(_ decision: TopUpDecisionRecord, under policy: TopUpPolicy) {
        self.decision = decision
        self.detail = decision.detail.flatMap { try? JSONDecoder().decode(Detail.self, from: Data($0.utf8)) }
        guard let currency = Currency(decision.account) else {
            self.explanation = nil
            return
        }
        let facts = TopUpExplanation.Facts(
            currency: currency,
            threshold: policy.threshold,
            cooldown: .milliseconds(policy.cooldown),
            maxPerDay: policy.maxPerDay,
            maxPerMonth: policy.maxPerMonth[currency].map { Amount(minorUnits: $0, currency: currency) },
            nextLookAt: decision.nextLookAt,
            shadowed: self.detail?.cents.map { Amount(minorUnits: $0, currency: currency) }
        )
        self.explanation = TopUpExplanation(reason: decision.reason, facts: facts).map(NoticeFormat(.en).sentence)
    }

    static let columns = ["AT", "LAST", "ACCOUNT", "REASON", "CREDITS", "NEXT LOOK", "IN WORDS"]

    private var nextLookAt: String? { self.decision.nextLookAt.map { Timestamp.text(milliseconds: $0) } }

    var cells: [String] {
        [
            Timestamp.text(milliseconds: self.decision.at), Timestamp.text(milliseconds: self.decision.lastAt),
            self.decision.account, self.decision.reason, self.detail?.credits ?? "-", self.nextLookAt ?? "-",
            self.explanation ?? "-",
        ]
    }

    private enum CodingKeys: String, CodingKey {
        case account, reason, explanation, at
        case customer = "external_customer_id"
        case lastAt = "last_at"
        case nextLookAt = "next_look_at"
        case credits = "paid_credits"
        case cents = "amount_cents"
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(Timestamp.text(milliseconds: self.decision.at), forKey: .at)
        try container.encode(Timestamp.text(milliseconds: self.decision.lastAt), forKey: .lastAt)
        try container.encode(self.decision.customer.rawValue, forKey: .customer)
        try container.encode(self.decision.account, forKey: .account)
        try container.encode(self.decision.reason, forKey: .reason)
        try container.encode(self.explanation, forKey: .explanation)
        try container.encode(self.detail?.credits, forKey: .credits)
        try container.encode(self.detail?.cents, forKey: .cents)
        try container.encode(self.nextLookAt, forKey: .nextLookAt)
    }
}
