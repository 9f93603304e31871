import Foundation
import Money

/// How an invoice ends when nobody pays it: overdue, or voided.
extension SandboxState {
    /// Finds out whose payment is overdue by now, and tells of it.
    mutating func markOverdue(at now: Date) {
        guard now >= self.overdueFrom else { return }
        self.overdueFrom = .distantFuture
        for index in self.invoices.indices {
            guard !self.invoices[index].isOverdue, let date = self.invoices[index].overdueFrom else { continue }
            if date <= now {
                self.invoices[index].isOverdue = true
                self.invoices[index].updatedAt = now
                self.tell(.invoicePaymentOverdue, invoice: self.invoices[index], at: now)
            } else {
                self.overdueFrom = min(self.overdueFrom, date)
            }
        }
    }

    /// Voids an invoice, paid or not; what wallets paid of it comes back to those that are active, as a grant.
    ///
    /// - Throws: `LagoFailure` 404, 405 `not_voidable` for one that is voided already.
    mutating func void(invoice id: String, at now: Date) throws(LagoFailure) -> SandboxInvoice {
        let index = try self.invoiceIndex(id: id)
        guard self.invoices[index].voidedAt == nil else { throw .notAllowed("not_voidable") }
        self.invoices[index].voidedAt = now
        self.invoices[index].updatedAt = now
        self.invoices[index].isOverdue = false
        for wallet in self.wallets.rows(in: self.invoices[index].customerID) where !wallet.isTerminated {
            for transaction in self.transactions.rows(in: wallet.id)
            where transaction.invoiceID == id && transaction.kind == .invoiced {
                _ = try self.createTransactions(
                    [
                        "wallet_id": .string(wallet.id), "granted_credits": .string(transaction.credits.description),
                    ],
                    at: now
                )
            }
        }
        self.tell(.invoiceVoided, invoice: self.invoices[index], at: now)
        return self.invoices[index]
    }
}
