internal import Money

extension Notice {
    private static let samplePayment = Payment(url: "https://checkout.example.com/pay/cs_123")
    private static let sampleInstructions = Payment(
        url: nil,
        instructions: ["IBAN DE02 1203 0000 0000 2020 51", "Please name the invoice's number."]
    )

    /// One of each kind about invoices, with everything in it.
    static func completeInvoiceSamples(link: String, euros: (Int64) -> Amount) -> [Notice] {
        let invoice = Invoice(
            customerName: "Ada Lovelace",
            number: "EXA-2026-0043",
            total: euros(6_900),
            // 6 December 2026.
            dueOn: 1_796_515_200_000,
            document: .link("https://billing.example.com/i/token"),
            billingURL: link
        )
        return [
            .invoiceIssued(Self.sampleIssued(invoice, euros)),
            .paymentReceived(PaymentReceived(invoice: invoice, amount: euros(3_900))),
            .paymentFailed(
                PaymentFailed(
                    invoice: invoice,
                    detail: "Your card has insufficient funds.",
                    payment: Self.samplePayment
                )
            ),
            .paymentActionRequired(PaymentActionRequired(invoice: invoice, payment: Self.samplePayment)),
            .paymentOverdue(
                PaymentOverdue(
                    invoice: invoice,
                    due: euros(3_900),
                    reminder: 2,
                    daysLate: 7,
                    payment: Self.samplePayment
                )
            ),
            .invoiceVoided(InvoiceVoided(invoice: invoice)),
            .creditNoteIssued(
                CreditNoteIssued(
                    customerName: "Ada Lovelace",
                    number: "EXA-2026-0043-CN001",
                    invoiceNumber: "EXA-2026-0043",
                    total: euros(5_000),
                    credit: euros(3_000),
                    refund: euros(2_000),
                    document: .link("https://billing.example.com/i/token"),
                    billingURL: link
                )
            ),
        ]
    }

    /// The same with the least: an invoice that prepaid credits paid, no numbers, no links to pay by.
    static func bareInvoiceSamples(link: String, euros: (Int64) -> Amount) -> [Notice] {
        let invoice = Invoice(customerName: nil, number: nil, total: euros(11_900), billingURL: link)
        let covered = Invoice(customerName: nil, number: nil, total: euros(0), document: .attached, billingURL: link)
        return [
            .invoiceIssued(
                InvoiceIssued(
                    invoice: covered,
                    beforeCredits: euros(11_900),
                    paidFromWallet: euros(11_900),
                    settlement: .settled
                )
            ),
            .paymentReceived(PaymentReceived(invoice: invoice, amount: euros(11_900))),
            .paymentFailed(PaymentFailed(invoice: invoice, payment: Payment(url: nil))),
            .paymentActionRequired(PaymentActionRequired(invoice: invoice, payment: Self.sampleInstructions)),
            .paymentOverdue(
                PaymentOverdue(
                    invoice: invoice,
                    due: euros(11_900),
                    reminder: 0,
                    daysLate: 1,
                    payment: Self.sampleInstructions
                )
            ),
            .invoiceVoided(InvoiceVoided(invoice: invoice)),
            .creditNoteIssued(
                CreditNoteIssued(
                    customerName: nil,
                    number: nil,
                    invoiceNumber: nil,
                    total: euros(5_000),
                    document: .attached,
                    billingURL: link
                )
            ),
        ]
    }

    private static func sampleIssued(_ invoice: Invoice, _ euros: (Int64) -> Amount) -> InvoiceIssued {
        InvoiceIssued(
            invoice: invoice,
            beforeCredits: euros(16_660),
            paidFromWallet: euros(8_760),
            otherCredits: euros(1_000),
            settlement: .due(Self.samplePayment),
            lines: [
                .init(name: "Team plan", amount: euros(4_900)),
                .init(name: "API requests", amount: euros(8_150)),
                .init(name: "Storage, second half of the month, in the region of Europe West", amount: euros(700)),
            ],
            moreLines: 2
        )
    }
}
