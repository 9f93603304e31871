/// The payment provider, and Lago's jobs around it, for tests in the same process.
extension Sandbox {
    /// What the provider does with charges from now on.
    ///
    /// - Parameter customer: the operator's id; nil for all that have none of their own.
    package func setPayments(_ outcome: SandboxConfiguration.Payments, of customer: String? = nil) {
        self.model.withLock { state in
            if let customer {
                state.paymentRules.outcomes[customer] = outcome
            } else {
                state.paymentRules.outcome = outcome
            }
        }
    }

    /// How long the provider takes to answer from now on.
    package func delayPayments(by delay: Duration) {
        self.model.withLock { $0.paymentRules.answerDelay = delay / .seconds(1) }
    }

    /// How long after a purchase Lago makes its invoice from now on; nil where the job that does has died.
    package func delayCreditInvoices(by delay: Duration?) {
        self.model.withLock { $0.paymentRules.invoiceDelay = delay.map { $0 / .seconds(1) } }
    }

    /// How long Lago takes to make a PDF from now on; nil where it never does.
    package func delayDocuments(by delay: Duration?) {
        self.model.withLock { $0.paymentRules.documentDelay = delay.map { $0 / .seconds(1) } }
    }

    /// Pays as the customer does on the page behind the payment link, also while a charge is under way.
    ///
    /// - Throws: `LagoFailure` 404.
    package func payByLink(_ invoice: String) throws(LagoFailure) {
        try self.webhooks.change { state throws(LagoFailure) in
            _ = try state.invoiceIndex(id: invoice)
            state.collect(invoice: invoice, as: .link, at: self.clock.now)
        }
    }

    /// The money that was taken from a customer, oldest first.
    package func charges(of customer: String) -> [SandboxCharge] {
        self.model.withLock { state in state.charges.filter { $0.customer == customer } }
    }
}
