/// What a mail about an invoice or a credit note is made from, as it is kept with the message; the rest is read at Lago
/// when it is sent.
struct PaperArguments: Hashable, Codable, Sendable {
    /// Lago's id of it.
    let id: String
    let customerName: String?
    /// Whether Lago can collect money from the customer.
    var hasProvider: Bool?
    /// Of an overdue one: 0 for the first notice.
    var reminder: Int?
}

/// What a mail about credits that were bought at Lago itself is made from.
struct PurchaseArguments: Hashable, Codable, Sendable {
    /// Lago's ids.
    let transaction: String
    let invoice: String
    /// A decimal.
    let credits: String
    let customerName: String?
}

/// What a mail about a subscription is made from.
struct SubscriptionArguments: Hashable, Codable, Sendable {
    let externalID: String
    let planName: String
    let customerName: String?
    /// When it started, ends or ended, in Unix milliseconds.
    var at: Int64?
    var trialEndsAt: Int64?
    var threshold: Threshold?

    struct Threshold: Hashable, Codable, Sendable {
        let name: String?
        let cents: Int64
        let currency: String
    }
}

/// What a mail about a wallet is made from.
struct WalletArguments: Hashable, Codable, Sendable {
    /// Lago's id of it.
    let id: String
    let name: String?
    let customerName: String?
    /// A decimal, and their worth in the currency's smallest unit as Lago counts it.
    let credits: String
    let cents: Int64
    let currency: String
    /// Unix milliseconds.
    var expiresAt: Int64?
}
