/// A period of a subscription's usage that an invoice covers.
///
/// - Unit: Unix milliseconds.
/// - Source: a line of an invoice's `billing_periods`: `external_subscription_id` and `charges_to_datetime`, with the
///   invoice's `created_at`. Only of invoices that are issued (`finalized` and later), not of drafts.
package struct BilledPeriod: Hashable, Sendable {
    package let subscriptionID: String
    /// The end of the usage that is billed.
    package let chargesTo: Int64
    package let invoiceCreatedAt: Int64

    package init(subscriptionID: String, chargesTo: Int64, invoiceCreatedAt: Int64) {
        self.subscriptionID = subscriptionID
        self.chargesTo = chargesTo
        self.invoiceCreatedAt = invoiceCreatedAt
    }

    /// Whether this bills the whole period that a reading is of.
    ///
    /// An invoice that is written while the period still runs, for a charge paid in advance, names the whole
    /// period too, and bills next to nothing of it. So the invoice is of after the period; or it ends the usage
    /// before the period would have ended, which is how a subscription is billed that was terminated or changed
    /// its plan.
    func covers(_ reading: UsageReading) -> Bool {
        self.subscriptionID == reading.subscriptionID && self.chargesTo >= reading.from
            && (self.invoiceCreatedAt >= reading.to || self.chargesTo < reading.to)
    }
}
