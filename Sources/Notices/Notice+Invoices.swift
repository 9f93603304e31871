package import Money

extension Notice {
    /// Where a paper that belongs to a mail is found.
    package enum Document: Hashable, Sendable {
        case attached
        /// Sluice's signed link to it.
        case link(String)
        case none
    }

    /// An invoice that a mail is about. Days are given as midnight UTC, in milliseconds since 1970.
    package struct Invoice: Hashable, Sendable {
        /// As Lago has it; any text, or nil.
        package var customerName: String?
        package var number: String?
        /// What it comes to, with taxes, less credits: what is to be paid in all.
        package var total: Amount
        package var dueOn: Int64?
        package var document: Document
        /// Where the customer finds the billing page.
        package var billingURL: String

        package init(
            customerName: String?,
            number: String?,
            total: Amount,
            dueOn: Int64? = nil,
            document: Document = .none,
            billingURL: String
        ) {
            self.customerName = customerName
            self.number = number
            self.total = total
            self.dueOn = dueOn
            self.document = document
            self.billingURL = billingURL
        }
    }

    /// A new invoice.
    package struct InvoiceIssued: Hashable, Sendable {
        package struct Line: Hashable, Sendable {
            package var name: String
            package var amount: Amount

            package init(name: String, amount: Amount) {
                self.name = name
                self.amount = amount
            }
        }

        package enum Settlement: Hashable, Sendable {
            /// Nothing is left to pay: it is paid, or credits paid all of it.
            case settled
            /// The customer's payment method is charged.
            case collected
            /// The customer is to pay.
            case due(Payment)
        }

        package var invoice: Invoice
        /// With taxes, before credits of any kind.
        package var beforeCredits: Amount
        /// What prepaid credits paid; nil for nothing.
        package var paidFromWallet: Amount?
        /// What earlier credit notes and coupons paid; nil for nothing.
        package var otherCredits: Amount?
        package var settlement: Settlement
        /// At most ten, without taxes.
        package var lines: [Line]
        /// How many more lines it has.
        package var moreLines: Int

        package init(
            invoice: Invoice,
            beforeCredits: Amount,
            paidFromWallet: Amount? = nil,
            otherCredits: Amount? = nil,
            settlement: Settlement,
            lines: [Line] = [],
            moreLines: Int = 0
        ) {
            self.invoice = invoice
            self.beforeCredits = beforeCredits
            self.paidFromWallet = paidFromWallet
            self.otherCredits = otherCredits
            self.settlement = settlement
            self.lines = lines
            self.moreLines = moreLines
        }
    }

    /// An invoice was paid.
    package struct PaymentReceived: Hashable, Sendable {
        package var invoice: Invoice
        package var amount: Amount

        package init(invoice: Invoice, amount: Amount) {
            self.invoice = invoice
            self.amount = amount
        }
    }

    /// A payment of an invoice was declined.
    package struct PaymentFailed: Hashable, Sendable {
        package var invoice: Invoice
        /// The provider's own words.
        package var detail: String?
        package var payment: Payment

        package init(invoice: Invoice, detail: String? = nil, payment: Payment) {
            self.invoice = invoice
            self.detail = detail
            self.payment = payment
        }
    }

    /// The bank asks the customer to confirm a payment.
    package struct PaymentActionRequired: Hashable, Sendable {
        package var invoice: Invoice
        package var payment: Payment

        package init(invoice: Invoice, payment: Payment) {
            self.invoice = invoice
            self.payment = payment
        }
    }

    /// An invoice is past its due day and not paid.
    package struct PaymentOverdue: Hashable, Sendable {
        package var invoice: Invoice
        /// What is still to be paid.
        package var due: Amount
        /// 0 for the first notice; 1, 2 and 3 for the reminders that follow.
        package var reminder: Int
        /// At least 1.
        package var daysLate: Int
        package var payment: Payment

        package init(invoice: Invoice, due: Amount, reminder: Int, daysLate: Int, payment: Payment) {
            self.invoice = invoice
            self.due = due
            self.reminder = reminder
            self.daysLate = daysLate
            self.payment = payment
        }
    }

    /// An invoice counts no more: nothing is to be paid for it.
    package struct InvoiceVoided: Hashable, Sendable {
        package var invoice: Invoice

        package init(invoice: Invoice) { self.invoice = invoice }
    }

    /// A credit note for an invoice.
    package struct CreditNoteIssued: Hashable, Sendable {
        package var customerName: String?
        package var number: String?
        package var invoiceNumber: String?
        package var total: Amount
        /// What goes against the next invoices; nil for nothing.
        package var credit: Amount?
        /// What is paid back; nil for nothing.
        package var refund: Amount?
        package var document: Document
        package var billingURL: String

        package init(
            customerName: String?,
            number: String?,
            invoiceNumber: String?,
            total: Amount,
            credit: Amount? = nil,
            refund: Amount? = nil,
            document: Document = .none,
            billingURL: String
        ) {
            self.customerName = customerName
            self.number = number
            self.invoiceNumber = invoiceNumber
            self.total = total
            self.credit = credit
            self.refund = refund
            self.document = document
            self.billingURL = billingURL
        }
    }
}
