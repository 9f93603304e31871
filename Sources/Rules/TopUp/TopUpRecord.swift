package import Money

/// A top-up of an account that Sluice knows: its own, or one that it adopted from Lago.
package struct TopUpRecord: Hashable, Sendable, Identifiable {
    /// What became of it at Lago.
    package enum Invoice: String, Hashable, Codable, Sendable, CaseIterable {
        /// Lago has no transaction, and so there will be none.
        case none
        /// Lago has the transaction, and its invoice was not seen yet.
        case notSeen
        /// It can be paid, by its link or by another attempt.
        case payable
        /// Paid or voided.
        case closed
    }

    package let id: String
    package let origin: TopUpOrigin
    package let state: TopUpState
    package let walletID: String
    package let credits: FixedDecimal
    package let money: Amount
    package let created: ClockTime
    /// When it was settled; for others not needed.
    package let settled: ClockTime?
    package let invoice: Invoice
    /// When its payment was declined, or Lago refused it, oldest first.
    package let failures: [ClockTime]
    /// How many of the failures came before somebody resumed.
    package let forgiven: Int

    package init(
        id: String,
        origin: TopUpOrigin,
        state: TopUpState,
        walletID: String,
        credits: FixedDecimal,
        money: Amount,
        created: ClockTime,
        settled: ClockTime? = nil,
        invoice: Invoice = .none,
        failures: [ClockTime] = [],
        forgiven: Int = 0
    ) {
        self.id = id
        self.origin = origin
        self.state = state
        self.walletID = walletID
        self.credits = credits
        self.money = money
        self.created = created
        self.settled = settled
        self.invoice = invoice
        self.failures = failures
        self.forgiven = forgiven
    }

    /// It was declined, and its invoice is tried again rather than a new one made.
    package var isDeclined: Bool { self.state == .failed && self.invoice == .payable }

    /// Whether money may still be taken for it.
    package var isOpen: Bool {
        switch self.state {
        case .planned, .submitting, .submitted, .unknown: true
        case .failed: self.invoice == .payable || self.invoice == .notSeen
        case .settled: false
        }
    }

    /// Whether it takes the one place that an account has for an automatic top-up.
    package var holdsPlace: Bool { self.origin == .automatic && self.isOpen }

    /// Whether Lago has a transaction of it, or may have or get one: what cooldown and daily count look at.
    var isTransaction: Bool { self.state != .failed || self.invoice != .none }

    /// The same record as it is to be kept, where a time of it lies ahead; else equal to it.
    package func noticed(at now: Int64) -> TopUpRecord {
        TopUpRecord(
            id: self.id,
            origin: self.origin,
            state: self.state,
            walletID: self.walletID,
            credits: self.credits,
            money: self.money,
            created: self.created.noticed(at: now),
            settled: self.settled?.noticed(at: now),
            invoice: self.invoice,
            failures: self.failures.map { $0.noticed(at: now) },
            forgiven: self.forgiven
        )
    }
}
