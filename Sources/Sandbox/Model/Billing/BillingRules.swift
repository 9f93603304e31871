import Foundation
import Money

/// How the simulated organisation bills.
struct BillingRules: Sendable {
    let calendar: BillingCalendar
    /// Per cent.
    let taxRate: FixedDecimal
    let isPremium: Bool
    let allowsSeveralCurrencies: Bool
    /// Whether transactions have metadata, as from 1.9 on; what is sent before is dropped.
    let keepsMetadata: Bool
    /// Whether transactions can be listed by metadata, which Lago ignores before 1.51.
    let filtersByMetadata: Bool
    let cachesInvoiceTotals: Bool
    /// Where the links to documents begin.
    let issuer: String

    init(_ configuration: SandboxConfiguration, anchor: Date) {
        self.calendar = BillingCalendar(
            length: configuration.periodLength.map { $0 / .seconds(1) },
            anchor: anchor,
            delay: configuration.billingDelay / .seconds(1)
        )
        self.taxRate = configuration.taxPercent
        self.isPremium = configuration.isPremium
        self.allowsSeveralCurrencies = configuration.allowsSeveralCurrencies
        let parts = configuration.version.split(separator: ".").prefix(2).compactMap { Int($0) }
        self.keepsMetadata = parts.count < 2 || (parts[0], parts[1]) >= (1, 9)
        self.filtersByMetadata = parts.count < 2 || (parts[0], parts[1]) >= (1, 51)
        self.cachesInvoiceTotals = configuration.cachesInvoiceTotals
        self.issuer = configuration.issuer
    }
}
