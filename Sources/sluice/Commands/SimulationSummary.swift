import LagoEvents
import Money
import Rules
import Store
import Telemetry
import Worker

/// The figures of a simulation.
struct SimulationSummary: Encodable {
    private let from: Int64
    private let to: Int64
    private var customers: Set<CustomerID> = []
    private(set) var accounts = 0
    /// By kind.
    private var mails: [String: Int] = [:]
    /// By currency.
    private var charges: [Currency: Charges] = [:]
    /// How often each began to stand in the way of a charge.
    private var held: [TopUpReason: Int] = [:]
    /// Real top-ups that are left out.
    private(set) var takenOut = 0

    private struct Charges {
        var count = 0
        var retries = 0
        var amount: Amount
    }

    init(_ plan: SimulationPlan) {
        self.from = plan.period.lowerBound
        self.to = plan.period.upperBound
    }

    mutating func add(_ account: SimulatedAccount) {
        self.customers.insert(account.known.customer)
        self.accounts += 1
        self.takenOut += account.run.removed
        self.held.merge(account.run.held, uniquingKeysWith: +)
        for effect in account.run.effects {
            switch effect.action {
            case .mail(let mail): self.mails[mail.kind, default: 0] += 1
            case .charge(let charge):
                self.change(charge.money.currency) { charges in
                    charges.count += 1
                    let sum = Int128(charges.amount.minorUnits) + Int128(charge.money.minorUnits)
                    charges.amount = Amount(minorUnits: Int64(clamping: sum), currency: charge.money.currency)
                }
            case .retry(let money): self.change(money.currency) { $0.retries += 1 }
            }
        }
    }

    private mutating func change(_ currency: Currency, _ change: (inout Charges) -> Void) {
        change(&self.charges[currency, default: Charges(amount: .zero(currency))])
    }

    /// For people, a line for each figure.
    var lines: [String] {
        let mails = self.mails.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }
        let charges = self.charges.sorted { $0.key < $1.key }.map { _, charges in
            "\(charges.count) for \(charges.amount)" + (charges.retries > 0 ? " (\(charges.retries) retries)" : "")
        }
        let held = self.held.sorted { $0.key.rawValue < $1.key.rawValue }.map { "\($0.value) \($0.key.rawValue)" }
        func line(_ name: String, _ parts: [String]) -> String {
            "\(name): \(parts.isEmpty ? "none" : parts.joined(separator: ", "))"
        }
        return [
            "period: \(Timestamp.text(milliseconds: self.from)) to \(Timestamp.text(milliseconds: self.to))",
            "customers: \(self.customers.count), accounts: \(self.accounts)", line("mails", mails),
            line("charges", charges), line("not charged", held),
        ]
    }

    private enum CodingKeys: String, CodingKey {
        case from, to, customers, accounts, mails, charges
        case held = "not_charged"
        case takenOut = "taken_out"
    }

    private struct ChargesRow: Encodable {
        let currency: String
        let count: Int
        let retries: Int
        let amountCents: Int64

        private enum CodingKeys: String, CodingKey {
            case currency, count, retries
            case amountCents = "amount_cents"
        }
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(Timestamp.text(milliseconds: self.from), forKey: .from)
        try container.encode(Timestamp.text(milliseconds: self.to), forKey: .to)
        try container.encode(self.customers.count, forKey: .customers)
        try container.encode(self.accounts, forKey: .accounts)
        try container.encode(self.mails, forKey: .mails)
        let rows = self.charges.sorted { $0.key < $1.key }.map { currency, charges in
            ChargesRow(
                currency: currency.code,
                count: charges.count,
                retries: charges.retries,
                amountCents: charges.amount.minorUnits
            )
        }
        try container.encode(rows, forKey: .charges)
        let held = Dictionary(uniqueKeysWithValues: self.held.map { ($0.key.rawValue, $0.value) })
        try container.encode(held, forKey: .held)
        try container.encode(self.takenOut, forKey: .takenOut)
    }
}
