import Money
import Testing

@testable import Notices

/// What the mails about invoices say in the cases that their golden files do not show.
@Suite struct InvoiceMailTests {
    private static let renderer = Result { try NoticeRenderer(brand: Brand(name: "Example")) }
    private static let payment = Notice.Payment(url: "https://pay.example.com/a?b=1&c=2")
    private static let transfer = Notice.Payment(url: nil, instructions: ["IBAN DE02", "<b>Name</b>\r\nBcc: x@y.test"])

    private static func euros(_ cents: Int64) -> Amount {
        guard let euro = Currency("EUR") else { preconditionFailure("EUR is a currency") }
        return Amount(minorUnits: cents, currency: euro)
    }

    private static func invoice(
        _ cents: Int64 = 6_900,
        number: String? = "EXA-7",
        document: Notice.Document = .none
    ) -> Notice.Invoice {
        Notice.Invoice(
            customerName: "Ada",
            number: number,
            total: Self.euros(cents),
            dueOn: 1_796_515_200_000,
            document: document,
            billingURL: "https://billing.example.com"
        )
    }

    private func mail(_ notice: Notice, _ locale: NoticeLocale = .en) throws -> RenderedNotice {
        try Self.renderer.get().render(notice, locale: locale, unsubscribeURL: nil)
    }

    private func issued(
        _ settlement: Notice.InvoiceIssued.Settlement,
        cents: Int64 = 6_900,
        wallet: Int64? = nil,
        other: Int64? = nil
    ) -> Notice {
        .invoiceIssued(
            Notice.InvoiceIssued(
                invoice: Self.invoice(cents),
                beforeCredits: Self.euros(cents + (wallet ?? 0) + (other ?? 0)),
                paidFromWallet: wallet.map(Self.euros),
                otherCredits: other.map(Self.euros),
                settlement: settlement
            )
        )
    }

    // MARK: - A new invoice

    @Test(arguments: [
        (0, Int64?.some(500), Int64?.none, "Nothing to pay: your prepaid credits covered it."),
        (0, 500, 100, "Nothing to pay: your credits covered it."),
        (0, nil, 100, "Nothing to pay: your credits covered it."),
        (0, nil, nil, "There is nothing to pay."),
        (6_900, nil, nil, "It is already paid; nothing is left to pay."),
    ])
    func `what is settled asks for no payment and says who paid`(
        cents: Int64,
        wallet: Int64?,
        other: Int64?,
        words: String
    ) throws {
        // Where the total is zero, what the facts say about a payment does not matter.
        let settlements: [Notice.InvoiceIssued.Settlement] = cents == 0 ? [.settled, .due(Self.payment)] : [.settled]
        for settlement in settlements {
            let mail = try self.mail(self.issued(settlement, cents: cents, wallet: wallet, other: other))
            #expect(mail.text.contains(words) && mail.html.contains(words), "\(mail.text)")
            #expect(!mail.text.contains("pay.example.com") && !mail.html.contains("pay.example.com"))
            #expect(!mail.text.contains("December") && !mail.html.contains("December"))
            #expect(mail.subject == "Invoice EXA-7: \(cents == 0 ? "nothing to pay" : "€69.00, paid")")
            #expect(mail.text.contains(cents == 0 ? "Amount due: €0.00\n" : "Paid: €69.00\n"))
        }
    }

    @Test func `what is collected asks for nothing and names no day`() throws {
        let mail = try self.mail(self.issued(.collected))
        #expect(mail.subject == "Invoice EXA-7: €69.00")
        #expect(mail.text.contains("We charge €69.00 to your payment method; you do not need to do anything."))
        #expect(!mail.text.contains("December") && !mail.text.contains("Pay here") && !mail.html.contains("Pay €69"))
        #expect(mail.text.contains("View your account:\nhttps://billing.example.com\n"))
    }

    @Test func `what is due is paid by the link, else as the operator says`() throws {
        let linked = try self.mail(self.issued(.due(Self.payment)))
        #expect(linked.subject == "Invoice EXA-7: €69.00, due December 6, 2026")
        #expect(linked.text.contains("Pay here:\nhttps://pay.example.com/a?b=1&c=2\n"))
        #expect(linked.html.contains("href=\"https://pay.example.com/a?b=1&amp;c=2\""))
        #expect(!linked.text.contains("View your account") && !linked.html.contains("View your account"))
        let unlinked = try self.mail(self.issued(.due(Self.transfer)))
        #expect(unlinked.text.contains("How to pay:\nIBAN DE02\n<b>Name</b> Bcc: x@y.test\n"))
        #expect(unlinked.html.contains("How to pay:<br>IBAN DE02<br>&lt;b&gt;Name&lt;/b&gt; Bcc: x@y.test"))
        #expect(unlinked.text.contains("View your account") && unlinked.html.contains("View your account"))
    }

    @Test(arguments: [
        (Notice.Document.attached, String?.some("attached")), (.link("https://x.test/i?a&b"), "Download"), (.none, nil),
    ])
    func `the PDF is attached, linked or not spoken of`(document: Notice.Document, word: String?) throws {
        let notice = Notice.InvoiceIssued(
            invoice: Self.invoice(document: document),
            beforeCredits: Self.euros(6_900),
            settlement: .collected
        )
        let mail = try self.mail(.invoiceIssued(notice))
        for other in ["attached", "Download"] {
            #expect(mail.text.contains(other) == (other == word) && mail.html.contains(other) == (other == word))
        }
        #expect(mail.html.contains("href=\"https://x.test/i?a&amp;b\"") == (word == "Download"))
    }

    @Test func `ten lines are shown, the others are counted`() throws {
        let lines = (1...12).map { Notice.InvoiceIssued.Line(name: "Line \($0).", amount: Self.euros(Int64($0))) }
        var notice = Notice.InvoiceIssued(
            invoice: Self.invoice(),
            beforeCredits: Self.euros(6_900),
            settlement: .settled,
            lines: lines,
            moreLines: 1_230
        )
        let mail = try self.mail(.invoiceIssued(notice))
        #expect(mail.text.contains("- Line 10.: €0.10\n- and 1,232 more items\n\nTotal (with taxes): €69.00\n"))
        #expect(mail.html.contains("Line 10.") && !mail.html.contains("Line 11."))
        (notice.lines, notice.moreLines) = ([.init(name: "\r\n", amount: Self.euros(-100))], 1)
        let short = try self.mail(.invoiceIssued(notice), .de)
        #expect(short.text.contains("- Position: -1,00\u{A0}€\n- und 1 weitere Position\n"))
    }

    @Test func `text of others stays in its place`() throws {
        let hostile = "\"><img src=x>\r\nBcc: x@y.test{{brand}}"
        var invoice = Self.invoice(number: hostile)
        invoice.customerName = hostile
        let line = Notice.InvoiceIssued.Line(name: hostile, amount: Self.euros(1))
        let notices: [Notice] = [
            .invoiceIssued(
                .init(invoice: invoice, beforeCredits: Self.euros(1), settlement: .settled, lines: [line])
            ),
            .paymentFailed(.init(invoice: invoice, detail: hostile, payment: Self.payment)),
            .creditNoteIssued(
                .init(
                    customerName: hostile,
                    number: hostile,
                    invoiceNumber: hostile,
                    total: Self.euros(1),
                    billingURL: "https://billing.example.com"
                )
            ),
        ]
        for notice in notices {
            let mail = try self.mail(notice)
            #expect(!mail.html.contains("<img") && mail.html.contains("&quot;&gt;&lt;img src=x&gt; Bcc"))
            #expect(!mail.subject.contains(where: \.isNewline) && !mail.text.contains("\nBcc"))
            #expect(mail.text.contains("{{brand}}"))
        }
    }

    // MARK: - Payments

    @Test(arguments: [
        (String?.some("Your card has expired."), String?.some("the card has expired")),
        ("expired_card", "the card has expired"),
        ("INSUFFICIENT-FUNDS", "there was not enough money in the account"),
        ("withdrawal_count_limit_exceeded", "the card’s limit was reached"),
        ("Your card's security code is incorrect.", "the card’s security code was not right"),
        ("incorrect_number", "the card’s number was not right"),
        ("Authentication required", "the bank asks for your confirmation"),
        ("The account is closed", "the account is closed"), ("Your card was declined.", nil), ("No such customer", nil),
        ("  ", nil), (nil, nil),
    ])
    func `the provider's words are told, and in plain words where they are known`(
        detail: String?,
        reason: String?
    ) throws {
        let mail = try self.mail(
            .paymentFailed(.init(invoice: Self.invoice(), detail: detail, payment: Self.payment))
        )
        let sentence =
            "for invoice\u{A0}EXA-7 was declined\(reason.map { ": " + $0 } ?? ""). The invoice is still open."
        #expect(mail.text.contains(sentence) && mail.html.contains(sentence))
        let words = detail.flatMap { CleanText.line($0) }
        #expect(mail.text.contains("The payment provider says") == (words != nil))
        #expect(words.map { mail.text.contains("The payment provider says: \($0)\n") } ?? true)
    }

    @Test(arguments: NoticeLocale.allCases, DeclineReason.allCases)
    func `every reason has words of its own in every language`(locale: NoticeLocale, reason: DeclineReason) {
        let format = NoticeFormat(locale)
        let others = DeclineReason.allCases.filter { $0 != reason }.map { format.words($0) }
        #expect(!format.words(reason).isEmpty && !others.contains(format.words(reason)))
    }

    @Test func `the invoice's total is shown where the payment was another sum`() throws {
        let whole = try self.mail(.paymentReceived(.init(invoice: Self.invoice(), amount: Self.euros(6_900))))
        #expect(!whole.text.contains("Invoice total") && whole.text.contains("Amount: €69.00"))
        let part = try self.mail(.paymentReceived(.init(invoice: Self.invoice(), amount: Self.euros(900))))
        #expect(part.text.contains("Amount: €9.00") && part.text.contains("Invoice total: €69.00"))
    }

    // MARK: - Overdue

    private func overdue(_ reminder: Int, _ days: Int, _ locale: NoticeLocale) throws -> RenderedNotice {
        let notice = Notice.PaymentOverdue(
            invoice: Self.invoice(),
            due: Self.euros(6_900),
            reminder: reminder,
            daysLate: days,
            payment: Self.payment
        )
        return try self.mail(.paymentOverdue(notice), locale)
    }

    @Test(arguments: [
        (NoticeLocale.en, "slipped your mind", "as soon as you can", "last reminder", "14 days overdue"),
        (.fr, "peut-être échappé", "dès que possible", "dernier rappel", "14 jours de retard"),
        (.de, "vielleicht ist es", "so bald wie möglich", "letzte Erinnerung", "seit 14 Tagen überfällig"),
        (.es, "Quizá se le haya pasado", "cuanto antes", "último recordatorio", "14 días de retraso"),
    ])
    func `reminders grow firmer, and the last says so`(
        locale: NoticeLocale,
        gentle: String,
        firm: String,
        last: String,
        late: String
    ) throws {
        let mails = try (0...4).map { try self.overdue($0, 14, locale) }
        let texts = mails.map { ($0.text + $0.html).replacing("\u{A0}", with: " ") }
        #expect(texts.map { $0.contains(gentle) } == [true, false, false, false, false])
        #expect(texts.map { $0.contains(firm) } == [false, true, true, false, false])
        #expect(texts.map { $0.contains(last) } == [false, false, false, true, true])
        #expect(texts.map { $0.contains(late) } == [false, true, true, true, true])
        #expect(Set(mails.map(\.subject)).count == 3)
        #expect(mails.allSatisfy { $0.subject.contains("EXA-7") && $0.subject.contains("69") })
    }

    @Test(arguments: [(0, "1\u{A0}day"), (1, "1\u{A0}day"), (2, "2\u{A0}days"), (1_000, "1,000\u{A0}days")])
    func `days are counted, from one`(days: Int, words: String) throws {
        #expect(try self.overdue(1, days, .en).text.contains("Overdue by: \(words)\n"))
    }

    // MARK: - Credit notes

    @Test func `a credit note says what goes to the next invoices and what is paid back`() throws {
        var notice = Notice.CreditNoteIssued(
            customerName: nil,
            number: "EXA-7-CN1",
            invoiceNumber: "EXA-7",
            total: Self.euros(5_000),
            credit: Self.euros(5_000),
            document: .link("https://x.test/i"),
            billingURL: "https://billing.example.com"
        )
        let credit = try self.mail(.creditNoteIssued(notice))
        #expect(credit.subject == "Credit note EXA-7-CN1: €50.00")
        #expect(credit.text.contains("Credit for your next invoices: €50.00\nTotal: €50.00\n"))
        #expect(!credit.text.contains("Refund") && credit.text.contains("credit note (PDF):\nhttps://x.test/i\n"))
        (notice.credit, notice.refund) = (nil, Self.euros(5_000))
        let refund = try self.mail(.creditNoteIssued(notice))
        #expect(refund.text.contains("Refund: €50.00\nTotal: €50.00\n") && !refund.text.contains("next invoices"))
    }

    // MARK: - Typography

    @Test func `a French mark is never parted from its word`() throws {
        for notice in Notice.samples where notice.kind.rawValue.contains(/invoice|payment|credit_note/) {
            let mail = try self.mail(notice, .fr)
            #expect(!mail.text.contains(/[ ][:;!?]/), "\(notice.kind)")
        }
    }
}
