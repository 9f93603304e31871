import Foundation
import LagoEvents
import Money
import Rules
import Store
import Telemetry
import Worker

/// What a simulation found, and what it cannot know.
struct SimulationReport {
    private let plan: SimulationPlan
    private var rows: [SimulatedRow] = []
    private var summary: SimulationSummary
    private var seenLater = 0
    private var assumed: [SimulatedAccount.Assumption: Set<CustomerID>] = [:]

    init(_ plan: SimulationPlan) {
        self.plan = plan
        self.summary = SimulationSummary(plan)
    }

    var hasAccounts: Bool { self.summary.accounts > 0 }

    mutating func add(_ account: SimulatedAccount) {
        self.summary.add(account)
        self.rows += account.run.effects.map { SimulatedRow($0, of: account.known) }
        if let known = account.run.knownFrom, known > self.plan.period.lowerBound { self.seenLater += 1 }
        for assumption in account.assumed { self.assumed[assumption, default: []].insert(account.known.customer) }
    }

    /// - Parameter limit: of mails and charges.
    func print(json: Bool, limit: Int?) throws {
        let indexed = self.rows.enumerated().sorted { ($0.element.at, $0.offset) < ($1.element.at, $1.offset) }
        let shown = Array(indexed.map(\.element).prefix(limit ?? .max))
        if json {
            let whole = Whole(effects: shown, summary: self.summary, notes: self.notes)
            return try Output.print(json: whole)
        }
        try Output.print(shown, json: false)
        Swift.print("")
        for line in self.summary.lines + [""] + self.notes { Swift.print(Output.printable(line)) }
    }

    private struct Whole: Encodable {
        let effects: [SimulatedRow]
        let summary: SimulationSummary
        let notes: [String]
    }

    /// What the figures do not say.
    private var notes: [String] {
        var notes = [
            "Between two looks at Lago the balance counts as the earlier one found it: usage shows late.",
            "Customers' settings, wallets' prices and limits are those of today, also for the past.",
            "A mail counts once for an account, whether or not it has an address, or several.",
        ]
        if self.seenLater > 0 {
            let accounts = Self.count(self.seenLater, "account")
            notes.append("First seen after the period began, and unknown before: \(accounts).")
        }
        guard self.plan.allowance.mode != .off else {
            return notes + ["AUTO_TOP_UP is off, and no policy for top-ups was given: none were simulated."]
        }
        notes.append("Credits that customers bought themselves stay; a purchase counts once its credits were seen.")
        let paid = self.plan.payments == .succeed
        notes.append("Each payment was taken to \(paid ? "succeed" : "be declined") at once.")
        if self.summary.takenOut > 0 {
            let topUps = Self.count(self.summary.takenOut, "automatic top-up")
            notes.append("Taken out of the balances: \(topUps) that really took place.")
        }
        return notes + self.assumptions
    }

    private var assumptions: [String] {
        SimulatedAccount.Assumption.allCases.compactMap { assumption in
            guard let customers = self.assumed[assumption] else { return nil }
            let who = Self.count(customers.count, "customer")
            return switch assumption {
            case .paymentProvider: "Taken to have a payment provider, as it is not known here: \(who)."
            case .terminatedWallet: "Judged by wallets that are terminated by now: \(who)."
            case .noWallet: "Not charged, as no wallet was ever seen: \(who)."
            }
        }
    }

    private static func count(_ number: Int, _ noun: String) -> String { "\(number) \(noun)\(number == 1 ? "" : "s")" }
}

/// A mail or a charge as `--json` and tables show it.
struct SimulatedRow: Output.Row {
    let at: Int64
    private let effect: SimulatedEffect
    private let known: KnownAccount

    init(_ effect: SimulatedEffect, of known: KnownAccount) {
        self.at = effect.at
        self.effect = effect
        self.known = known
    }

    static let columns = ["AT", "CUSTOMER", "ACCOUNT", "ACTION", "WHAT", "LIVE CREDITS"]

    var cells: [String] {
        [
            Timestamp.text(milliseconds: self.at), self.known.customer.rawValue, self.known.account, self.action,
            self.what, self.effect.credits.description,
        ]
    }

    private var action: String {
        switch self.effect.action {
        case .mail: "mail"
        case .charge: "charge"
        case .retry: "retry"
        }
    }

    private var what: String {
        switch self.effect.action {
        case .mail(.lowBalance(let threshold)): "low_balance at \(threshold)"
        case .mail(.topUpLimit(let percent)): "top_up_limit at \(percent)%"
        case .mail(let mail): mail.kind
        case .charge(let charge):
            "\(charge.credits) credits for \(charge.money)" + (charge.clamp.map { ", \($0.limit) of the wallet" } ?? "")
        case .retry(let money): "\(money)"
        }
    }

    private enum CodingKeys: String, CodingKey {
        case at, account, action, kind, threshold, percent, currency, clamp
        case customer = "external_customer_id"
        case credits = "paid_credits"
        case cents = "amount_cents"
        case wallet = "wallet_id"
        case live = "live_credits_balance"
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(Timestamp.text(milliseconds: self.at), forKey: .at)
        try container.encode(self.known.customer.rawValue, forKey: .customer)
        try container.encode(self.known.account, forKey: .account)
        try container.encode(self.action, forKey: .action)
        try container.encode(self.effect.credits.description, forKey: .live)
        switch self.effect.action {
        case .mail(let mail):
            try container.encode(mail.kind, forKey: .kind)
            if case .lowBalance(let threshold) = mail { try container.encode("\(threshold)", forKey: .threshold) }
            if case .topUpLimit(let percent) = mail { try container.encode(percent, forKey: .percent) }
        case .charge(let charge):
            try container.encode(charge.credits.description, forKey: .credits)
            try container.encode(charge.money.minorUnits, forKey: .cents)
            try container.encode(charge.money.currency.code, forKey: .currency)
            try container.encode(charge.walletID, forKey: .wallet)
            try container.encodeIfPresent(charge.clamp?.limit, forKey: .clamp)
        case .retry(let money):
            try container.encode(money.minorUnits, forKey: .cents)
            try container.encode(money.currency.code, forKey: .currency)
        }
    }
}
