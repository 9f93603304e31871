package import Foundation
package import Money

extension Notice {
    /// A top-up that a mail is about.
    package struct TopUp: Hashable, Sendable {
        /// As Lago has it; any text, or nil.
        package var customerName: String?
        package var credits: FixedDecimal
        package var amount: Amount
        package var isAutomatic: Bool
        package var invoiceNumber: String?
        /// Where the customer finds the billing page.
        package var billingURL: String
        package var zone: TimeZone

        package init(
            customerName: String?,
            credits: FixedDecimal,
            amount: Amount,
            isAutomatic: Bool,
            invoiceNumber: String? = nil,
            billingURL: String,
            zone: TimeZone = .gmt
        ) {
            self.customerName = customerName
            self.credits = credits
            self.amount = amount
            self.isAutomatic = isAutomatic
            self.invoiceNumber = invoiceNumber
            self.billingURL = billingURL
            self.zone = zone
        }
    }

    /// How a customer can pay: by a link, else as the operator says.
    package struct Payment: Hashable, Sendable {
        package var url: String?
        /// `PAYMENT_INSTRUCTIONS`, line by line; shown where there is no link.
        package var instructions: [String]

        package init(url: String?, instructions: [String] = []) {
            self.url = url
            self.instructions = instructions
        }
    }

    /// It was paid.
    package struct TopUpSucceeded: Hashable, Sendable {
        package var topUp: TopUp
        /// nil where it is not known yet.
        package var balance: Balance?
        package var invoiceURL: String?
        package var isInvoiceAttached: Bool

        package init(topUp: TopUp, balance: Balance?, invoiceURL: String? = nil, isInvoiceAttached: Bool = false) {
            self.topUp = topUp
            self.balance = balance
            self.invoiceURL = invoiceURL
            self.isInvoiceAttached = isInvoiceAttached
        }
    }

    /// It was declined, or Lago refused it.
    package struct TopUpFailed: Hashable, Sendable {
        package enum Cause: String, Hashable, Codable, Sendable, CaseIterable {
            /// By the bank or the provider.
            case declined
            /// No payment came about, as the amount or the wallet was not accepted.
            case refused
        }

        package var topUp: TopUp
        package var cause: Cause
        /// The provider's own words.
        package var detail: String?
        package var payment: Payment
        /// When it is tried again, in milliseconds since 1970; nil where it is not.
        package var nextAttemptAt: Int64?

        package init(
            topUp: TopUp,
            cause: Cause,
            detail: String? = nil,
            payment: Payment,
            nextAttemptAt: Int64? = nil
        ) {
            self.topUp = topUp
            self.cause = cause
            self.detail = detail
            self.payment = payment
            self.nextAttemptAt = nextAttemptAt
        }
    }

    /// Nothing more happens before the customer does something.
    package struct TopUpActionRequired: Hashable, Sendable {
        package enum Cause: String, Hashable, Codable, Sendable, CaseIterable {
            /// The bank asks for a confirmation of the payment.
            case confirmation
            /// Nobody collects the money: the customer is to pay.
            case payment
        }

        package var topUp: TopUp
        package var cause: Cause
        package var payment: Payment
        package var isInvoiceAttached: Bool
        package var invoiceURL: String?

        package init(
            topUp: TopUp,
            cause: Cause,
            payment: Payment,
            invoiceURL: String? = nil,
            isInvoiceAttached: Bool = false
        ) {
            self.topUp = topUp
            self.cause = cause
            self.payment = payment
            self.invoiceURL = invoiceURL
            self.isInvoiceAttached = isInvoiceAttached
        }
    }

    /// Nothing is charged until somebody resumes.
    package struct TopUpPaused: Hashable, Sendable {
        package var topUp: TopUp
        package var failures: Int
        package var resumeURL: String
        package var payment: Payment

        package init(topUp: TopUp, failures: Int, resumeURL: String, payment: Payment) {
            self.topUp = topUp
            self.failures = failures
            self.resumeURL = resumeURL
            self.payment = payment
        }
    }

    /// Automatic top-ups used most of a limit, or all of it.
    package struct TopUpLimit: Hashable, Sendable {
        package enum Limit: Hashable, Sendable {
            case perMonth(used: Amount, limit: Amount)
            case perDay(used: Int, limit: Int)
        }

        package var customerName: String?
        package var limit: Limit
        /// 80, 90 or 100 percent.
        package var percent: Int
        /// When the next day or month begins, in milliseconds since 1970.
        package var endsAt: Int64
        package var zone: TimeZone
        package var billingURL: String

        package init(
            customerName: String?,
            limit: Limit,
            percent: Int,
            endsAt: Int64,
            zone: TimeZone = .gmt,
            billingURL: String
        ) {
            self.customerName = customerName
            self.limit = limit
            self.percent = percent
            self.endsAt = endsAt
            self.zone = zone
            self.billingURL = billingURL
        }
    }
}
