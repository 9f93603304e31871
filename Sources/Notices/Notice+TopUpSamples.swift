internal import Money

extension Notice {
    /// One of each kind about top-ups, with everything in it.
    static func completeTopUpSamples(link: String, now: Int64, euros: (Int64) -> Amount) -> [Notice] {
        let topUp = TopUp(
            customerName: "Ada Lovelace",
            credits: FixedDecimal(units: 5_000_000),
            amount: euros(5_000),
            isAutomatic: true,
            invoiceNumber: "EXA-2026-0042",
            billingURL: link
        )
        let payment = Payment(url: "https://checkout.example.com/pay/cs_123")
        let balance = Balance.both(FixedDecimal(units: 5_450_000), euros(5_450))
        return [
            .topUpSucceeded(
                TopUpSucceeded(
                    topUp: topUp,
                    balance: balance,
                    invoiceURL: "https://billing.example.com/i/token",
                    isInvoiceAttached: true
                )
            ),
            .topUpFailed(
                TopUpFailed(
                    topUp: topUp,
                    cause: .declined,
                    detail: "Your card has insufficient funds.",
                    payment: payment,
                    nextAttemptAt: now + 3_600_000
                )
            ),
            .topUpActionRequired(
                TopUpActionRequired(topUp: topUp, cause: .confirmation, payment: payment)
            ),
            .topUpPaused(
                TopUpPaused(
                    topUp: topUp,
                    failures: 3,
                    resumeURL: "https://billing.example.com/r/token",
                    payment: payment
                )
            ),
            .topUpLimit(
                TopUpLimit(
                    customerName: "Ada Lovelace",
                    limit: .perMonth(used: euros(45_000), limit: euros(50_000)),
                    percent: 90,
                    endsAt: 1_796_083_200_000,
                    billingURL: link
                )
            ),
        ]
    }

    /// The same with the least: no link to pay by, but the operator's instructions.
    static func bareTopUpSamples(link: String, euros: (Int64) -> Amount) -> [Notice] {
        let topUp = TopUp(
            customerName: nil,
            credits: FixedDecimal(units: 5_000_000),
            amount: euros(5_000),
            isAutomatic: false,
            billingURL: link
        )
        let payment = Payment(
            url: nil,
            instructions: ["IBAN DE02 1203 0000 0000 2020 51", "Please name the invoice's number."]
        )
        return [
            .topUpSucceeded(TopUpSucceeded(topUp: topUp, balance: nil)),
            .topUpFailed(TopUpFailed(topUp: topUp, cause: .refused, payment: payment)),
            .topUpActionRequired(
                TopUpActionRequired(
                    topUp: topUp,
                    cause: .payment,
                    payment: payment,
                    invoiceURL: "https://billing.example.com/i/token",
                    isInvoiceAttached: true
                )
            ),
            .topUpPaused(
                TopUpPaused(
                    topUp: topUp,
                    failures: 3,
                    resumeURL: "https://billing.example.com/r/token",
                    payment: Payment(url: nil)
                )
            ),
            .topUpLimit(
                TopUpLimit(
                    customerName: nil,
                    limit: .perDay(used: 3, limit: 3),
                    percent: 100,
                    endsAt: 1_795_392_000_000,
                    billingURL: link
                )
            ),
        ]
    }
}
