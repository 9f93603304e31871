/// What becomes of invoices, for tests in the same process.
extension Sandbox {
    /// The ids of a customer's invoices, oldest first.
    package func invoiceIDs(of customer: String) -> [String] {
        self.model.withLock { state in
            state.knownCustomer(customer).map { state.invoices.rows(in: $0.id).map(\.id) } ?? []
        }
    }

    /// Lets the provider's charge for an invoice succeed.
    ///
    /// - Throws: `LagoFailure` 404.
    package func payInvoice(_ id: String) throws(LagoFailure) {
        try self.webhooks.change { state throws(LagoFailure) in
            _ = try state.invoiceIndex(id: id)
            state.collect(invoice: id, as: .automatic, at: self.clock.now)
        }
    }

    /// Lets the provider's charge for an invoice be refused.
    ///
    /// - Throws: `LagoFailure` 404.
    package func declineInvoice(_ id: String) throws(LagoFailure) {
        try self.webhooks.change { state throws(LagoFailure) in
            _ = try state.invoiceIndex(id: id)
            state.decline(invoice: id, at: self.clock.now)
        }
    }

    /// Voids an invoice; credits that paid for it come back to active wallets.
    ///
    /// - Throws: `LagoFailure` 404, 405 for one that is voided already.
    package func voidInvoice(_ id: String) throws(LagoFailure) {
        _ = try self.webhooks.change { state throws(LagoFailure) in
            try state.void(invoice: id, at: self.clock.now)
        }
    }

    /// Gives a customer back a part of an invoice, as a credit or as money; returns the credit note's id.
    ///
    /// - Parameter cents: minor units of the invoice's currency, with taxes.
    /// - Throws: `LagoFailure` 404; 422 for more than what is left of the invoice.
    @discardableResult
    package func issueCreditNote(
        invoice id: String,
        cents: Int64,
        isRefund: Bool = false,
        reason: String = "other"
    ) throws(LagoFailure) -> String {
        try self.webhooks.change { state throws(LagoFailure) in
            let now = self.clock.now
            return try state.issueCreditNote(invoice: id, cents: cents, isRefund: isRefund, reason: reason, at: now)
        }.id
    }
}
