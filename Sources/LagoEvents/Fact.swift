/// Something that happened at Lago, whoever tells it and however often: an invoice was issued, a payment failed.
///
/// Webhooks tell facts, and a sweep finds those that no webhook told. A fact is known once, by its key.
package struct Fact: Hashable, Sendable {
    /// What it happened to.
    package enum Subject: String, Sendable {
        case wallet, invoice, subscription
        case walletTransaction = "wallet_transaction"
        case creditNote = "credit_note"
    }

    package let subject: Subject
    /// Lago's id of it.
    package let id: String
    /// What happened, in a word of ours: `issued`, `paid`, `terminated`.
    package let what: String
    /// The type of the webhook that tells it.
    package let type: WebhookType
    package let customer: CustomerID?
    /// Lago's own time for it, in Unix milliseconds; nil where its objects have none.
    package let at: Int64?
    /// It cannot have happened earlier, in Unix milliseconds.
    package let notBefore: Int64?
    /// What was said of it in words, as a provider's refusal; nil where nothing was.
    package let detail: String?

    package init(
        _ subject: Subject,
        id: String,
        _ what: String,
        type: WebhookType,
        customer: CustomerID?,
        at: Int64?,
        notBefore: Int64? = nil,
        detail: String? = nil
    ) {
        self.subject = subject
        self.id = id
        self.what = what
        self.type = type
        self.customer = customer
        self.at = at
        self.notBefore = notBefore
        self.detail = detail
    }

    /// Whether a webhook of this type is what tells it; others about the same object only show it.
    package func isTold(by type: WebhookType?) -> Bool {
        switch type?.rawValue {
        case "subscription.canceled": self.subject == .subscription && self.what == "canceled"
        case "invoice.payment_failure": self.subject == .invoice && self.what == "payment_failed"
        case "wallet_transaction.payment_failure": self.subject == .walletTransaction && self.what == "failed"
        default: self.type == type
        }
    }

    /// `invoice/7f1c…/paid`.
    package var key: String { "\(self.subject.rawValue)/\(self.id)/\(self.what)" }
}

/// Who told a fact first.
package enum FactOrigin: String, Sendable {
    case webhook
    /// A sweep.
    case healed
    /// The first sweep of all, for which nothing is news.
    case baseline
}
